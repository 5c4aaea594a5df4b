/**
 * Messages that wait for one name or one group, in the order they came.
 *
 * @module
 */

import type { Flight } from "./flight.ts";
import type { Session } from "./session.ts";

/** Whom messages wait for: those who could be handed the first of them now. */
export interface Awaited {
  readonly servers: readonly Session[];
}

/** What waits, and how much it is. Bounds are whoever's that adds. */
export class Queue {
  /** Whom they wait for. */
  readonly awaited: Awaited;
  #first: Flight | undefined;
  #last: Flight | undefined;
  #messages = 0;
  #bytes = 0;

  /** Nothing waits yet. */
  constructor(awaited: Awaited) {
    this.awaited = awaited;
  }

  /** The one whose turn is next. */
  get first(): Flight | undefined {
    return this.#first;
  }

  /** How many wait. */
  get messages(): number {
    return this.#messages;
  }

  /** Bytes of their bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds one that waits nowhere, with its parcel. */
  add(flight: Flight): void {
    flight.queue = this;
    flight.before = this.#last;
    if (this.#last === undefined) this.#first = flight;
    else this.#last.behind = flight;
    this.#last = flight;
    this.#messages++;
    this.#bytes += flight.bytes;
  }

  /** Removes one that waits here; its parcel stays with it. */
  remove(flight: Flight): void {
    if (flight.before === undefined) this.#first = flight.behind;
    else flight.before.behind = flight.behind;
    if (flight.behind === undefined) this.#last = flight.before;
    else flight.behind.before = flight.before;
    flight.queue = undefined;
    flight.before = undefined;
    flight.behind = undefined;
    this.#messages--;
    this.#bytes -= flight.bytes;
  }

  /** All of them as they are now. */
  all(): Flight[] {
    const all: Flight[] = [];
    for (let flight = this.#first; flight !== undefined; flight = flight.behind) all.push(flight);
    return all;
  }
}
