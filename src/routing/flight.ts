/**
 * Messages on their way: what is waited for, by whom, and from whom.
 *
 * @module
 */

import type { Queue } from "./queue.ts";
import type { Session } from "./session.ts";
import { Timer } from "./wheel.ts";
import type { Parcel } from "./wire.ts";

/** Whoever ends a message whose time limit has passed. */
export interface FlightOwner {
  expire(flight: Flight): void;
}

/** What somebody may be owed an answer for, under one id. */
export type Open = Flight | FanOut;

/**
 * One message for one peer, from its arrival to its end. It waits in a queue, or was handed over to
 * a peer; when it ends in the hands of a worker it goes on taking its place there until the reply.
 *
 * The object is used again for a later message: who keeps one beyond its end keeps another's.
 */
export class Flight extends Timer {
  /** Tells it from a {@linkcode FanOut}. */
  readonly isFanOut = false as const;
  asker!: Session;
  isRequest!: boolean;
  /** Whether a SEND is to be confirmed. */
  wantsReceipt!: boolean;
  /** Whether it is kept while nobody is there. */
  isHoldable!: boolean;
  /** The id, in two halves of 32 bits. */
  low!: number;
  high!: number;
  /** Which of all it is, in the order of arrival. */
  order!: number;
  /** The message to several peers that this is a part of. */
  fan: FanOut | undefined;
  /** `peer` as it was asked for. */
  peer!: Uint8Array;
  /** The session it is for; undefined when it is for whoever holds a name or is in a group. */
  target: Session | undefined;
  /** Its body, while it waits. */
  parcel: Parcel | undefined;
  /** Bytes of its body, while it waits. */
  bytes = 0;
  /** Where it waits. */
  queue: Queue | undefined;
  /** Its neighbours there. */
  before: Flight | undefined;
  behind: Flight | undefined;
  /** Who it was handed over to. */
  worker: Session | undefined;
  /** Its neighbours among those handed over to the same. */
  previousThere: Flight | undefined;
  nextThere: Flight | undefined;
  /** Whether its end was told, or there was nobody to tell. */
  isEnded = false;
  /** Whether its asker was told that it is held. */
  isHeldTold = false;
  /** Another one whose id has the same lower half. */
  nextOpen: Open | undefined;

  readonly #owner: FlightOwner;

  /** See {@linkcode Flight.become}. */
  constructor(owner: FlightOwner, ask: Ask, order: number, fan: FanOut | undefined) {
    super();
    this.#owner = owner;
    this.become(ask, order, fan);
  }

  /** Becomes a message that has arrived. What linked one before to others was undone when that was forgotten. */
  become(ask: Ask, order: number, fan: FanOut | undefined): void {
    this.asker = ask.asker;
    this.isRequest = ask.isRequest;
    this.wantsReceipt = ask.wantsReceipt;
    this.isHoldable = ask.isHoldable;
    this.low = ask.low;
    this.high = ask.high;
    this.peer = ask.peer;
    this.target = ask.target;
    this.order = order;
    this.fan = fan;
    this.isEnded = false;
    this.isHeldTold = false;
  }

  /** Whether its sender is owed an answer; a SEND without RECEIPT is told of failures alone. */
  get isOwed(): boolean {
    return this.isRequest || this.wantsReceipt;
  }

  override fire(): void {
    this.#owner.expire(this);
  }
}

/** What a SEND or REQUEST says, once its frames were found to be right. One object, used for all. */
export interface Ask {
  asker: Session;
  isRequest: boolean;
  wantsReceipt: boolean;
  isHoldable: boolean;
  low: number;
  high: number;
  /** `peer` as it was asked for, in bytes that do not change. */
  peer: Uint8Array;
  /** See {@linkcode Flight.target}. */
  target: Session | undefined;
  limitMs: number;
}

/** A message to several peers: an answer from each, and one that closes it. */
export class FanOut {
  /** Tells it from a {@linkcode Flight}. */
  readonly isFanOut = true as const;
  readonly asker: Session;
  readonly isRequest: boolean;
  /** See {@linkcode Flight.isOwed}. */
  readonly isOwed: boolean;
  readonly low: number;
  readonly high: number;
  readonly peer: Uint8Array;
  /** How many were meant. */
  matched = 0;
  /** How many have replied or confirmed. */
  done = 0;
  /** How many have not ended. */
  pending = 0;
  /** Whether the last answer was given. */
  isClosed = false;
  /** By target: those not ended, and those that ended in the hands of a worker that has not replied. */
  readonly flights: Map<Session, Flight> = new Map();
  /** See {@linkcode Flight.nextOpen}. */
  nextOpen: Open | undefined;

  /** Begins with nobody. */
  constructor(ask: Ask) {
    this.asker = ask.asker;
    this.isRequest = ask.isRequest;
    this.isOwed = ask.isRequest || ask.wantsReceipt;
    this.low = ask.low;
    this.high = ask.high;
    this.peer = ask.peer;
  }
}

const bucketsMin = 8;

/** What one session is owed answers for, by id: a hash table whose entries are linked to each other. */
export class OpenTable {
  #buckets: (Open | undefined)[] = [];
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** What is open under an id. */
  find(low: number, high: number): Open | undefined {
    if (this.#size === 0) return undefined;
    let open = this.#buckets[low & (this.#buckets.length - 1)];
    while (open !== undefined && (open.low !== low || open.high !== high)) open = open.nextOpen;
    return open;
  }

  /** Adds one whose id is not in use. */
  add(open: Open): void {
    if (this.#size >= this.#buckets.length) this.#grow();
    this.#link(open);
    this.#size++;
  }

  /** Removes one; one that is not there is no error. */
  delete(open: Open): void {
    if (this.#size === 0) return;
    const bucket = open.low & (this.#buckets.length - 1);
    let other = this.#buckets[bucket];
    if (other === open) {
      this.#buckets[bucket] = open.nextOpen;
    } else {
      while (other !== undefined && other.nextOpen !== open) other = other.nextOpen;
      if (other === undefined) return;
      other.nextOpen = open.nextOpen;
    }
    open.nextOpen = undefined;
    this.#size--;
  }

  /** All of them as they are now. */
  all(): Open[] {
    const all: Open[] = [];
    for (const first of this.#buckets) {
      for (let open = first; open !== undefined; open = open.nextOpen) all.push(open);
    }
    return all;
  }

  #link(open: Open): void {
    const bucket = open.low & (this.#buckets.length - 1);
    open.nextOpen = this.#buckets[bucket];
    this.#buckets[bucket] = open;
  }

  #grow(): void {
    const all = this.all();
    this.#buckets = Array.from({ length: Math.max(bucketsMin, 2 * this.#buckets.length) });
    for (const open of all) this.#link(open);
  }
}
