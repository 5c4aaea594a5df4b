/**
 * Waiting for a group of sockets that one loop serves, fairly to the rest of the program.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Poller, Wait } from "./poller.ts";
import type { Socket } from "./socket.ts";

/**
 * The longest a wait goes without looking at the sockets again. Nothing should ever be missed; this
 * bounds the harm if something is. It grows while nothing happens, for the sake of an idle machine:
 * a look every 100 ms costs 0.3 % of a core and more, one a second 0.1 % on Deno, 0.25 % on Bun.
 */
const tickMinMs = 100;
const tickMaxMs = 1000;

/**
 * After a message, the next is first waited for on this thread, and for so long: asking another
 * thread costs some 30 µs of CPU and 40 to 70 µs of latency, and under load the next is near.
 */
const hereMs = 1;

/**
 * Where this thread may be blocked, it is for so long in all before another is asked, and then in
 * slices, between which signals and timers have their turn. To start that other thread takes Bun ten
 * milliseconds, which is more than most one-shot programs wait in all.
 */
const blockingMs = 250;
const sliceMs = 10;

/** The loop that serves the sockets hands over to timers, signals and other work after so long. */
export const turnMs = 2;

const everySocket = ~0;

/** Waits until one of a group of sockets can be received from. */
export class Readiness {
  readonly #poller: Poller;
  readonly #sockets: readonly Socket[];
  readonly #descriptors: readonly number[];
  /**
   * Whether others in this program wait for what only a free thread can bring: pipes, timers, other
   * sockets. Then no wait is on this thread.
   */
  isShared = false;

  /** Whether this thread has nothing else to do than to wait, and may be blocked by that. */
  mayBlock = false;

  /** For how long it was blocked in vain since something came. */
  #blockedMs = 0;

  #tickMs = tickMaxMs;
  #turnEndMs = 0;
  /** A bit for each socket for which something may have come. */
  #signalled = everySocket;
  #wait: Wait | undefined;
  #woken = false;

  /** @param sockets all of one context and of this thread, open as long as this is used */
  constructor(poller: Poller, sockets: readonly Socket[]) {
    this.#poller = poller;
    this.#sockets = sockets;
    this.#descriptors = sockets.map((socket) => socket.get("fd"));
  }

  /** Whether the loop has run for {@linkcode turnMs} and should wait, if only for nothing. */
  get turnIsOver(): boolean {
    return performance.now() >= this.#turnEndMs;
  }

  /**
   * Whether something may have come for a socket, as far as the last wait has seen; true unless it is
   * known that nothing has. Looking at a socket in vain costs as much as a message.
   *
   * @param index which of the sockets
   */
  isSignalled(index: number): boolean {
    return (this.#signalled & (1 << index)) !== 0;
  }

  /**
   * Waits on this thread, for a moment, as long as there is reason to think that it is worth it.
   *
   * @param timeoutMs the longest it takes
   * @returns whether a socket may have a message; if not, or if the turn is over, call
   *   {@linkcode Readiness.wait}
   */
  waitHere(timeoutMs: number): boolean {
    return !this.turnIsOver && (this.#isDue() || this.#pollHere(timeoutMs));
  }

  /**
   * Waits until a socket may have a message, {@linkcode Readiness.wake} is called, or time is over.
   *
   * It may resolve early: look at the sockets, and wait again. Look too after each send made while
   * this waits, and call `wake` if there is something: a send can swallow the signal.
   *
   * @param timeoutMs the longest it takes; the safety tick may end it earlier
   */
  async wait(timeoutMs: number): Promise<void> {
    if (this.turnIsOver) await nextTurn();
    if (!this.#isDue() && !this.#pollHere(timeoutMs) && !this.#block(timeoutMs)) {
      await this.#waitAside(timeoutMs);
    }
    this.#woken = false;
    if (this.turnIsOver) this.#turnEndMs = performance.now() + turnMs;
  }

  /** Ends the wait under way, or else the next one before it begins. */
  wake(): void {
    this.#woken = true;
    this.#wait?.cancel();
  }

  /**
   * Whether there is no need to wait. Looking before waiting is safe: a command that arrives after it
   * leaves the descriptor readable, and poll(2) sees that whenever it starts. Only a call on a socket
   * in between could take it away.
   */
  #isDue(): boolean {
    if (!this.#woken && !this.#sockets.some(hasMessage)) return false;
    this.#noteSignal(everySocket);
    return true;
  }

  #pollHere(timeoutMs: number): boolean {
    if (this.#tickMs !== tickMinMs) return false;
    const leftMs = this.isShared ? 0 : Math.ceil(Math.min(Math.max(timeoutMs, 0), hereMs));
    const ready = this.#poller.waitHere(this.#descriptors, leftMs);
    if (ready === undefined || ready === 0) return false;
    this.#noteSignal(ready);
    return true;
  }

  /** Waits a slice on this thread; false when it may not, or has for long enough. */
  #block(timeoutMs: number): boolean {
    if (!this.mayBlock || this.isShared || this.#blockedMs >= blockingMs) return false;
    const startMs = performance.now();
    const sliceEndMs = Math.ceil(Math.min(Math.max(timeoutMs, 0), sliceMs));
    const ready = this.#poller.waitHere(this.#descriptors, sliceEndMs);
    if (ready === undefined) return false;
    this.#blockedMs += performance.now() - startMs;
    if (ready !== 0) this.#noteSignal(ready);
    return true;
  }

  async #waitAside(timeoutMs: number): Promise<void> {
    this.#wait = this.#poller.wait(this.#descriptors, Math.min(timeoutMs, this.#tickMs));
    await this.#wait.done;
    this.#wait = undefined;
    // Which descriptor it was is not known here: each socket is asked itself.
    const isDue = this.#woken || this.#sockets.some((socket) => socket.readable);
    this.#signalled = everySocket;
    this.#tickMs = isDue ? tickMinMs : Math.min(2 * this.#tickMs, tickMaxMs);
  }

  #noteSignal(sockets: number): void {
    this.#blockedMs = 0;
    this.#signalled = sockets;
    this.#tickMs = tickMinMs;
  }
}

/** One that was drained is asked by its descriptor, which costs less. */
function hasMessage(socket: Socket): boolean {
  return !socket.isDrained && socket.readable;
}

/** Lets signals, timers and the rest of the program have their turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
