/**
 * Values that come one after the other, for `for await`.
 *
 * @module
 */

import { localError } from "./peer_error.ts";
import { unreadAnswersMax } from "../protocol/limits.ts";

/** Somebody who waits for the next value. */
interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** A queue that is read with `for await`; leaving the loop early tells whoever fills it. */
export class Stream<T> implements AsyncIterableIterator<T, undefined> {
  readonly #deed: string;
  readonly #onLeave: () => void;
  readonly #values: T[] = [];
  readonly #waiting: Waiting<T>[] = [];
  #read = 0;
  #hasEnded = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param deed what it comes from, as in `Cannot watch "*": …`
   * @param onLeave told when the reader wants no more
   */
  constructor(deed: string, onLeave: () => void) {
    this.#deed = deed;
    this.#onLeave = onLeave;
  }

  /** Adds a value; once it has ended, none. It ends with `busy` when its reader is too far behind. */
  push(value: T): void {
    if (this.#hasEnded) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting.resolve({ done: false, value });
    } else if (this.#unread < unreadAnswersMax) {
      this.#values.push(value);
    } else {
      const reason = `${unreadAnswersMax} answers were not read`;
      this.end({ error: localError("busy", `Cannot ${this.#deed}: ${reason}`) });
      this.#onLeave();
    }
  }

  /** Ends it, after the values that were added before; with an error, once that is given. */
  end(failure?: { readonly error: unknown }): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#failure = failure;
    for (const waiting of this.#waiting.splice(0)) this.#settle(waiting);
  }

  /** The next value. */
  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      if (this.#unread > 0) resolve({ done: false, value: this.#take() });
      else if (this.#hasEnded) this.#settle({ resolve, reject });
      else this.#waiting.push({ resolve, reject });
    });
  }

  /** Ends it, because the reader wants no more. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#values.length = 0;
    this.#read = 0;
    if (!this.#hasEnded) this.#onLeave();
    this.end();
    this.#failure = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get #unread(): number {
    return this.#values.length - this.#read;
  }

  #take(): T {
    const value = this.#values[this.#read++] as T;
    // What was read is let go once it is the greater part.
    if (2 * this.#read > this.#values.length) {
      this.#values.splice(0, this.#read);
      this.#read = 0;
    }
    return value;
  }

  /** The failure is told once; whoever asks again hears that it is over. */
  #settle({ resolve, reject }: Waiting<T>): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) resolve({ done: true, value: undefined });
    else reject(failure.error);
  }
}
