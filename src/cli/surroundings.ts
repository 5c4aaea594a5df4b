/**
 * What a command is given beside its arguments.
 *
 * @module
 */

import process from "node:process";
import { isTerminal } from "../ffi/descriptor.ts";
import { loadLibrary } from "../ffi/load.ts";
import type { NativeLibrary } from "../ffi/native.ts";
import { lingerMs, outputBytesMax } from "../protocol/limits.ts";
import type { Arguments } from "./args.ts";
import { exitStatus } from "./exit.ts";
import { Log, type LogOptions } from "./log.ts";
import { Output } from "./output.ts";
import { stopOnSignals, type StopRequest } from "./signals.ts";

/** Everything through which a command meets the world. */
export interface Surroundings {
  readonly library: NativeLibrary;
  /** Results, to stdout. */
  readonly output: Output;
  /** What others said of errors, to stderr; what we say goes to the log. */
  readonly errors: Output;
  readonly log: Log;
  /** Who asks the command to end. */
  readonly stop: StopRequest;
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** Whether to show on stderr how far a long work has come. */
  readonly showsProgress: boolean;
}

/** How to say things on stderr, by the arguments; before they are read, as usual. */
export function logOptions(args?: Arguments): LogOptions {
  const level = args?.switch("quiet") === true ? -1 : args?.number("verbose") ?? 0;
  const isJson = args?.switch("log-json") ?? false;
  return { level, isJson, isColoured: !isJson && isColourful(2) };
}

/** Whether a descriptor is a terminal that colours are wanted on (no-color.org). */
export function isColourful(descriptor: number): boolean {
  return isTerminal(descriptor) && (variable("NO_COLOR") ?? "") === "" &&
    variable("TERM") !== "dumb";
}

/** An environment variable; a Deno that may not tell counts as one where it is not set. */
export function variable(name: string): string | undefined {
  try {
    return process.env[name];
  } catch {
    return undefined;
  }
}

/** The process's own surroundings, each part made when it is first used. */
export class ProcessSurroundings implements Surroundings {
  readonly stop: StopRequest = stopOnSignals();
  readonly isTerminal: boolean = isTerminal(1);
  readonly log: Log;
  readonly showsProgress: boolean;

  #library: NativeLibrary | undefined;
  #output: Output | undefined;
  #errors: Output | undefined;

  constructor(args: Arguments) {
    const options = logOptions(args);
    this.log = new Log(options, (line) => this.errors.line(line));
    this.showsProgress = isTerminal(2) && options.level >= 0 && !options.isJson;
  }

  get library(): NativeLibrary {
    this.#library ??= loadLibrary();
    return this.#library;
  }

  get output(): Output {
    this.#output ??= new Output({
      library: this.library,
      bytesMax: outputBytesMax,
      descriptor: 1,
      onFailure: (code) => this.#writeFailed(code),
      onSkipped: (lines) => {
        this.log.note(`${lines} lines were not printed: stdout is read too slowly`);
      },
    });
    return this.#output;
  }

  get errors(): Output {
    this.#errors ??= new Output({
      library: this.library,
      bytesMax: outputBytesMax,
      descriptor: 2,
      // Who does not read what is wrong is not told that either.
      onFailure: () => {},
      onSkipped: () => {},
    });
    return this.#errors;
  }

  /** Writes what is still waiting. */
  async finish(): Promise<void> {
    await this.#output?.finish(lingerMs);
    await this.#errors?.finish(lingerMs);
  }

  /** Nobody reads our lines any more: ends as every tool in a pipe does, or says what else it is. */
  #writeFailed(code: string): void {
    if (code !== "EPIPE") this.log.error(`Cannot write to stdout: ${code}`);
    this.stop.stop(code === "EPIPE" ? exitStatus.brokenPipe : exitStatus.unavailable);
  }
}
