/**
 * Lines to stdout and stderr that never make the program wait for whoever reads them.
 *
 * @module
 */

import { Sink, type WriteError } from "../ffi/descriptor.ts";
import type { NativeLibrary } from "../ffi/native.ts";

/** How long until a reader that was too slow is tried again. */
const retryMs = 20;

const encoder = new TextEncoder();

/** What {@linkcode Output} needs to know. */
export interface OutputOptions {
  readonly library: NativeLibrary;
  /** The descriptor to write to: 1 is stdout. */
  readonly descriptor: number;
  /** How much may wait for a slow reader, in bytes; what comes then is counted, not kept. */
  readonly bytesMax: number;
  /** Told once when nobody reads any more (EPIPE), or writing fails otherwise. */
  readonly onFailure: (code: string) => void;
  /** Told how many lines were left out, once there is room again. */
  readonly onSkipped: (lines: number) => void;
}

/** Collects lines and writes them a turn later, as far as the reader takes them. */
export class Output {
  readonly #options: OutputOptions;
  readonly #sink: Sink;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #skipped = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failed = false;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#sink = new Sink(options.library, options.descriptor);
  }

  /** Adds a line; its line end is added to it. */
  line(text: string): void {
    if (this.#failed) return;
    const bytes = encoder.encode(`${text}\n`);
    if (this.#waitingBytes + bytes.length > this.#options.bytesMax) {
      this.#skipped++;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#timer ??= setTimeout(() => this.#write(), 0);
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
    this.#sink.close();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bytes = concat(this.#waiting, this.#waitingBytes);
    let start = 0;
    try {
      for (let taken = 1; taken > 0 && start < bytes.length; start += taken) {
        taken = this.#sink.write(bytes.subarray(start));
      }
    } catch (error) {
      this.#fail((error as WriteError).code);
      return;
    }
    this.#keep(bytes.subarray(start));
  }

  #keep(rest: Uint8Array): void {
    this.#waiting = rest.length === 0 ? [] : [rest];
    this.#waitingBytes = rest.length;
    if (rest.length > 0) {
      this.#timer = setTimeout(() => this.#write(), retryMs);
    } else if (this.#skipped > 0) {
      this.#options.onSkipped(this.#skipped);
      this.#skipped = 0;
    }
  }

  #fail(code: string): void {
    this.#failed = true;
    this.#keep(new Uint8Array(0));
    this.#options.onFailure(code);
  }
}

function concat(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
