/**
 * A program that is kept running, and answers each line with a line.
 *
 * @module
 */

import { concat } from "../bytes.ts";
import { ProcessGroup } from "./process_group.ts";
import type { Answer, HandlerOptions, Task } from "./task.ts";
import { handlerStatus } from "./task.ts";

const newline = 0x0a;
const encoder = new TextEncoder();

/** How an exchange of two lines ended: the answer, or why there is none. */
type Outcome = { readonly line: Uint8Array } | {
  readonly status: number;
  readonly note: string;
};

/** One such program; started by the first line, and again by the first after its end. */
export class LineProgram {
  readonly #options: HandlerOptions;
  readonly #onNoise: (bytes: number) => void;
  #group: ProcessGroup | undefined;
  /** What it has written of the line that is waited for. */
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #settle: ((outcome: Outcome) => void) | undefined;

  /** @param onNoise told of output that answers no line, which is thrown away */
  constructor(options: HandlerOptions, onNoise: (bytes: number) => void) {
    this.#options = options;
    this.#onNoise = onNoise;
  }

  /** Exchanges a line. One at a time. */
  async exchange({ body, signal }: Task): Promise<Answer> {
    const line = lineOf(body);
    if (line === undefined) {
      return failed(handlerStatus.notALine, "The request is more than one line");
    }
    const group = this.#running();
    const outcome = await this.#outcome(group, line, signal);
    if ("line" in outcome) {
      return { status: 0, stdout: [outcome.line], stderr: [], note: undefined };
    }
    // Whatever it still says would answer the next line.
    this.#drop(group);
    return failed(outcome.status, outcome.note);
  }

  /** Ends the program. */
  end(): void {
    if (this.#group !== undefined) this.#drop(this.#group);
  }

  async #outcome(group: ProcessGroup, line: Uint8Array, signal: AbortSignal): Promise<Outcome> {
    const { timeoutMs } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#settle = resolve;
    const timer = timeoutMs === 0 ? undefined : setTimeout(() => {
      const note = `The handler was ended: it took longer than ${timeoutMs} ms`;
      resolve({ status: handlerStatus.late, note });
    }, timeoutMs);
    const abort = (): void => {
      resolve({ status: handlerStatus.ended, note: "The handler was ended: nobody waits for it" });
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    group.stdin?.write(line);
    const outcome = await promise;
    this.#settle = undefined;
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    return outcome;
  }

  #running(): ProcessGroup {
    if (this.#group !== undefined) return this.#group;
    // What it says of errors belongs to no one line: it stays here.
    const group = new ProcessGroup(this.#options, ["pipe", "pipe", "inherit"]);
    this.#group = group;
    this.#chunks = [];
    this.#bytes = 0;
    group.stdin?.on("error", () => {});
    group.stdout?.on("error", () => {});
    group.stdout?.on("data", (chunk: Uint8Array) => this.#hear(group, chunk));
    void group.closed.then(({ status, failure }) => {
      if (this.#group !== group) return;
      this.#group = undefined;
      const note = failure ?? `The handler ended with status ${status} before it answered`;
      // One that ends well without an answer has failed all the same.
      this.#settle?.({ status: status === 0 ? handlerStatus.ended : status, note });
    });
    return group;
  }

  #hear(group: ProcessGroup, chunk: Uint8Array): void {
    if (this.#group !== group) return;
    if (this.#settle === undefined) return this.#onNoise(chunk.length);
    const at = chunk.indexOf(newline);
    const part = at < 0 ? chunk : chunk.subarray(0, at + 1);
    this.#chunks.push(part);
    this.#bytes += part.length;
    if (this.#bytes > this.#options.outputBytesMax) {
      const note =
        `The handler was ended: its line has more than ${this.#options.outputBytesMax} bytes`;
      return this.#settle({ status: handlerStatus.tooMuch, note });
    }
    if (at < 0) return;
    const line = concat(this.#chunks);
    this.#chunks = [];
    this.#bytes = 0;
    this.#settle({ line });
    this.#settle = undefined;
    if (at + 1 < chunk.length) this.#onNoise(chunk.length - at - 1);
  }

  #drop(group: ProcessGroup): void {
    if (this.#group === group) this.#group = undefined;
    group.end();
  }
}

/** A body as one line with its end; undefined when it is more than one. */
function lineOf(body: readonly Uint8Array[]): Uint8Array | undefined {
  const line = concat([...body, new Uint8Array(1)]);
  const bytes = line.length - 1;
  const end = line[bytes - 1] === newline ? bytes - 1 : bytes;
  line[end] = newline;
  return line.indexOf(newline) === end ? line.subarray(0, end + 1) : undefined;
}

function failed(status: number, note: string): Answer {
  return { status, stdout: [], stderr: [encoder.encode(`callsign: ${note}\n`)], note };
}
