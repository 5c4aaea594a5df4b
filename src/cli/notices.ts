/**
 * What the programs say on stderr while they run.
 *
 * @module
 */

import fs from "node:fs";
import { escapeText } from "../protocol/text.ts";

/** At most one line of a kind in so long, however often it happens. */
const intervalMs = 1000;

/**
 * A text as it stands on stderr, the program's name in front. Whatever a user or a peer has put into
 * it, no control character but its line ends gets through.
 */
export function noticeText(text: string): string {
  return `callsign: ${text.split("\n").map(escapeText).join("\n")}`;
}

/** Writes a last word to stderr, and waits until it is read. A stderr nobody reads is no error. */
export function notice(text: string): void {
  try {
    fs.writeSync(2, `${noticeText(text)}\n`);
  } catch {
    // There is nobody left to tell.
  }
}

/** Lines that may come by the thousand: one a second is written, the rest is counted. */
export class Notices {
  readonly #tell: (text: string) => void;
  #nextMs = 0;
  #untold = 0;

  /** @param tell writes a line */
  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  /** Writes the line, or counts it when one was written within the last second. */
  add(text: string): void {
    const nowMs = performance.now();
    if (nowMs < this.#nextMs) {
      this.#untold++;
      return;
    }
    this.#nextMs = nowMs + intervalMs;
    this.#tell(this.#untold === 0 ? text : `${text} (and ${this.#untold} more like it)`);
    this.#untold = 0;
  }

  /** Tells of what was only counted. */
  finish(): void {
    if (this.#untold > 0) this.#tell(`${this.#untold} more such lines were left out`);
    this.#untold = 0;
  }
}
