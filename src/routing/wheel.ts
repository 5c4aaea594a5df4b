/**
 * Timers by the ten thousand: setting one and calling it off costs a few writes.
 *
 * @module
 */

/** Width of a slot: how late a timer may be. */
const slotMs = 16;

/** Slots of a turn, a power of two: 16 s, a little more than the time until a silent peer is gone. */
const slots = 1024;

/** Something that is due at a time. Set and called off by a {@linkcode Wheel}. */
export abstract class Timer {
  /** When it is due; Infinity while it is not set. */
  dueMs: number = Infinity;
  /** Its neighbours in its slot, and that slot; the wheel's own. */
  previous: Timer | undefined;
  /** See {@linkcode Timer.previous}. */
  next: Timer | undefined;
  /** See {@linkcode Timer.previous}. */
  slot: number = unset;

  /** What happens when it is due; it is not set any more then. */
  abstract fire(nowMs: number): void;
}

const unset = -1;
const firing = -2;

/** A wheel of slots; a timer due in a later turn waits in its slot until its turn has come. */
export class Wheel {
  readonly #first: (Timer | undefined)[] = Array.from({ length: slots });
  #tick: number;
  #count = 0;

  /** @param nowMs the time it begins at */
  constructor(nowMs: number) {
    this.#tick = Math.floor(nowMs / slotMs);
  }

  /** Sets a timer, anew if it was set. */
  set(timer: Timer, dueMs: number): void {
    this.unset(timer);
    const tick = Math.max(Math.ceil(dueMs / slotMs), this.#tick + 1);
    const slot = tick & (slots - 1);
    const first = this.#first[slot];
    timer.dueMs = dueMs;
    timer.slot = slot;
    timer.next = first;
    if (first !== undefined) first.previous = timer;
    this.#first[slot] = timer;
    this.#count++;
  }

  /** Calls a timer off; one that is not set is no error. */
  unset(timer: Timer): void {
    if (timer.slot >= 0) this.#unlink(timer);
    timer.slot = unset;
    timer.dueMs = Infinity;
  }

  /** Fires all that are due. */
  advance(nowMs: number): void {
    const tick = Math.floor(nowMs / slotMs);
    const turns = Math.min(tick - this.#tick, slots);
    if (turns <= 0) return;
    const due: Timer[] = [];
    for (let i = turns - 1; i >= 0; i--) this.#take((tick - i) & (slots - 1), nowMs, due);
    this.#tick = tick;
    // Of those due at the same time the one set first comes first; in a slot it stands last.
    due.reverse().sort((a, b) => a.dueMs - b.dueMs);
    for (const timer of due) {
      // Another that fired before may have called this one off, or set it anew.
      if (timer.slot !== firing) continue;
      timer.slot = unset;
      timer.dueMs = Infinity;
      timer.fire(nowMs);
    }
  }

  /** When something may be due; Infinity when nothing is set. */
  get nextDueMs(): number {
    if (this.#count === 0) return Infinity;
    let tick = this.#tick + 1;
    while (this.#first[tick & (slots - 1)] === undefined) tick++;
    return tick * slotMs;
  }

  #take(slot: number, nowMs: number, due: Timer[]): void {
    let timer = this.#first[slot];
    while (timer !== undefined) {
      const { next } = timer;
      if (timer.dueMs <= nowMs) {
        this.#unlink(timer);
        timer.slot = firing;
        due.push(timer);
      }
      timer = next;
    }
  }

  #unlink(timer: Timer): void {
    if (timer.previous !== undefined) timer.previous.next = timer.next;
    else this.#first[timer.slot] = timer.next;
    if (timer.next !== undefined) timer.next.previous = timer.previous;
    timer.previous = undefined;
    timer.next = undefined;
    this.#count--;
  }
}
