/**
 * How long many things took, in the same few kilobytes however many they are.
 *
 * @module
 */

/** What took less counts as this, in ms. */
const shortestMs = 0.001;

/** Times that differ by less may be told as the same: by no more than a noisy machine changes them. */
const precision = 1.01;

/** Up to two days: no request takes longer. */
const buckets = Math.ceil(Math.log(2 * 86_400_000 / shortestMs) / Math.log(precision));

/** Counts times in buckets, each longer than the one before by the same factor. */
export class Latencies {
  readonly #counts: Float64Array = new Float64Array(buckets);
  #count = 0;
  #longestMs = NaN;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** The longest one, exactly, in ms; NaN when there is none. */
  get longestMs(): number {
    return this.#longestMs;
  }

  /** Adds one, in ms. */
  add(ms: number): void {
    const place = Math.round(Math.log(ms / shortestMs) / Math.log(precision));
    const bucket = Math.min(Math.max(place, 0), buckets - 1);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#count++;
    if (!(ms <= this.#longestMs)) this.#longestMs = ms;
  }

  /**
   * The time that a share of all took no longer than, in ms; NaN when there is none.
   *
   * @param share from 0 to 1: 0.5 is the median
   */
  quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let count = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      count += this.#counts[bucket] as number;
      if (count >= wanted) return Math.min(shortestMs * precision ** bucket, this.#longestMs);
    }
    return NaN;
  }
}
