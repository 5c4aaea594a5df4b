// Randomness that is the same in each run, so that what fails once fails again.

/** Draws from a seed: 32 bits at a time, by the generator sfc32. */
export class Random {
  #a: number;
  #b = 0x9e3779b9 | 0;
  #c = 0x243f6a88 | 0;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** 0 to `end` - 1. */
  below(end: number): number {
    return this.next() % end;
  }

  /** One of these. */
  of<T>(values: ArrayLike<T>): T {
    return values[this.below(values.length)] as T;
  }

  /** So many of them, up to `max`, one after the other. */
  times<T>(max: number, draw: () => T): T[] {
    return Array.from({ length: this.below(max + 1) }, draw);
  }
}
