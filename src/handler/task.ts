/**
 * What a handler is asked, and what comes of it.
 *
 * @module
 */

import type { ProgramOptions } from "./process_group.ts";

/** A request or a message. */
export interface Task {
  readonly body: readonly Uint8Array[];
  /** What to tell the program beside its usual environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface Answer {
  readonly status: number;
  readonly stdout: readonly Uint8Array[];
  readonly stderr: readonly Uint8Array[];
  /** What was not the program's own doing. */
  readonly note: string | undefined;
}

/** How to run a program as a handler. */
export interface HandlerOptions extends ProgramOptions {
  /** How long it may take, in ms; 0 for ever. */
  readonly timeoutMs: number;
  /** Most it may write, stdout and stderr together. */
  readonly outputBytesMax: number;
}

/** Statuses of what is no program's own, as timeout(1) and sysexits.h have them. */
export const handlerStatus = { late: 124, tooMuch: 65, notALine: 65, ended: 70 } as const;
