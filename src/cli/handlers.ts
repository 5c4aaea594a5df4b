/**
 * What a worker of the command line serves requests with.
 *
 * @module
 */

import { LineProgram } from "../handler/line_program.ts";
import { Guardian } from "../handler/guardian.ts";
import { Pool } from "../handler/pool.ts";
import { runProgramOnce } from "../handler/program_handler.ts";
import type { Answer, HandlerOptions, Task } from "../handler/task.ts";
import type { PeerMessage } from "../peer/letter.ts";
import * as limits from "../protocol/limits.ts";
import type { Arguments } from "./args.ts";
import type { Log } from "./log.ts";

/** Serves requests and messages. */
export interface Handlers {
  /** Serves one; rejected when there is no place for it. */
  serve(message: PeerMessage, signal: AbortSignal): Promise<Answer>;
  /** Ends what is still running. */
  close(): void;
}

/** Answers everything with itself. */
export const echo: Handlers = {
  serve: ({ body }) => Promise.resolve({ status: 0, stdout: body, stderr: [], note: undefined }),
  close: () => {},
};

/**
 * Handlers that run a program.
 *
 * @param name the worker's
 * @param environment what the program is given, beside what is told of each request
 */
export function programHandlers(
  args: Arguments,
  command: readonly string[],
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
): Handlers {
  const guardian = new Guardian();
  const options: HandlerOptions = {
    command,
    environment: { ...environment, CALLSIGN_NAME: name },
    guardian,
    killAfterMs: args.number("kill-after") ?? limits.killAfterMs,
    timeoutMs: args.number("handler-timeout") ?? 0,
    outputBytesMax: args.number("max-output") ?? limits.handlerOutputBytesMax,
  };
  const count = args.number("concurrency") ?? 1;
  const serves = args.switch("handler-lines")
    ? lineHandlers(options, count, log)
    : runHandlers(options, count);
  return {
    serve: ({ from, id, body }, signal) => {
      const told = { CALLSIGN_FROM: from, CALLSIGN_ID: `${id}` };
      return serves.serve({ body, environment: told, signal });
    },
    close: () => {
      serves.close();
      guardian.close();
    },
  };
}

interface Serves {
  serve(task: Task): Promise<Answer>;
  close(): void;
}

function runHandlers(options: HandlerOptions, count: number): Serves {
  const pool = new Pool(new Array<undefined>(count).fill(undefined), limits.waitingMessagesMax);
  return {
    serve: (task) => pool.use(() => runProgramOnce(options, task)),
    // Those that run are the guardian's to end.
    close: () => {},
  };
}

function lineHandlers(options: HandlerOptions, count: number, log: Log): Serves {
  const onNoise = (bytes: number): void => {
    log.error(`Threw away ${bytes} bytes of the handler: they answer no line`);
  };
  const programs = Array.from({ length: count }, () => new LineProgram(options, onNoise));
  const pool = new Pool(programs, limits.waitingMessagesMax);
  return {
    serve: (task) => pool.use((program) => program.exchange(task)),
    close: () => {
      for (const program of programs) program.end();
    },
  };
}
