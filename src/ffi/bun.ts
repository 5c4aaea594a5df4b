/**
 * The seam on Bun: the only file that says `bun:ffi`.
 *
 * Bun has no calls beside the JavaScript thread, so the two long ones run in a Worker, made from a
 * Blob so that an executable needs no second file.
 *
 * @module
 */

import fs from "node:fs";
import { contextFunctions, waitFunctions } from "./symbols.ts";
import type { NativeResult, NativeTable, NativeType } from "./symbols.ts";
import { type Bound, type NativeRuntime, OpenError, type OpenFailure } from "./native.ts";
import type { OffThread, Pointer } from "./native.ts";

interface BunFunction {
  readonly args: readonly string[];
  readonly returns: string;
}

/** The part of `bun:ffi` used, so that the type checker guards the seam on both runtimes. */
interface BunFfi {
  dlopen(path: string, table: Record<string, BunFunction>): { readonly symbols: unknown };
}

/** The part of Bun's Worker used: a worker that is not referenced does not keep the process. */
interface BunWorker extends Worker {
  ref(): void;
  unref(): void;
}

/** Returns the seam when this is Bun, undefined elsewhere. */
export function openBun(): NativeRuntime | undefined {
  const ffi = process.getBuiltinModule?.("bun:ffi") as BunFfi | undefined;
  if (ffi === undefined) return undefined;
  return {
    name: "bun",
    open: (path, table) => open(ffi, path, table),
    size: (length) => length,
    offThread,
  };
}

const bunTypes: Record<NativeType | NativeResult, string> = {
  void: "void",
  i32: "i32",
  i64: "i64_fast",
  // A number, not a bigint, as long as it fits one: no allocation for a length.
  usize: "u64_fast",
  pointer: "ptr",
  buffer: "ptr",
};

function open<T extends NativeTable>(ffi: BunFfi, path: string, table: T): Bound<T> {
  // A bare name that the system's loader does not find, Bun looks for in the working directory.
  if (!/[\\/]/.test(path) && fs.existsSync(path)) {
    throw new OpenError("unusable", "not loaded by name from the working directory");
  }
  try {
    return ffi.dlopen(path, inBunWords(table)).symbols as Bound<T>;
  } catch (cause) {
    throw asOpenError(cause as Error);
  }
}

function inBunWords(table: NativeTable): Record<string, BunFunction> {
  const functions: Record<string, BunFunction> = {};
  for (const [name, { parameters, result }] of Object.entries(table)) {
    functions[name] = { args: parameters.map((type) => bunTypes[type]), returns: bunTypes[result] };
  }
  return functions;
}

function asOpenError({ message }: Error): OpenError {
  let failure: OpenFailure = "unusable";
  if (/no such file|image not found|could not be found/i.test(message)) failure = "missing";
  return new OpenError(failure, message.replace(/^Failed to open library "[^"]*": /, ""));
}

/** What a thread is asked: one call each, answered by `{ id, result, items }`. */
type Question =
  | { readonly items: Int32Array; readonly count: number; readonly timeoutMs: number }
  | { readonly context: Pointer };

interface Answer {
  readonly id: number;
  readonly result: number;
  readonly items?: Int32Array;
}

const threadSource = `
const { dlopen } = process.getBuiltinModule("bun:ffi");
let calls;
self.onmessage = ({ data }) => {
  if (calls === undefined) {
    calls = Object.assign({}, ...data.map(({ path, table }) => dlopen(path, table).symbols));
    return;
  }
  const { id, items, count, timeoutMs, context } = data;
  const result = items === undefined
    ? calls.zmq_ctx_term(context)
    : calls.poll(items, count, timeoutMs);
  postMessage({ id, result, items });
};
`;

let threadUrl: string | undefined;

/** A Worker that makes one call after the other. It keeps the process only while it has one. */
class Thread {
  readonly #worker: BunWorker;
  readonly #asked = new Map<number, PromiseWithResolvers<Answer>>();
  #lastId = 0;

  constructor(path: string, waitPath: string | undefined) {
    // Made once: a URL of a Blob is never given back by itself.
    threadUrl ??= URL.createObjectURL(new Blob([threadSource], { type: "text/javascript" }));
    this.#worker = new Worker(threadUrl) as BunWorker;
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#settle(data);
    this.#worker.onerror = (event) => this.#fail(event);
    const libraries = [{ path, table: inBunWords(contextFunctions) }];
    if (waitPath !== undefined) {
      libraries.push({ path: waitPath, table: inBunWords({ poll: waitFunctions.poll }) });
    }
    this.#worker.postMessage(libraries);
  }

  get busy(): boolean {
    return this.#asked.size > 0;
  }

  ask(question: Question): Promise<Answer> {
    if (!this.busy) this.#worker.ref();
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<Answer>();
    this.#asked.set(id, answer);
    this.#worker.postMessage({ id, ...question });
    return answer.promise;
  }

  end(): void {
    this.#worker.terminate();
  }

  #settle(answer: Answer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if (!this.busy) this.#worker.unref();
    asked?.resolve(answer);
  }

  #fail(event: ErrorEvent): void {
    event.preventDefault();
    const failed = [...this.#asked.values()];
    this.#asked.clear();
    for (const asked of failed) asked.reject(new Error(`Cannot wait: ${event.message}`));
  }
}

function offThread(path: string, waitPath: string | undefined): OffThread {
  let waiting: Thread | undefined;
  return {
    async poll(items, count, timeoutMs) {
      if (waitPath === undefined) {
        return await new Promise((resolve) => setTimeout(resolve, timeoutMs, 0));
      }
      waiting ??= new Thread(path, waitPath);
      const answer = await waiting.ask({ items: items.slice(0, 2 * count), count, timeoutMs });
      if (answer.items !== undefined) items.set(answer.items);
      return answer.result;
    },
    async terminate(context) {
      // A context may linger: the waits of others are not to stand in line behind it.
      const thread = waiting === undefined || waiting.busy ? new Thread(path, waitPath) : waiting;
      try {
        return (await thread.ask({ context })).result;
      } finally {
        if (thread !== waiting) thread.end();
      }
    },
    release() {
      waiting?.end();
      waiting = undefined;
    },
  };
}
