// A client that says what it is told and tells what it hears, one message at a time.

import type { Program } from "../../support/process.ts";
import { startPeer } from "./programs.ts";

/** A message it has received. */
export interface Heard {
  readonly verb: string;
  readonly id: number;
  readonly status: number;
  readonly frames: readonly string[];
}

/** The client of `console.py`. */
export class Console {
  readonly program: Program;
  #read = 1;

  private constructor(program: Program) {
    this.program = program;
  }

  /** Starts one, and waits until it is welcome. */
  static async start(endpoint: string, name: string): Promise<Console> {
    const program = startPeer("console.py", endpoint, name);
    await program.line(/^Welcome$/);
    return new Console(program);
  }

  /** Says a message; a SEND asks for a receipt. */
  say(verb: string, id: number, ...frames: readonly string[]): void {
    this.program.write(`${JSON.stringify([verb, id, ...frames])}\n`);
  }

  /** Waits for the next message. */
  async next(): Promise<Heard> {
    const lines = await this.program.count(this.#read + 1);
    return JSON.parse(lines[this.#read++] as string);
  }

  /** Waits for the next message, which is to be an EVENT; what happened, and why. */
  async nextEvent(): Promise<readonly [string, string]> {
    const { verb, frames } = await this.next();
    if (verb !== "EVENT") throw new Error(`received ${verb} ${frames.join(" ")} instead of EVENT`);
    const { event, reason } = JSON.parse(frames[0] as string);
    return [event, reason];
  }
}
