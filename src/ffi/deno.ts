/**
 * The seam on Deno: the only file that says `Deno`.
 *
 * @module
 */

import {
  contextFunctions,
  type NativeFunction,
  type NativeTable,
  waitFunctions,
} from "./symbols.ts";
import { type Bound, type NativeRuntime, OpenError, type OpenFailure } from "./native.ts";
import type { OffThread, Pointer } from "./native.ts";

/** The part of `Deno` used, so that the type checker guards the seam on both runtimes. */
interface DenoFfi {
  dlopen(path: string, table: Record<string, unknown>): { readonly symbols: unknown };
}

/** Returns the seam when this is Deno, undefined elsewhere. */
export function openDeno(): NativeRuntime | undefined {
  const deno = (globalThis as { Deno?: DenoFfi }).Deno;
  if (deno?.dlopen === undefined) return undefined;
  return {
    name: "deno",
    open: (path, table) => open(deno, path, table),
    size: sizes(),
    offThread: (path, waitPath) => offThread(deno, path, waitPath),
  };
}

/** Small lengths are most of them: none of these is made anew. */
function sizes(): (length: number) => bigint {
  const small = Array.from({ length: 4096 }, (_, length) => BigInt(length));
  return (length) => small[length] ?? BigInt(length);
}

function open<T extends NativeTable>(deno: DenoFfi, path: string, table: T): Bound<T> {
  return dlopen(deno, path, table) as Bound<T>;
}

function dlopen(deno: DenoFfi, path: string, table: Record<string, unknown>): unknown {
  try {
    return deno.dlopen(path, table).symbols;
  } catch (cause) {
    throw asOpenError(cause);
  }
}

function asOpenError(cause: unknown): OpenError {
  const { name, message } = cause as Error;
  let failure: OpenFailure = "unusable";
  if (name === "NotCapable" || name === "PermissionDenied") failure = "denied";
  else if (/no such file|image not found|could not be found/i.test(message)) failure = "missing";
  return new OpenError(failure, message.replace(/^(Could not open library: )+/, ""));
}

interface OffThreadCalls {
  poll(items: Int32Array, count: bigint, timeoutMs: number): Promise<number>;
  zmq_ctx_term(context: Pointer): Promise<number>;
}

function offThread(deno: DenoFfi, path: string, waitPath: string | undefined): OffThread {
  const bind = (library: string, name: string, row: NativeFunction): OffThreadCalls =>
    dlopen(deno, library, { [name]: { ...row, nonblocking: true } }) as OffThreadCalls;
  const context = bind(path, "zmq_ctx_term", contextFunctions.zmq_ctx_term);
  const wait = waitPath === undefined ? undefined : bind(waitPath, "poll", waitFunctions.poll);
  return {
    poll: (items, count, timeoutMs) =>
      wait === undefined ? sleep(timeoutMs) : wait.poll(items, BigInt(count), timeoutMs),
    terminate: (pointer) => context.zmq_ctx_term(pointer),
    release: () => {},
  };
}

function sleep(timeoutMs: number): Promise<number> {
  return new Promise((resolve) => setTimeout(resolve, timeoutMs, 0));
}
