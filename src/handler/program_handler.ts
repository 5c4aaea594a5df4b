/**
 * Serves each request with a run of a program.
 *
 * @module
 */

import type { Writable } from "node:stream";
import { Collector } from "./collector.ts";
import { type Exit, ProcessGroup } from "./process_group.ts";
import type { Answer, HandlerOptions, Task } from "./task.ts";
import { handlerStatus } from "./task.ts";

const encoder = new TextEncoder();

/**
 * Runs the program once: the body is its stdin, its stdout and stderr are read at the same time, so
 * that none of the three waits for another.
 */
export async function runProgramOnce(options: HandlerOptions, task: Task): Promise<Answer> {
  const group = new ProcessGroup(
    { ...options, environment: { ...options.environment, ...task.environment } },
    ["pipe", "pipe", "pipe"],
  );
  const collector = new Collector(options.outputBytesMax, () => group.end());
  const stdout = collector.read(group.stdout);
  const stderr = collector.read(group.stderr);
  const end = (): void => group.end();
  let isLate = false;
  const timer = options.timeoutMs === 0 ? undefined : setTimeout(() => {
    isLate = true;
    group.end();
  }, options.timeoutMs);
  if (task.signal.aborted) end();
  else task.signal.addEventListener("abort", end, { once: true });
  feed(group.stdin, task.body);
  const exit = await group.closed;
  clearTimeout(timer);
  task.signal.removeEventListener("abort", end);
  const { status, note } = judge(exit, isLate, collector.isFull, options);
  const said = note === undefined ? [] : [encoder.encode(`callsign: ${note}\n`)];
  // A part of an output could be taken for the whole.
  if (collector.isFull) return { status, stdout: [], stderr: said, note };
  return { status, stdout, stderr: [...stderr, ...said], note };
}

/** Writes all of it and closes; a program that does not read its stdin may be gone before. */
function feed(stdin: Writable | null | undefined, body: readonly Uint8Array[]): void {
  stdin?.on("error", () => {});
  for (const frame of body) stdin?.write(frame);
  stdin?.end();
}

function judge(
  { status, failure }: Exit,
  isLate: boolean,
  isFull: boolean,
  { timeoutMs, outputBytesMax }: HandlerOptions,
): { readonly status: number; readonly note: string | undefined } {
  if (failure !== undefined) return { status, note: failure };
  if (isFull) {
    const note =
      `The handler was ended, and what it wrote left out: more than ${outputBytesMax} bytes`;
    return { status: handlerStatus.tooMuch, note };
  }
  if (isLate) {
    return {
      status: handlerStatus.late,
      note: `The handler was ended: it took longer than ${timeoutMs} ms`,
    };
  }
  return { status, note: undefined };
}
