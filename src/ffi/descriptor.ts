/**
 * Writing to a descriptor of the system's without ever waiting for its reader.
 *
 * @module
 */

import fs from "node:fs";
import os from "node:os";
import process from "node:process";
import type { NativeLibrary } from "./native.ts";

const POLLIN = 1;
const POLLOUT = 4;

/** What a pipe that `poll(2)` calls writable takes: `PIPE_BUF`, elsewhere the least POSIX allows. */
const pipeBytes = process.platform === "linux" ? 4096 : 512;

/** Flags of open(2) on Linux, where alone things are opened anew. */
const open = {
  readOnly: 0x0,
  writeOnly: 0x1,
  noTerminal: 0x100,
  noBlock: 0x800,
  closeOnExec: 0x80000,
};

/** `S_IFCHR`, `S_IFIFO` and `S_IFREG`, the same on every POSIX system there is. */
const characterDevice = 0o020000;
const pipe = 0o010000;
const regularFile = 0o100000;

const { EAGAIN, EINTR } = os.constants.errno;

/** A write that failed for good; `code` is its symbolic name, such as `EPIPE`. */
export class WriteError extends Error {
  override readonly name = "WriteError";
  readonly code: string;

  constructor(code: string) {
    super(`Cannot write: ${code}`);
    this.code = code;
  }
}

/**
 * What takes bytes as far as it can without blocking.
 *
 * A blocking write to a full pipe stops the whole thread, and with it every peer. So terminals and
 * pipes are opened anew, in a way that does not block, where the system can do that. Elsewhere each
 * write is preceded by a look, and is of a size that cannot block after it; a terminal is called
 * writable with room for one byte all the same.
 */
export class Sink {
  readonly #library: NativeLibrary;
  readonly #descriptor: number;
  readonly #isOwn: boolean;

  /** @param descriptor 1 for stdout, 2 for stderr */
  constructor(library: NativeLibrary, descriptor: number) {
    this.#library = library;
    const isReopened = isTerminal(descriptor) || kindOf(descriptor) === pipe;
    const own = isReopened ? openAnew(library, descriptor, open.writeOnly | open.noBlock) : -1;
    this.#isOwn = own >= 0;
    this.#descriptor = this.#isOwn ? own : descriptor;
  }

  /**
   * Writes the beginning of `bytes`.
   *
   * @returns how many it took; 0 when it takes none now
   * @throws {WriteError} when nobody reads any more (EPIPE), there is no space left (ENOSPC)…
   */
  write(bytes: Uint8Array): number {
    const { wait, size, zmq } = this.#library;
    if (wait === undefined) return fs.writeSync(this.#descriptor, bytes);
    if (!this.#isOwn && !isWritable(this.#library, this.#descriptor)) return 0;
    const length = this.#isOwn ? bytes.length : Math.min(bytes.length, pipeBytes);
    const written = wait.write(this.#descriptor, bytes, size(length));
    if (written >= 0) return written;
    const errno = zmq.zmq_errno();
    if (errno === EAGAIN || errno === EINTR) return 0;
    const name = Object.entries(os.constants.errno).find(([, number]) => number === errno);
    throw new WriteError(name?.[0] ?? `E${errno}`);
  }

  /** Waits on this thread until it takes bytes, or time is over. */
  awaitRoom(timeoutMs: number): void {
    isWritable(this.#library, this.#descriptor, timeoutMs);
  }

  /** Gives back what was opened anew. */
  close(): void {
    if (this.#isOwn) this.#library.wait?.close(this.#descriptor);
  }
}

/** Whether a descriptor is a terminal. */
export function isTerminal(descriptor: number): boolean {
  if (kindOf(descriptor) !== characterDevice) return false;
  // It takes a millisecond to load: not where a look at the kind of file says enough.
  const { isatty } = process.getBuiltinModule("node:tty");
  return isatty(descriptor);
}

/** The size of what a descriptor stands for, where that is a file. */
export function fileBytes(descriptor: number): number | undefined {
  return kindOf(descriptor) === regularFile ? fs.fstatSync(descriptor).size : undefined;
}

/** Whether reading from a descriptor would give something, or its end, at once. */
export function isReadable({ wait, size }: NativeLibrary, descriptor: number): boolean {
  const item = new Int32Array([descriptor, POLLIN]);
  return wait !== undefined && wait.poll(item, size(1), 0) > 0;
}

/** The file type bits of st_mode: the methods of `fs.Stats` are not all to be relied on in Deno 2.4. */
function kindOf(descriptor: number): number {
  try {
    return fs.fstatSync(descriptor).mode & 0o170000;
  } catch {
    return 0;
  }
}

/** Opens what a descriptor stands for once more; negative where that cannot be. */
function openAnew({ wait }: NativeLibrary, descriptor: number, flags: number): number {
  if (process.platform !== "linux" || wait === undefined) return -1;
  const path = new TextEncoder().encode(`/proc/self/fd/${descriptor}\0`);
  return wait.open(path, flags | open.noTerminal | open.closeOnExec);
}

/** The two ends of a pipe, which no child inherits where the system can do that. */
export interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

/** Makes a pipe; undefined where there are none, or no descriptors for it. */
export function openPipe(library: NativeLibrary): Pipe | undefined {
  const ends = new Int32Array(2);
  if (library.wait?.pipe(ends) !== 0) return undefined;
  const [readEnd, writeEnd] = ends as unknown as [number, number];
  return {
    readEnd: moved(library, readEnd, open.readOnly),
    writeEnd: moved(library, writeEnd, open.writeOnly),
  };
}

/** The same, on a descriptor of its own; the old one is closed, unless there is no other. */
function moved(library: NativeLibrary, descriptor: number, flags: number): number {
  const own = openAnew(library, descriptor, flags);
  if (own < 0) return descriptor;
  library.wait?.close(descriptor);
  return own;
}

/** Whether a descriptor takes bytes now, or has failed, which the write will tell. */
function isWritable(
  { wait, size }: NativeLibrary,
  descriptor: number,
  timeoutMs = 0,
): boolean {
  const item = new Int32Array([descriptor, POLLOUT]);
  return wait === undefined || wait.poll(item, size(1), timeoutMs) > 0;
}
