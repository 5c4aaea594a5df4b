/**
 * Writing to a descriptor of the system's without ever waiting for its reader.
 *
 * @module
 */

import fs from "node:fs";
import os from "node:os";
import process from "node:process";
import tty from "node:tty";
import type { NativeLibrary } from "./native.ts";

const POLLOUT = 4;

/** What a pipe that `poll(2)` calls writable takes: `PIPE_BUF`, elsewhere the least POSIX allows. */
const pipeBytes = process.platform === "linux" ? 4096 : 512;

/** `O_WRONLY | O_NOCTTY | O_NONBLOCK` on Linux. */
const openFlags = 0x1 | 0x100 | 0x800;

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
 * A blocking write to a full pipe stops the whole thread, and with it every peer. So each write is
 * preceded by a look, and is of a size that cannot block after it. A terminal is called writable with
 * room for one byte: it is opened anew, in a way that does not block, where the system can do that.
 */
export class Sink {
  readonly #library: NativeLibrary;
  readonly #descriptor: number;
  readonly #isOwn: boolean;

  /** @param descriptor 1 for stdout, 2 for stderr */
  constructor(library: NativeLibrary, descriptor: number) {
    this.#library = library;
    const own = tty.isatty(descriptor) ? openAnew(library, descriptor) : -1;
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

  /** Gives back what was opened anew. */
  close(): void {
    if (this.#isOwn) this.#library.wait?.close(this.#descriptor);
  }
}

/** Opens what a descriptor stands for once more; negative where that cannot be. */
function openAnew(library: NativeLibrary, descriptor: number): number {
  if (process.platform !== "linux" || library.wait === undefined) return -1;
  const path = new TextEncoder().encode(`/proc/self/fd/${descriptor}\0`);
  return library.wait.open(path, openFlags);
}

/** Whether a descriptor takes bytes now, or has failed, which the write will tell. */
function isWritable({ wait, size }: NativeLibrary, descriptor: number): boolean {
  const item = new Int32Array([descriptor, POLLOUT]);
  return wait === undefined || wait.poll(item, size(1), 0) > 0;
}
