/**
 * Waiting for sockets without blocking the JavaScript thread and without touching them from another.
 *
 * `poll(2)` watches the plain descriptors of sockets (`ZMQ_FD`) beside the JavaScript thread. They
 * are edge-triggered, and any call on a socket can swallow the edge, so a waiter looks at its sockets
 * once more before it waits and drains them when it wakes; see {@linkcode Readiness}.
 *
 * @module
 */

import { openPipe, type Pipe } from "../ffi/descriptor.ts";
import type { NativeLibrary } from "../ffi/native.ts";

/** `POLLIN` of `poll(2)`, the same on Linux and macOS. */
const POLLIN = 1;

/** Most descriptors waited for on this thread. */
const descriptorsHereMax = 8;

/** Without `poll(2)` (Windows) nothing tells of a message: sockets are looked at so often. */
const blindMs = 10;

/** Somebody waiting for descriptors. */
interface Waiter {
  readonly descriptors: readonly number[];
  readonly deadlineMs: number;
  readonly wake: () => void;
}

/** What a wait that is under way can be ended with. */
export interface Wait {
  /** Resolves when a descriptor became ready, the time is over, or {@linkcode Wait.cancel} is called. */
  readonly done: Promise<void>;
  /** Ends it now. */
  cancel(): void;
}

/**
 * All waits of a process, in one `poll(2)` at a time.
 *
 * A wait that is added while a poll is under way calls it back through a pipe.
 */
export class Poller {
  static readonly #pollers = new WeakMap<NativeLibrary, Poller>();

  /** The poller of a library, made at first use and shared by its contexts. */
  static of(library: NativeLibrary): Poller {
    let poller = Poller.#pollers.get(library);
    if (poller === undefined) {
      poller = new Poller(library);
      Poller.#pollers.set(library, poller);
    }
    poller.#users++;
    return poller;
  }

  readonly #library: NativeLibrary;
  readonly #waiters = new Set<Waiter>();
  readonly #oneByte = new Uint8Array(1);
  #users = 0;
  #pipe: Pipe | undefined;
  // Of its own: the other array belongs to a poll under way on another thread.
  readonly #itemsHere = new Int32Array(2 * descriptorsHereMax);
  #items = new Int32Array(2 * 8);
  #running: Promise<void> | undefined;
  #called = false;

  private constructor(library: NativeLibrary) {
    this.#library = library;
  }

  /**
   * Waits until one of the descriptors is readable.
   *
   * @param descriptors of sockets, as their option `fd` tells
   * @param timeoutMs the longest it may take
   */
  wait(descriptors: readonly number[], timeoutMs: number): Wait {
    const deadlineMs = performance.now() + timeoutMs;
    let cancel = (): void => {};
    const done = new Promise<void>((resolve) => {
      const waiter: Waiter = {
        descriptors,
        deadlineMs,
        wake: () => {
          if (this.#waiters.delete(waiter)) resolve();
        },
      };
      cancel = () => {
        // One that is over already has nothing to end, and perhaps no poll to call back.
        if (!this.#waiters.has(waiter)) return;
        waiter.wake();
        // Nobody else waits: the poll under way is not to hold the process.
        if (this.#waiters.size === 0) this.#callBack();
      };
      this.#waiters.add(waiter);
    });
    if (this.#running === undefined) this.#running = this.#run();
    else this.#callBack();
    return { done, cancel };
  }

  /**
   * Blocks this thread until one of the descriptors is readable, for a millisecond or two at most:
   * where the next message is about to come, that costs less than a thread's help.
   *
   * @param descriptors of eight sockets at most
   * @returns a bit for each that is readable, the first the lowest; undefined, at once, for more of
   *   them, on a system without `poll(2)`, and while others of this program wait: held up, they could
   *   not answer
   */
  waitHere(descriptors: readonly number[], timeoutMs: number): number | undefined {
    const { wait, size } = this.#library;
    const count = descriptors.length;
    if (wait === undefined || count === 0 || count > descriptorsHereMax) return undefined;
    if (this.#waiters.size > 0) return undefined;
    for (let n = 0; n < count; n++) writeItem(this.#itemsHere, 2 * n, descriptors[n] as number);
    let ready = 0;
    if (wait.poll(this.#itemsHere, size(count), timeoutMs) > 0) {
      // The upper half of the word is `revents`; an error there counts as readable too.
      for (let n = 0; n < count; n++) {
        if ((this.#itemsHere[2 * n + 1] as number) >>> 16 !== 0) ready |= 1 << n;
      }
    }
    return ready;
  }

  /** One context less uses this; the last one gives back the pipe and the thread. */
  async release(): Promise<void> {
    if (--this.#users > 0) return;
    await this.#running;
    // Somebody may have opened a context meanwhile.
    if (this.#users > 0) return;
    this.#library.offThread.release();
    if (this.#pipe === undefined) return;
    this.#library.wait?.close(this.#pipe.readEnd);
    this.#library.wait?.close(this.#pipe.writeEnd);
    this.#pipe = undefined;
    this.#called = false;
  }

  async #run(): Promise<void> {
    while (this.#waiters.size > 0) {
      const polled = [...this.#waiters];
      const count = this.#fillItems(polled);
      await this.#library.offThread.poll(this.#items, count, this.#timeoutMs());
      this.#answerCall();
      this.#wakeReady(polled);
    }
    this.#running = undefined;
  }

  /** Writes the pollfd array: our own pipe first, then each waiter's descriptors in turn. */
  #fillItems(waiters: readonly Waiter[]): number {
    let count = 1;
    for (const { descriptors } of waiters) count += descriptors.length;
    if (this.#items.length < 2 * count) this.#items = new Int32Array(4 * count);
    // poll(2) passes over negative descriptors, which is what is wanted on a system with no pipe.
    let i = writeItem(this.#items, 0, this.#openPipe());
    for (const { descriptors } of waiters) {
      for (const descriptor of descriptors) i = writeItem(this.#items, i, descriptor);
    }
    return count;
  }

  #wakeReady(waiters: readonly Waiter[]): void {
    const nowMs = performance.now();
    const isBlind = this.#library.wait === undefined;
    let i = 1;
    for (const waiter of waiters) {
      let isReady = waiter.deadlineMs <= nowMs;
      for (let n = 0; n < waiter.descriptors.length; n++, i++) {
        // The upper half of the word is `revents`; an error there counts as ready too.
        if (isBlind || (this.#items[2 * i + 1] as number) >>> 16 !== 0) isReady = true;
      }
      if (isReady) waiter.wake();
    }
  }

  #timeoutMs(): number {
    let earliestMs = Infinity;
    for (const { deadlineMs } of this.#waiters) earliestMs = Math.min(earliestMs, deadlineMs);
    const longestMs = this.#library.wait === undefined ? blindMs : Infinity;
    return Math.max(0, Math.min(Math.ceil(earliestMs - performance.now()), longestMs));
  }

  #callBack(): void {
    if (this.#called || this.#pipe === undefined) return;
    this.#called = true;
    this.#library.wait?.write(this.#pipe.writeEnd, this.#oneByte, this.#library.size(1));
  }

  #answerCall(): void {
    if (!this.#called || this.#pipe === undefined) return;
    // Exactly one byte is there, so this cannot block.
    this.#library.wait?.read(this.#pipe.readEnd, this.#oneByte, this.#library.size(1));
    this.#called = false;
  }

  #openPipe(): number {
    this.#pipe ??= openPipe(this.#library);
    return this.#pipe?.readEnd ?? -1;
  }
}

/** Writes one `struct pollfd { int fd; short events; short revents }` and says where the next goes. */
function writeItem(items: Int32Array, at: number, descriptor: number): number {
  items[at] = descriptor;
  items[at + 1] = POLLIN;
  return at + 2;
}
