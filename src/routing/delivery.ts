/**
 * Handing messages over, and letting them wait for room or for their peer.
 *
 * @module
 */

import { flags, verbs } from "../protocol/header.ts";
import { retryMs } from "../protocol/limits.ts";
import { headerOf, writeHeader } from "./answers.ts";
import type { Common } from "./common.ts";
import type { Endings } from "./endings.ts";
import { type Ask, FanOut, type Flight, type FlightOwner } from "./flight.ts";
import type { Ledger } from "./ledger.ts";
import type { Queue } from "./queue.ts";
import type { Group, Name, Session } from "./session.ts";
import { Timer } from "./wheel.ts";
import type { Incoming, Parcel, WireResult } from "./wire.ts";

/** Takes messages on, one peer at a time. Its timer tries again what a connection had no room for. */
export class Delivery extends Timer implements FlightOwner {
  readonly #common: Common;
  readonly #ledger: Ledger;
  readonly #endings: Endings;
  /** Queues the first of which a connection had no room for. */
  readonly #stuck = new Set<Queue>();
  readonly #header = headerOf(verbs.send, { low: 0, high: 0 });

  /** Begins with nothing on its way. */
  constructor(common: Common, ledger: Ledger, endings: Endings) {
    super();
    this.#common = common;
    this.#ledger = ledger;
    this.#endings = endings;
  }

  /**
   * Takes the message being received on, for one peer.
   *
   * @param session who it is for, or undefined when nobody is there
   * @param queue where it waits, behind what waits there already
   * @param fan the message to several peers it is a part of; others need its body as well then
   */
  deliver(
    ask: Ask,
    incoming: Incoming,
    session: Session | undefined,
    queue: Queue,
    fan: FanOut | undefined,
  ): void {
    this.#count(ask);
    if (this.#ledger.isFull) {
      this.#endings.failAtOnce(ask, "busy", fan);
    } else if (session === undefined) {
      if (ask.isHoldable) this.#wait(ask, incoming, queue, fan, true);
      else this.#endings.failAtOnce(ask, "unreachable", fan);
    } else if (!takes(session, ask.isRequest) && !(ask.isHoldable && session.role === "worker")) {
      this.#endings.failAtOnce(ask, "not-serving", fan);
    } else if (queue.first !== undefined || (ask.isRequest && !session.hasRoom)) {
      this.#wait(ask, incoming, queue, fan, false);
    } else {
      this.#handNow(ask, incoming, session, queue, fan);
    }
  }

  /** Takes the message being received on for several peers; `ask.peer` is the pattern. */
  deliverToAll(ask: Ask, incoming: Incoming, sessions: readonly Session[]): void {
    const fan = new FanOut(ask);
    if (fan.isOwed) ask.asker.asks.add(fan);
    // Not to be closed before all of its parts were taken on.
    fan.pending = 1;
    fan.matched = sessions.length;
    for (const session of sessions) {
      // Telling of one part may have ended another's session.
      const queue = session.name?.queue;
      ask.target = session;
      if (queue !== undefined) this.deliver(ask, incoming, session, queue, fan);
      else this.failToReach(ask, fan);
    }
    fan.pending--;
    this.#endings.closeWhenDone(fan);
  }

  /** Takes a message on for somebody who cannot be reached, which is its end. */
  failToReach(ask: Ask, fan: FanOut | undefined): void {
    this.#count(ask);
    this.#endings.failAtOnce(ask, "unreachable", fan);
  }

  /** The time limit has passed. */
  expire(flight: Flight): void {
    this.#endings.fail(flight, flight.worker === undefined ? "expired" : "timeout");
  }

  /** A session has ended: what it was handed over is lost, and what it asked for goes unheard. */
  departed(session: Session, name: Name): void {
    for (const flight of session.allThere()) {
      if (flight.worker !== session) continue;
      if (flight.isEnded) this.#ledger.forget(flight);
      else this.#endings.fail(flight, "lost");
    }
    // What was meant for this very session is not for the next holder of its name.
    for (const flight of name.queue.all()) {
      const isForIt = flight.queue !== undefined && flight.target === session;
      if (isForIt) this.#endings.fail(flight, "unreachable");
    }
    for (const open of session.asks.all()) {
      if (!open.isRequest) continue;
      if (!open.isFanOut) {
        this.#endings.abandon(open);
        continue;
      }
      open.isClosed = true;
      for (const flight of [...open.flights.values()]) this.#endings.abandon(flight);
      this.#ledger.forgetClosed(open);
    }
  }

  /** Nobody is there any more whom these wait for: they are held, or end. */
  emptied({ queue }: Name | Group): void {
    for (const flight of queue.all()) {
      if (flight.queue !== queue) continue;
      if (flight.isHoldable) this.#endings.tellHeld(flight);
      else this.#endings.fail(flight, "unreachable");
    }
  }

  /** Ends everything because the broker stops: what waits, and what these sessions have in hand. */
  endAll(queues: readonly Queue[], sessions: readonly Session[]): void {
    for (const flight of queues.flatMap((queue) => queue.all())) {
      if (flight.queue !== undefined) this.#endings.fail(flight, "unreachable");
    }
    for (const flight of sessions.flatMap((session) => session.allThere())) {
      if (!flight.isEnded) this.#endings.fail(flight, "lost");
    }
  }

  /** Hands over to a session what waits for it, as far as it has room. */
  serve(session: Session): void {
    if (this.#ledger.waiting === 0) return;
    while (session.isOnline && this.#serveOne(session));
  }

  /** Hands over what may be, now that what stood before it has gone. */
  serveUnblocked(): void {
    while (this.#ledger.hasUnblocked) {
      for (const queue of this.#ledger.takeUnblocked()) this.#serveQueue(queue);
    }
  }

  /** Tries again what a connection had no room for. */
  override fire(): void {
    const stuck = [...this.#stuck];
    this.#stuck.clear();
    for (const queue of stuck) this.#serveQueue(queue);
  }

  /** Hands over the oldest message that can be; false when there is none. */
  #serveOne(session: Session): boolean {
    const { name, groups } = session;
    if (name === undefined) return false;
    let queues = name.queue.first === undefined ? [] : [name.queue];
    if (groups.length > 0) {
      for (const { queue } of groups) if (queue.first !== undefined) queues.push(queue);
      queues = queues.sort((a, b) => orderOf(a) - orderOf(b));
    }
    return queues.some((queue) => this.#serveFirst(session, queue));
  }

  #serveFirst(session: Session, queue: Queue): boolean {
    const flight = queue.first as Flight;
    const { isRequest } = flight;
    if (!takes(session, isRequest)) {
      // Held messages wait for the next worker of the name when this one only finishes its work.
      if (flight.isHoldable && session.role === "worker") return false;
      if (queue.awaited.servers.some((other) => takes(other, isRequest))) return false;
      this.#endings.fail(flight, "not-serving");
      return true;
    }
    if (!canTake(session, isRequest)) return false;
    if (this.#handWaiting(flight, session) === "sent") return true;
    this.#serveLater(queue);
    return false;
  }

  #serveQueue(queue: Queue): void {
    for (const session of queue.first === undefined ? [] : queue.awaited.servers) {
      this.serve(session);
    }
  }

  #serveLater(queue: Queue): void {
    this.#stuck.add(queue);
    if (this.slot < 0) this.#common.wheel.set(this, this.#common.nowMs + retryMs);
  }

  /** @param gone who was tried already, and turned out to have gone */
  #handNow(
    ask: Ask,
    incoming: Incoming,
    session: Session,
    queue: Queue,
    fan: FanOut | undefined,
    gone: readonly Session[] = [],
  ): void {
    const { identity, identityLength, parcel } = incoming;
    const isKept = fan !== undefined;
    const result = this.#hand(ask, session, identity, identityLength, parcel, isKept);
    if (result === "full") this.#endings.failAtOnce(ask, "busy", fan);
    else if (result === "unreachable") {
      // Its end will be reported; until then it only looks as if it were there.
      const tried = [session, ...gone];
      const other = queue.awaited.servers.find((next) =>
        !tried.includes(next) && canTake(next, ask.isRequest)
      );
      if (other !== undefined) return this.#handNow(ask, incoming, other, queue, fan, tried);
      if (!ask.isHoldable) return this.#endings.failAtOnce(ask, "unreachable", fan);
      this.#wait(ask, incoming, queue, fan, true);
      this.#serveLater(queue);
    } else if (awaitsAnswer(ask, session)) {
      session.take(this.#ledger.begin(this, ask, fan));
    } else {
      this.#endings.handed(ask, session, fan);
    }
  }

  #handWaiting(flight: Flight, session: Session): WireResult {
    const { asker, parcel } = flight;
    const { identity } = asker;
    const result = this.#hand(flight, session, identity, identity.length, parcel as Parcel, false);
    if (result !== "sent") return result;
    this.#ledger.stopWaiting(flight, true);
    if (awaitsAnswer(flight, session)) {
      session.take(flight);
    } else {
      this.#ledger.conclude(flight);
      this.#endings.handed(flight, session, flight.fan);
      this.#ledger.forget(flight);
    }
    return result;
  }

  #count({ isRequest }: Ask): void {
    if (isRequest) this.#common.counts.requests++;
    else this.#common.counts.sends++;
  }

  #hand(
    { isRequest, wantsReceipt, low, high }: Ask | Flight,
    session: Session,
    from: Uint8Array,
    fromLength: number,
    parcel: Parcel,
    isKept: boolean,
  ): WireResult {
    const { wire } = this.#common;
    if (session.dialect === "plain") return wire.hand(session.identity, parcel, isKept);
    const verb = isRequest ? verbs.request : verbs.send;
    writeHeader(this.#header, verb, low, high, wantsReceipt ? flags.receipt : 0, 0);
    return wire.forward(session.identity, this.#header, from, fromLength, parcel, isKept);
  }

  #wait(
    ask: Ask,
    incoming: Incoming,
    queue: Queue,
    fan: FanOut | undefined,
    isHeld: boolean,
  ): void {
    if (!this.#ledger.hasRoom(queue, incoming.parcel.bytes, ask.isHoldable)) {
      return this.#endings.failAtOnce(ask, "busy", fan);
    }
    const flight = this.#ledger.begin(this, ask, fan);
    const parcel = this.#common.wire.keep(incoming.parcel, fan !== undefined);
    this.#ledger.startWaiting(flight, queue, parcel);
    if (isHeld) this.#endings.tellHeld(flight);
  }
}

/** Whether a session takes messages of a kind at all. */
function takes(session: Session, isRequest: boolean): boolean {
  return isRequest ? session.capacity > 0 : session.isAddressable;
}

/** Whether a session can be handed a message now. */
function canTake(session: Session, isRequest: boolean): boolean {
  return takes(session, isRequest) && (!isRequest || session.hasRoom);
}

/** Whether whoever it was handed over to must answer. */
function awaitsAnswer({ isRequest, wantsReceipt }: Ask | Flight, session: Session): boolean {
  return isRequest || (wantsReceipt && session.dialect !== "plain");
}

function orderOf({ first }: Queue): number {
  return first?.order ?? Infinity;
}
