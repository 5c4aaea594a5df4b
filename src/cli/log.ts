/**
 * What the programs say on stderr while they run.
 *
 * @module
 */

import fs from "node:fs";
import { escapeText } from "../protocol/text.ts";

/** At most one line of a kind in so long, however often it happens. */
const intervalMs = 1000;

/** How grave a line is; each is said from one of the levels of {@linkcode LogOptions} on. */
export type Gravity = "error" | "note" | "detail" | "debug";

const levels: Readonly<Record<Gravity, number>> = { error: -1, note: 0, detail: 1, debug: 2 };

const colours: Readonly<Record<Gravity, string>> = {
  error: "31",
  note: "33",
  detail: "36",
  debug: "2",
};

/** How to say things. */
export interface LogOptions {
  /** -1 errors only, 0 what users should know, 1 what happens, 2 in detail. */
  readonly level: number;
  /** Whether lines are JSON. */
  readonly isJson: boolean;
  /** Whether lines for people have colours. */
  readonly isColoured: boolean;
}

/** As long as nobody has said otherwise, on something that is no terminal. */
export const plainLog: LogOptions = { level: 0, isJson: false, isColoured: false };

/** Lines of one program, for people or as JSON. */
export class Log {
  readonly #options: LogOptions;
  readonly #write: (line: string) => void;

  /** @param write takes a line, without its end */
  constructor(options: LogOptions, write: (line: string) => void) {
    this.#options = options;
    this.#write = write;
  }

  /** Whether it says things from this level on. */
  says(gravity: Gravity): boolean {
    return levels[gravity] <= this.#options.level;
  }

  /** Something failed. */
  error(text: string): void {
    this.#add("error", text);
  }

  /** Something users should know: what is tried again, what was left out. */
  note(text: string): void {
    this.#add("note", text);
  }

  /** Something happened as it should. */
  detail(text: string): void {
    this.#add("detail", text);
  }

  /** Something for who looks for a fault. */
  debug(text: string): void {
    this.#add("debug", text);
  }

  #add(gravity: Gravity, text: string): void {
    if (this.says(gravity)) this.#write(logLine(gravity, text, this.#options));
  }
}

/**
 * A line as it stands on stderr, without its end. Whatever a user or a peer has put into it, no
 * control character but the text's own line ends gets through.
 */
export function logLine(
  gravity: Gravity,
  text: string,
  { isJson, isColoured }: LogOptions,
): string {
  if (isJson) return JSON.stringify({ time: new Date().toISOString(), level: gravity, text });
  const name = isColoured ? `\x1b[${colours[gravity]}mcallsign:\x1b[0m` : "callsign:";
  return `${name} ${text.split("\n").map(escapeText).join("\n")}`;
}

/** Writes a last word to stderr, and waits until it is read. A stderr nobody reads is no error. */
export function lastWord(text: string, options: LogOptions): void {
  try {
    fs.writeSync(2, `${logLine("error", text, options)}\n`);
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
