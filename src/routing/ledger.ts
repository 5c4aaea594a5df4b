/**
 * The books: which messages are on their way, which of them wait, and how much they are.
 *
 * @module
 */

import type { Common } from "./common.ts";
import { type Ask, type FanOut, Flight, type FlightOwner } from "./flight.ts";
import type { Queue } from "./queue.ts";
import type { Registry } from "./registry.ts";
import type { Session } from "./session.ts";
import type { Parcel } from "./wire.ts";

/** Flights kept to be used again. */
const spareMax = 1024;

/** Keeps every list and sum in step; tells nobody anything. */
export class Ledger {
  /** Those that have not ended. */
  open = 0;
  /** Those of them that wait. */
  waiting = 0;
  /** Bytes of the bodies of those that wait. */
  waitingBytes = 0;
  /** All of which something is kept, ended or not. */
  #alive = 0;
  #order = 0;
  /** Used again, the last one first: it is still near. */
  readonly #spare: Flight[] = [];
  /** Queues whose first message has gone without being handed over: the next may be handed over now. */
  readonly #unblocked = new Set<Queue>();
  #holdable = 0;
  #holdableBytes = 0;
  readonly #common: Common;
  readonly #registry: Registry;

  /** Begins with empty books. */
  constructor(common: Common, registry: Registry) {
    this.#common = common;
    this.#registry = registry;
  }

  /** Whether no more messages can be taken on for now. */
  get isFull(): boolean {
    return this.#alive >= this.#common.settings.openMessages;
  }

  /** Whether {@linkcode Ledger.takeUnblocked} has any. */
  get hasUnblocked(): boolean {
    return this.#unblocked.size > 0;
  }

  /** Queues to be looked at again, once. */
  takeUnblocked(): readonly Queue[] {
    const queues = [...this.#unblocked];
    this.#unblocked.clear();
    return queues;
  }

  /** Whether one more of so many bytes may wait here. */
  hasRoom(queue: Queue, bytes: number, isHoldable: boolean): boolean {
    const { queueMessages, queueBytes, heldMessages, heldBytes } = this.#common.settings;
    if (queue.messages >= queueMessages || queue.bytes + bytes > queueBytes) return false;
    if (!isHoldable) return true;
    return this.#holdable < heldMessages && this.#holdableBytes + bytes <= heldBytes;
  }

  /** A message is on its way. */
  begin(owner: FlightOwner, ask: Ask, fan: FanOut | undefined): Flight {
    let flight = this.#spare.pop();
    if (flight === undefined) flight = new Flight(owner, ask, this.#order++, fan);
    else flight.become(ask, this.#order++, fan);
    this.open++;
    this.#alive++;
    if (flight.fan !== undefined) {
      flight.fan.pending++;
      flight.fan.flights.set(flight.target as Session, flight);
    } else if (flight.isOwed) flight.asker.asks.add(flight);
    this.#common.wheel.set(flight, this.#common.nowMs + ask.limitMs);
    return flight;
  }

  /** It waits, and its body is kept. */
  startWaiting(flight: Flight, queue: Queue, parcel: Parcel): void {
    flight.parcel = parcel;
    flight.bytes = parcel.bytes;
    queue.add(flight);
    this.waiting++;
    this.waitingBytes += flight.bytes;
    if (!flight.isHoldable) return;
    this.#holdable++;
    this.#holdableBytes += flight.bytes;
  }

  /** It waits no longer; its body, if it still has one, is given back. */
  stopWaiting(flight: Flight, isSent: boolean): void {
    const { queue, parcel } = flight;
    if (queue === undefined || parcel === undefined) return;
    if (!isSent && queue.first === flight) this.#unblocked.add(queue);
    queue.remove(flight);
    flight.parcel = undefined;
    if (!isSent) this.#common.wire.release(parcel);
    this.waiting--;
    this.waitingBytes -= flight.bytes;
    if (!flight.isHoldable) return;
    this.#holdable--;
    this.#holdableBytes -= flight.bytes;
  }

  /** It has ended. What a worker still has of it goes on taking its place there. */
  conclude(flight: Flight): void {
    this.stopWaiting(flight, false);
    this.#common.wheel.unset(flight);
    flight.isEnded = true;
    this.open--;
    if (flight.fan !== undefined) flight.fan.pending--;
  }

  /** Nothing of one that has ended is kept any longer. */
  forget(flight: Flight): void {
    const { asker, fan } = flight;
    flight.worker?.giveBack(flight);
    this.#alive--;
    if (fan === undefined) asker.asks.delete(flight);
    else {
      fan.flights.delete(flight.target as Session);
      this.forgetClosed(fan);
    }
    if (this.#spare.length < spareMax) this.#spare.push(flight);
    if (!asker.isOnline) this.#registry.forgetUnused(asker);
  }

  /** Forgets a message to several peers that is closed, when nothing of it is left. */
  forgetClosed(fan: FanOut): void {
    if (fan.isClosed && fan.flights.size === 0) fan.asker.asks.delete(fan);
  }
}
