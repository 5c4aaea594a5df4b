/**
 * How far a long work has come, on a terminal's stderr.
 *
 * @module
 */

import { fileBytes } from "../ffi/descriptor.ts";
import type { Surroundings } from "./surroundings.ts";

/** How often it is drawn: what eyes can follow. */
const intervalMs = 100;

/** Counts what is done, and may show it. */
export interface Progress {
  /** Something was taken from stdin, which ends at this byte. */
  readonly read: (end: number) => void;
  /** One more is done. */
  readonly done: () => void;
  /** All is done, or nothing more will be: takes the line off the screen. */
  readonly finish: () => void;
}

const unseen: Progress = { read: () => {}, done: () => {}, finish: () => {} };

/**
 * A line that tells how much is done, where somebody would see it.
 *
 * @param what of which it is so many, such as `lines`
 * @param total how many there will be; undefined tells how much of stdin is done, where it is a file
 */
export function progressOf(
  { showsProgress, errors, isTerminal }: Surroundings,
  what: string,
  total?: number,
): Progress {
  const whole = total ?? fileBytes(0);
  // Replies that run over the same screen are progress enough; and what is typed is no long work.
  if (!showsProgress || whole === undefined || (total === undefined && isTerminal)) return unseen;
  const startMs = performance.now();
  let nextMs = startMs + intervalMs;
  const ends: number[] = [];
  let count = 0;
  let end = 0;
  return {
    read: (at) => void ends.push(at),
    done: () => {
      count++;
      end = ends.shift() ?? end;
      const nowMs = performance.now();
      if (nowMs < nextMs) return;
      nextMs = nowMs + intervalMs;
      const rate = Math.round(count / (nowMs - startMs) * 1000);
      const percent = Math.floor(100 * (total === undefined ? end : count) / whole);
      void errors.write(`\r\x1b[K${percent} %, ${count} ${what}, ${rate} a second`);
    },
    finish: () => void errors.write("\r\x1b[K"),
  };
}
