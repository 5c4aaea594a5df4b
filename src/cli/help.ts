/**
 * The help, made from the table of flags.
 *
 * @module
 */

import { type Command, commands } from "./commands.ts";
import { statusMeanings } from "./exit.ts";
import type { Flag } from "./flag.ts";
import { commonFlags, otherVariables } from "./flags.ts";

/** What `callsign --help` prints. */
export function programHelp(): string {
  const names = Object.values(commands);
  const width = Math.max(...names.map((command) => left(command).length)) + 2;
  return [
    "callsign reaches a process by its name instead of its address.",
    "",
    "Usage: callsign COMMAND [FLAG]...",
    "",
    "Commands:",
    ...names.map((command) => `  ${left(command).padEnd(width)}${command.summary}`),
    "",
    "Flags:",
    ...flagLines(commonFlags),
    "",
    "Environment:",
    ...pairLines(Object.entries(otherVariables)),
    "",
    "Exit status:",
    ...pairLines(statusMeanings),
    "",
    "Each flag can be set by its variable, or by a line of ~/.config/callsign/config: the variable's name",
    "without CALLSIGN_, in small letters with dashes, and the value (connect = tcp://localhost:5555).",
    "Times are such as 500ms, 10s, 2m; bytes such as 64K, 1M.",
    "",
    "callsign COMMAND --help tells more of each.",
    "",
  ].join("\n");
}

/**
 * What `callsign COMMAND --help` prints.
 *
 * @param program how it was called: `callsign broker`, or `broker` as a program of its own
 */
export function commandHelp(command: Command, program: string): string {
  return [
    `Usage: ${[program, "[FLAG]...", command.operands].filter(Boolean).join(" ")}`,
    "",
    command.description,
    "",
    "Flags:",
    ...flagLines([...command.flags, ...commonFlags]),
    "",
    "Example:",
    ...command.example.split("\n").map((line) => `  ${line}`),
    "",
  ].join("\n");
}

/** Two columns. */
function pairLines(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 2;
  return pairs.map(([name, text]) => `  ${name.padEnd(width)}${text}`);
}

function left(command: Command): string {
  return `${command.name} ${command.operands}`.trim();
}

function flagLines(flags: readonly Flag[]): string[] {
  const heads = flags.map(flagHead);
  const width = Math.max(...heads.map((head) => head.length)) + 2;
  return flags.flatMap((flag, i) => {
    const notes = [
      flag.default === undefined ? "" : `default ${flag.default}`,
      flag.variable === undefined ? "" : `or ${flag.variable}`,
    ].filter(Boolean);
    const lines = [`  ${(heads[i] as string).padEnd(width)}${flag.help}`];
    if (notes.length > 0) lines.push(`  ${"".padEnd(width)}[${notes.join("; ")}]`);
    return lines;
  });
}

function flagHead({ name, short, placeholder }: Flag): string {
  const letter = short === undefined ? "    " : `-${short}, `;
  return `${letter}--${name}${placeholder === undefined ? "" : ` ${placeholder}`}`;
}
