/**
 * Bytes to stdout and stderr that never make the program deaf while whoever reads them is slow.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { concat } from "../bytes.ts";
import { Sink, type WriteError } from "../ffi/descriptor.ts";
import type { NativeLibrary } from "../ffi/native.ts";

/** How long until a reader that was too slow is tried again. */
const retryMs = 20;

/** While somebody waits for what was written, the reader is first waited for on this thread. */
const hereMs = 2;

const encoder = new TextEncoder();

/** What {@linkcode Output} needs to know. */
export interface OutputOptions {
  readonly library: NativeLibrary;
  /** The descriptor to write to: 1 is stdout. */
  readonly descriptor: number;
  /** How many bytes of lines may wait for a slow reader; what comes then is counted, not kept. */
  readonly bytesMax: number;
  /** Told once when nobody reads any more (EPIPE), or writing fails otherwise. */
  readonly onFailure: (code: string) => void;
  /** Told how many lines were left out, once there is room again. */
  readonly onSkipped: (lines: number) => void;
}

/** Collects what is to be written, and writes it a turn later, as far as the reader takes it. */
export class Output {
  readonly #options: OutputOptions;
  readonly #sink: Sink;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #skipped = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #whenWritten: (() => void)[] = [];
  /** Nothing can be written any more. */
  #failed = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#sink = new Sink(options.library, options.descriptor);
  }

  /** Adds a line, its end included, of those that a slow reader may miss. */
  line(text: string): void {
    if (this.#failed) return;
    const bytes = encoder.encode(`${text}\n`);
    if (this.#waitingBytes + bytes.length > this.#options.bytesMax) {
      this.#skipped++;
      return;
    }
    this.#add(bytes);
    this.#timer ??= setTimeout(() => this.#write(), 0);
  }

  /**
   * Writes all of it, however slow the reader is.
   *
   * @param content bytes, left as they are until this has resolved; or text
   * @returns once it is written, or cannot be any more
   */
  write(content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === "string" ? encoder.encode(content) : content;
    if (this.#failed || bytes.length === 0) return Promise.resolve();
    this.#add(bytes);
    return new Promise((resolve) => {
      this.#whenWritten.push(resolve);
      this.#write();
    });
  }

  /**
   * Writes what is waiting.
   *
   * @param timeoutMs how long a slow reader is waited for; after it the rest is let go
   */
  async finish(timeoutMs: number): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    this.#write();
    while (this.#waitingBytes > 0 && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    clearTimeout(this.#timer);
    this.#failed = true;
    this.#waiting = [];
    this.#sink.close();
  }

  #add(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      while (this.#waiting.length > 0) {
        const bytes = this.#next();
        const taken = this.#sink.write(bytes);
        this.#waitingBytes -= taken;
        if (taken < bytes.length) this.#waiting[0] = bytes.subarray(taken);
        else this.#waiting.shift();
        if (taken === 0) return this.#retry();
      }
    } catch (error) {
      return this.#fail((error as WriteError).code);
    }
    this.#settle();
    if (this.#skipped > 0) this.#options.onSkipped(this.#skipped);
    this.#skipped = 0;
  }

  /** What to write next: lines together, for a call costs more than their bytes. */
  #next(): Uint8Array {
    if (this.#waitingBytes > this.#options.bytesMax) return this.#waiting[0] as Uint8Array;
    const whole = concat(this.#waiting);
    this.#waiting = [whole];
    return whole;
  }

  #retry(): void {
    if (this.#whenWritten.length === 0) {
      this.#timer = setTimeout(() => this.#write(), retryMs);
      return;
    }
    this.#sink.awaitRoom(hereMs);
    // Signals and other work have their turn before more is written.
    setImmediate(() => this.#write());
  }

  #settle(): void {
    for (const resolve of this.#whenWritten.splice(0)) resolve();
  }

  #fail(code: string): void {
    this.#failed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#settle();
    this.#options.onFailure(code);
  }
}
