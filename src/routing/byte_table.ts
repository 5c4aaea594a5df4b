/**
 * A map whose keys are bytes, looked up without making an object of them.
 *
 * @module
 */

interface Entry<V> {
  readonly key: Uint8Array;
  readonly hash: number;
  readonly value: V;
  next: Entry<V> | undefined;
}

const bucketsMin = 64;

/** Values by byte strings. */
export class ByteTable<V> {
  readonly #seed: number;
  #buckets: (Entry<V> | undefined)[] = Array.from({ length: bucketsMin });
  #size = 0;

  /** @param seed random, so that nobody can choose keys that meet in one place */
  constructor(seed: number) {
    this.#seed = seed;
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** The value of the key that is the first `length` bytes of `bytes`. */
  get(bytes: Uint8Array, length: number = bytes.length): V | undefined {
    const hash = this.#hash(bytes, length);
    let entry = this.#buckets[hash & (this.#buckets.length - 1)];
    while (entry !== undefined) {
      if (entry.hash === hash && isKey(entry.key, bytes, length)) return entry.value;
      entry = entry.next;
    }
    return undefined;
  }

  /** Adds a key that is not there yet. It must not change afterwards. */
  add(key: Uint8Array, value: V): void {
    if (this.#size === this.#buckets.length) this.#resize(2 * this.#size);
    const hash = this.#hash(key, key.length);
    const bucket = hash & (this.#buckets.length - 1);
    this.#buckets[bucket] = { key, hash, value, next: this.#buckets[bucket] };
    this.#size++;
  }

  /** Removes a key; one that is not there is no error. */
  delete(key: Uint8Array): void {
    const hash = this.#hash(key, key.length);
    const bucket = hash & (this.#buckets.length - 1);
    let previous: Entry<V> | undefined;
    for (let entry = this.#buckets[bucket]; entry !== undefined; entry = entry.next) {
      if (entry.hash === hash && isKey(entry.key, key, key.length)) {
        if (previous === undefined) this.#buckets[bucket] = entry.next;
        else previous.next = entry.next;
        this.#size--;
        return;
      }
      previous = entry;
    }
  }

  /** All values, in no order. */
  *values(): Generator<V> {
    for (const first of this.#buckets) {
      for (let entry = first; entry !== undefined; entry = entry.next) yield entry.value;
    }
  }

  #resize(length: number): void {
    const entries = this.#buckets;
    this.#buckets = Array.from({ length });
    for (const first of entries) {
      for (let entry = first; entry !== undefined;) {
        const { next } = entry;
        const bucket = entry.hash & (length - 1);
        entry.next = this.#buckets[bucket];
        this.#buckets[bucket] = entry;
        entry = next;
      }
    }
  }

  /** FNV-1a, begun at the seed. */
  #hash(bytes: Uint8Array, length: number): number {
    let hash = this.#seed;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    return hash;
  }
}

function isKey(key: Uint8Array, bytes: Uint8Array, length: number): boolean {
  if (key.length !== length) return false;
  for (let i = 0; i < length; i++) if (key[i] !== bytes[i]) return false;
  return true;
}
