/**
 * The words of a command line that are no flags.
 *
 * @module
 */

import { identityBytesMax } from "../protocol/limits.ts";
import type { Arguments } from "./args.ts";
import type { Command } from "./commands.ts";
import { UsageError } from "./usage.ts";

/** All of them, in order: `--` only says that what follows are no flags. */
export function allOperands({ operands, rest = [] }: Arguments): readonly string[] {
  return [...operands, ...rest];
}

/**
 * The first operands of a command.
 *
 * @param least how many there must be
 * @param most how many there may be
 * @throws {UsageError} for fewer or more
 */
export function someOperands(
  command: Command,
  args: Arguments,
  least: number,
  most: number,
): readonly string[] {
  const words = allOperands(args);
  if (words.length < least) {
    const missing = command.operands.split(" ")[0]?.replace(/\W/g, "");
    throw new UsageError(`Missing ${missing}; see callsign ${command.name} --help`);
  }
  const stray = words[most];
  if (stray !== undefined) {
    const wanted = command.operands === "" ? "flags only" : command.operands;
    throw new UsageError(
      `Unexpected argument ${JSON.stringify(stray)}: callsign ${command.name} takes ${wanted}`,
    );
  }
  return words;
}

/**
 * A word that says which peers are meant.
 *
 * @throws {UsageError} for one that nobody could be called
 */
export function checkPeer(word: string): string {
  const bytes = new TextEncoder().encode(word).length;
  if (bytes > 0 && bytes <= identityBytesMax) return word;
  throw new UsageError(
    `Cannot use ${JSON.stringify(word)} as a peer: it has ${bytes} bytes; give a name, a pattern ` +
      `or @GROUP of 1 to ${identityBytesMax}`,
  );
}
