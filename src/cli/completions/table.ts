/**
 * The table of commands as completions look at it, whatever the shell.
 *
 * @module
 */

import { type Command, type CommandName, commands } from "../commands.ts";
import { type Flag, isBare } from "../flag.ts";
import { commonFlags, flagsOf } from "../flags.ts";

/** Every command. */
export const allCommands: readonly Command[] = Object.values(commands);

/** Commands that are programs of their own too. */
export const programs: readonly CommandName[] = ["broker", "worker"];

/** Flags that may stand in the place of a command. */
export const firstFlags: readonly Flag[] = commonFlags.filter(({ setting }) =>
  setting === undefined
);

/** What tells where the broker is; the peers are asked for with the same. */
export const placeFlags: readonly Flag[] = flagsOf("connect", "config");

/** Every flag that a command has. */
export function everyFlag(command: Command): readonly Flag[] {
  return [...command.flags, ...commonFlags];
}

/** How a flag is written: `--connect`, and `-c` where it has a letter. */
export function spellings({ name, short }: Flag): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

/** Whether a flag may be given more than once. */
export function isRepeatable({ kind }: Flag): boolean {
  return kind === "list" || kind === "level";
}

/** Whether a flag's value is the name of a file. */
export function namesFile({ placeholder }: Flag): boolean {
  return placeholder === "FILE";
}

/** Whether a command has an operand that is a peer. */
export function takesPeer({ operandKind }: Command): boolean {
  return operandKind === "peer";
}

/** Whether all operands of a command are of its kind, not only the first. */
export function repeatsOperand({ operands }: Command): boolean {
  return /^\[?\w+\]?\.\.\.$/.test(operands);
}

/** How many operands of its kind a command takes. */
export function operandMost(command: Command): number {
  return repeatsOperand(command) ? 9999 : 1;
}

/** The role a peer must have to be an operand; "" when any will do. */
export function peerRole({ name }: Command): string {
  return name === "request" || name === "bench" ? "worker" : "";
}

/** The words that an operand may be; none where it is something else. */
export function operandWords({ operandKind }: Command): readonly string[] {
  return typeof operandKind === "object" ? operandKind : [];
}

/**
 * What matches a word after which the value of a flag follows: `--connect`, `-c`, and `-wc`, where
 * the letter is behind others that take no value. For the regular expressions of bash and fish.
 */
export function valuePattern(command: Command): string {
  const valued = everyFlag(command).filter((flag) => !isBare(flag));
  const letters = valued.map(({ short }) => short ?? "").join("");
  const names = valued.map(({ name }) => `--${name}`);
  if (letters !== "") names.push(`-[^${letters}-]*[${letters}]`);
  return `^(${names.join("|")})$`;
}

/** A text in the single quotes of bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
