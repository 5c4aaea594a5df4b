/**
 * SIGINT and SIGTERM: the first asks for a clean end, the second ends at once.
 *
 * @module
 */

import process from "node:process";
import { exitStatus } from "./exit.ts";

/** What ends a program that would go on for ever. */
export class StopRequest {
  #status: number | undefined;
  readonly #listeners = new Set<() => void>();

  /** The status to end with, once somebody asked to end. */
  get status(): number | undefined {
    return this.#status;
  }

  /** Asks to end with a status; the first one counts. */
  stop(status: number): void {
    if (this.#status !== undefined) return;
    this.#status = status;
    for (const onStop of this.#listeners) onStop();
  }

  /**
   * Calls `onStop` when somebody asks, at once if somebody has.
   *
   * @returns takes it back
   */
  whenAsked(onStop: () => void): () => void {
    this.#listeners.add(onStop);
    if (this.#status !== undefined) onStop();
    return () => this.#listeners.delete(onStop);
  }
}

/** What is under way cannot go on: the program was asked to end. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor() {
    super("The program was asked to end");
  }
}

/** Turns signals into a {@linkcode StopRequest}. */
export function stopOnSignals(): StopRequest {
  const request = new StopRequest();
  const listen = (signal: "SIGINT" | "SIGTERM", status: number): void => {
    process.on(signal, () => {
      if (request.status !== undefined) process.exit(status);
      request.stop(status);
    });
  };
  listen("SIGINT", exitStatus.interrupted);
  listen("SIGTERM", exitStatus.terminated);
  return request;
}
