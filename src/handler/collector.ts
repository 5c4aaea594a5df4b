/**
 * What a handler writes, up to a limit.
 *
 * @module
 */

import type { Readable } from "node:stream";

/** Keeps what streams say, together up to so many bytes. */
export class Collector {
  readonly #bytesMax: number;
  readonly #onFull: () => void;
  #bytes = 0;
  #isFull = false;

  /** @param onFull told once there was more */
  constructor(bytesMax: number, onFull: () => void) {
    this.#bytesMax = bytesMax;
    this.#onFull = onFull;
  }

  /** Whether there was more than the limit. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Begins to read a stream; what it said is in the list it gives, which grows. */
  read(stream: Readable | null | undefined): readonly Uint8Array[] {
    const chunks: Uint8Array[] = [];
    stream?.on("data", (chunk: Uint8Array) => this.#add(chunks, chunk));
    // One that is cut off has ended, and the program's exit says why.
    stream?.on("error", () => {});
    return chunks;
  }

  #add(chunks: Uint8Array[], chunk: Uint8Array): void {
    const room = this.#bytesMax - this.#bytes;
    if (room > 0) chunks.push(chunk.length <= room ? chunk : chunk.subarray(0, room));
    this.#bytes += Math.min(chunk.length, Math.max(0, room));
    if (chunk.length <= room || this.#isFull) return;
    this.#isFull = true;
    this.#onFull();
  }
}
