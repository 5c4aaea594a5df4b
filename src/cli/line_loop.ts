/**
 * Something for each line of stdin, many at once.
 *
 * @module
 */

import { windowLines } from "../protocol/limits.ts";
import type { Arguments } from "./args.ts";
import { ExchangeWindow } from "./exchange_window.ts";
import { inputLines } from "./input.ts";
import { lineEnd } from "./outgoing.ts";
import { progressOf } from "./progress.ts";
import { StoppedError } from "./signals.ts";
import type { Surroundings } from "./surroundings.ts";

/** What is done for a line. */
export interface LineWork<T> {
  /** What is done with the lines, as in `no other was sent`. */
  readonly deed: string;
  /** Whether they end in the order they began. */
  readonly isOrdered: boolean;
  /** Begins one; resolves when it has ended, and never rejects. */
  begin(text: Uint8Array, line: number): Promise<T>;
  /** Ends one, in its turn. */
  end(result: T, line: number): Promise<void>;
  /** Whether all that follow would fail alike. */
  isHopeless(): boolean;
}

/**
 * Works through the lines of stdin, no more of them under way than `--window`.
 *
 * @throws {StoppedError} when the program is asked to end
 */
export async function eachLine<T>(
  args: Arguments,
  surroundings: Surroundings,
  work: LineWork<T>,
): Promise<void> {
  const { stop, log } = surroundings;
  const window = new ExchangeWindow(args.number("window") ?? windowLines, work.isOrdered);
  const progress = progressOf(surroundings, "lines");
  let lines = 0;
  for await (const text of inputLines(surroundings, lineEnd(args).charCodeAt(0), progress.read)) {
    await window.room();
    if (work.isHopeless() || stop.status !== undefined) break;
    const line = ++lines;
    window.add(work.begin(text, line), (result) => {
      progress.done();
      return work.end(result, line);
    });
  }
  await window.finish();
  progress.finish();
  if (stop.status !== undefined) throw new StoppedError();
  if (work.isHopeless()) log.error(`Gave up after line ${lines}: no other was ${work.deed}`);
}
