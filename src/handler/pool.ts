/**
 * Handlers at work, never more than so many.
 *
 * @module
 */

/** Gives out places one by one, in the order they are asked for. */
export class Pool<T> {
  readonly #free: T[];
  readonly #waiting: ((place: T) => void)[] = [];
  readonly #waitingMax: number;

  /**
   * @param places what is given out
   * @param waitingMax how many may wait for one
   */
  constructor(places: readonly T[], waitingMax: number) {
    this.#free = [...places];
    this.#waitingMax = waitingMax;
  }

  /**
   * Works with a place as soon as there is one.
   *
   * @throws {Error} when too many wait already
   */
  async use<R>(work: (place: T) => Promise<R>): Promise<R> {
    const place = await this.#take();
    try {
      return await work(place);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(place);
      else next(place);
    }
  }

  #take(): T | Promise<T> {
    if (this.#free.length > 0) return this.#free.pop() as T;
    if (this.#waiting.length >= this.#waitingMax) {
      throw new Error(`${this.#waitingMax} others wait to be served already`);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
