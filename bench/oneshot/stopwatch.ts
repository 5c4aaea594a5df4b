/** Whole runs of programs, from before they are started until they have ended, by a clock in C. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Children, Command } from "../children.ts";

const COMPILE_LIMIT_MS = 60_000;

/** What a run reads, and how long it may take. */
export interface RunOptions {
  /** A file; default: nothing. */
  input?: string;
  limitMs?: number;
}

export class Stopwatch {
  /** What the last run has printed. */
  readonly outputFile: string;
  readonly #children: Children;
  readonly #program: string;

  private constructor(children: Children, program: string, outputFile: string) {
    this.#children = children;
    this.#program = program;
    this.outputFile = outputFile;
  }

  static async compile(children: Children, source: string, folder: string): Promise<Stopwatch> {
    const program = join(folder, "stopwatch");
    const compiler = process.env["CC"] ?? "cc";
    await children.capture([compiler, "-O2", "-o", program, source], COMPILE_LIMIT_MS);
    const outputFile = join(folder, "output");
    writeFileSync(outputFile, "");
    return new Stopwatch(children, program, outputFile);
  }

  /** How long one run takes, in ms. Throws when it does not end with 0. */
  async time(command: Command, options: RunOptions = {}): Promise<number> {
    const { input = "/dev/null", limitMs = 60_000 } = options;
    const run: Command = [this.#program, input, this.outputFile, ...command];
    const [micros, status] = (await this.#children.capture(run, limitMs)).split(" ").map(Number);
    if (status !== 0) throw new Error(`Run "${command.join(" ")}": exit status ${status}`);
    return (micros ?? NaN) / 1000;
  }

  /** As `time`, of one that is to print this text. */
  async timePrinting(text: string, command: Command, options?: RunOptions): Promise<number> {
    const ms = await this.time(command, options);
    const printed = readFileSync(this.outputFile, "utf8");
    if (printed === text) return ms;
    throw new Error(
      `Run "${command.join(" ")}": it printed ${JSON.stringify(printed.slice(-200))}`,
    );
  }
}
