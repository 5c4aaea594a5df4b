/**
 * The seam between callsign and a runtime's FFI: what a runtime must provide, and nothing more.
 *
 * There are two implementations, `deno.ts` and `bun.ts`, with equal names inside; `runtime.ts`
 * chooses between them. Nothing above this folder knows which one it runs on.
 *
 * @module
 */

import type {
  connectionFunctions,
  memoryFunctions,
  NativeFunction,
  NativeResult,
  NativeTable,
  NativeType,
  waitFunctions,
  zmqFunctions,
} from "./symbols.ts";

declare const pointerBrand: unique symbol;

/** An address that C gave us. Opaque: it is only ever handed back to C. NULL is `null`. */
export interface Pointer {
  readonly [pointerBrand]: true;
}

/** A typed array whose address may be handed to C for the length of one call. */
export type NativeBuffer = Uint8Array | Int16Array | Int32Array | BigInt64Array | BigUint64Array;

/** A length for C, as {@linkcode NativeLibrary.size} makes it. */
export type NativeSize = number | bigint;

interface ArgumentOf {
  void: never;
  i32: number;
  i64: number | bigint;
  /** A {@linkcode NativeSize}: what the runtime passes fastest, made by the library's `size`. */
  usize: NativeSize;
  pointer: Pointer | null;
  buffer: NativeBuffer | null;
}

interface ResultOf {
  void: void;
  i32: number;
  /** Deno answers with a bigint, Bun with a number: pass it through `Number`. */
  usize: number | bigint;
  pointer: Pointer | null;
}

type ArgumentsOf<P extends readonly NativeType[]> = {
  -readonly [I in keyof P]: P[I] extends NativeType ? ArgumentOf[P[I]] : never;
};

type Call<F extends NativeFunction> = (
  ...parameters: ArgumentsOf<F["parameters"]>
) => F["result"] extends NativeResult ? ResultOf[F["result"]] : never;

/** A table of C functions as callable JavaScript functions of the same names. */
export type Bound<T extends NativeTable> = { readonly [K in keyof T]: Call<T[K]> };

/**
 * The two calls that may take long. Both run on another thread, so neither may take a ZeroMQ
 * socket, and `errno` is lost: the result is all that comes back.
 */
export interface OffThread {
  /**
   * Waits until one of the descriptors is ready, `poll(2)`.
   *
   * One call at a time; the caller ends one early through a descriptor of its own in the set.
   * `items` is an array of `struct pollfd` (`int fd; short events; short revents`) and may be
   * written to until the promise resolves; it then holds the `revents`.
   *
   * @param items at least `count` pollfd structures, two 32-bit words each
   * @param count how many of them to watch
   * @param timeoutMs after so many milliseconds it answers 0
   * @returns how many are ready, 0 at the timeout, negative when `poll` failed (EINTR is one cause)
   */
  poll(items: Int32Array, count: number, timeoutMs: number): Promise<number>;

  /**
   * Ends a context, `zmq_ctx_term`: waits for the linger of its sockets, which must all be closed.
   *
   * @returns 0, or negative when it was interrupted and must be called again
   */
  terminate(context: Pointer): Promise<number>;

  /** Gives back threads held for waiting. Call when nothing is under way; later calls start anew. */
  release(): void;
}

/** What a runtime provides. */
export interface NativeRuntime {
  /** The runtime's name, for `--version` and reports. */
  readonly name: "deno" | "bun";

  /**
   * Opens a shared library and binds the functions of a table.
   *
   * Names of the C library are found too: a lookup reaches what libzmq itself is linked with.
   *
   * @param path a file, or a name for the system's loader to find
   * @throws {OpenError} when the library cannot be opened or lacks one of the functions
   */
  open<T extends NativeTable>(path: string, table: T): Bound<T>;

  /**
   * A length as the runtime passes it fastest: for 64 bits Deno wants a bigint (11 ns a call, with a
   * number 110), Bun a number.
   */
  size(length: number): NativeSize;

  /**
   * Prepares the two long calls.
   *
   * @param path where libzmq was found
   * @param waitPath the library whose `poll` to use, or undefined where the system has none: `poll`
   *   then only waits for the time given
   */
  offThread(path: string, waitPath: string | undefined): OffThread;
}

/** Why a library could not be opened. */
export type OpenFailure = "missing" | "denied" | "unusable";

/** A library that could not be opened, with the runtime's own words as its message. */
export class OpenError extends Error {
  override readonly name = "OpenError";
  /** `missing`: no such file; `denied`: no permission; `unusable`: not a library, or not this one. */
  readonly failure: OpenFailure;

  constructor(failure: OpenFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** libzmq, opened, checked and bound: what `load.ts` returns and everything above uses. */
export interface NativeLibrary {
  /** Where it was found: the path, or the name given to the system's loader. */
  readonly path: string;
  /** Its version, as `zmq_version` tells: major, minor, patch. */
  readonly version: readonly [number, number, number];
  /** The runtime that opened it. */
  readonly runtime: "deno" | "bun";
  /**
   * A length for C; see {@linkcode NativeRuntime.size}.
   *
   * @internal
   */
  readonly size: (length: number) => NativeSize;
  /**
   * libzmq's functions.
   *
   * @internal
   */
  readonly zmq: Bound<typeof zmqFunctions>;
  /**
   * Copying out of C.
   *
   * @internal
   */
  readonly memory: Bound<typeof memoryFunctions>;
  /**
   * Short waits, the pipe of long ones, and writing; undefined without `poll(2)` (Windows).
   *
   * @internal
   */
  readonly wait: Bound<typeof waitFunctions> | undefined;
  /**
   * Looking at and ending connections by their descriptors; undefined on Windows.
   *
   * @internal
   */
  readonly connection: Bound<typeof connectionFunctions> | undefined;
  /**
   * The two long calls.
   *
   * @internal
   */
  readonly offThread: OffThread;
}
