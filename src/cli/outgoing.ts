/**
 * What `request` and `send` send.
 *
 * @module
 */

import type { Arguments } from "./args.ts";
import { readAllInput, type Source } from "./input.ts";
import { UsageError } from "./usage.ts";

/**
 * The body that a command line means: its words, or all of stdin.
 *
 * @returns undefined for `--lines`: each line is a body of its own
 * @throws {StoppedError} when the program is asked to end meanwhile
 * @throws {UsageError} for `--lines` with words
 */
export async function bodyOf(
  args: Arguments,
  source: Source,
  words: readonly string[],
): Promise<string | Uint8Array | undefined> {
  const isInput = words.length === 0 || (words.length === 1 && words[0] === "-");
  if (!args.switch("lines")) return isInput ? await readAllInput(source) : words.join(" ");
  if (isInput) return undefined;
  throw new UsageError("Cannot use --lines with a body: its lines are read from stdin");
}

/** What ends a line of input, and of output. */
export function lineEnd(args: Arguments): string {
  return args.switch("null") ? "\0" : "\n";
}
