/**
 * Reading stdin.
 *
 * @module
 */

import fs from "node:fs";
import { concat } from "../bytes.ts";
import { isReadable } from "../ffi/descriptor.ts";
import { StoppedError } from "./signals.ts";
import type { Surroundings } from "./surroundings.ts";

/** Bytes of one read: what files are read fast with, and pipes never have. */
const chunkBytes = 256 * 1024;

/** How long until a stdin that somebody made not to block is asked again. */
const retryMs = 10;

/** What reading takes. */
export type Source = Pick<Surroundings, "library" | "stop">;

/**
 * What comes from stdin, as it comes. The bytes are the reader's until it asks for more.
 *
 * @throws {StoppedError} when the program is asked to end; here and in what is made of this
 *
 * Not by `process.stdin`: to make that takes Bun as long as all the rest of a request.
 */
export async function* readInput(source: Source): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(chunkBytes);
  for (;;) {
    const count = await read(buffer, source);
    if (count === 0) return;
    yield buffer.subarray(0, count);
  }
}

/** All of stdin, up to its end. */
export async function readAllInput(source: Source): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readInput(source)) chunks.push(chunk.slice());
  return concat(chunks);
}

/**
 * What stdin says, line by line, without the ends of lines.
 *
 * @param end the byte that ends a line
 * @param onLine told, of each line, at which byte it ends
 */
export async function* inputLines(
  source: Source,
  end: number,
  onLine: (bytes: number) => void = () => {},
): AsyncGenerator<Uint8Array, void> {
  let rest: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readInput(source)) {
    let start = 0;
    for (let at = chunk.indexOf(end); at >= 0; at = chunk.indexOf(end, start)) {
      rest.push(chunk.slice(start, at));
      onLine(bytes + at + 1);
      yield concat(rest);
      rest = [];
      start = at + 1;
    }
    if (start < chunk.length) rest.push(chunk.slice(start));
    bytes += chunk.length;
  }
  if (rest.length === 0) return;
  // The last line may have no end.
  onLine(bytes);
  yield concat(rest);
}

async function read(buffer: Uint8Array, source: Source): Promise<number> {
  for (;;) {
    const result = await readOnce(buffer, source);
    if (typeof result === "number") return result;
    // Bun tells the end of a closed terminal, and a stdin that is closed, as errors.
    if (result.code === "EOF" || result.code === "EBADF" || result.code === "EIO") return 0;
    if (result.code !== "EAGAIN") throw result;
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

type Result = number | NodeJS.ErrnoException;

/** What is there already is read on this thread: to ask another takes three milliseconds at first. */
function readOnce(buffer: Uint8Array, { library, stop }: Source): Result | Promise<Result> {
  if (isReadable(library, 0)) {
    try {
      return fs.readSync(0, buffer);
    } catch (error) {
      return error as NodeJS.ErrnoException;
    }
  }
  return new Promise((resolve, reject) => {
    const forget = stop.whenAsked(() => reject(new StoppedError()));
    fs.read(0, buffer, 0, buffer.length, null, (error, count) => {
      forget();
      resolve(error ?? count);
    });
  });
}
