/**
 * Descriptors that are no sockets of libzmq's.
 *
 * @module
 */

import process from "node:process";
import type { NativeLibrary } from "./native.ts";

const POLLOUT = 4;

/** What a pipe that `poll(2)` calls writable takes without blocking: `PIPE_BUF`, elsewhere POSIX's least. */
export const writableBytes: number = process.platform === "linux" ? 4096 : 512;

/**
 * Whether up to {@linkcode writableBytes} can be written to a descriptor without blocking, or it
 * has failed, which the write will tell. True where the system has no `poll(2)`.
 */
export function isWritable(library: NativeLibrary, descriptor: number): boolean {
  if (library.wait === undefined) return true;
  const item = new Int32Array([descriptor, POLLOUT]);
  return library.wait.poll(item, library.size(1), 0) > 0;
}
