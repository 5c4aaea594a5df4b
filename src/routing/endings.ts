/**
 * How messages end: each in exactly one way, and whoever sent it is told.
 *
 * @module
 */

import type { ErrorCode } from "../protocol/codes.ts";
import { encodeJson } from "../protocol/greeting.ts";
import { ackStatus, flags, headerOffset, verbs } from "../protocol/header.ts";
import { errorFrames, headerOf, writeHeader } from "./answers.ts";
import { type Common, countCode } from "./common.ts";
import type { Ask, FanOut, Flight } from "./flight.ts";
import type { Ledger } from "./ledger.ts";
import type { Post } from "./outbox.ts";
import type { Session } from "./session.ts";
import { explain } from "./texts.ts";
import type { Parcel } from "./wire.ts";

/**
 * Ends messages.
 *
 * A REQUEST that ends in the hands of a worker is kept, ended, until the worker replies or goes: it
 * goes on taking a place of the worker's capacity.
 */
export class Endings {
  readonly #common: Common;
  readonly #ledger: Ledger;
  readonly #post: Post;
  readonly #header = headerOf(verbs.reply, { low: 0, high: 0 });

  /** Nothing has ended yet. */
  constructor(common: Common, ledger: Ledger, post: Post) {
    this.#common = common;
    this.#ledger = ledger;
    this.#post = post;
  }

  /**
   * Ends one with a REPLY, and gives the worker its place back.
   *
   * @param header the worker's, for its status and STDERR
   */
  reply(flight: Flight, worker: Session, header: Uint8Array, parcel: Parcel): void {
    const { asker, fan, low, high } = flight;
    this.#common.counts.replied++;
    this.#ledger.conclude(flight);
    const at = headerOffset.status;
    const status = (header[at] as number) | ((header[at + 1] as number) << 8);
    const bits = (fan === undefined ? 0 : flags.more) | (header[headerOffset.flags] as number);
    writeHeader(this.#header, verbs.reply, low, high, bits, status);
    this.#post.pass(asker, this.#header, worker.identity, parcel);
    if (fan !== undefined) this.#partIsDone(fan);
    this.#ledger.forget(flight);
  }

  /** Ends one with the ACK of whoever it was handed over to. */
  confirm(flight: Flight, peer: Session): void {
    this.#ledger.conclude(flight);
    if (flight.asker.isOnline) {
      this.#common.counts.confirmed++;
      if (flight.fan === undefined) this.#acknowledge(flight, ackStatus.confirmed, peer.identity);
    } else {
      this.#common.counts.unheard++;
    }
    if (flight.fan !== undefined) this.#partIsDone(flight.fan);
    this.#ledger.forget(flight);
  }

  /** A SEND that nobody has to confirm was handed over, and so has ended. */
  handed(ask: Ask | Flight, peer: Session, fan: FanOut | undefined): void {
    this.#common.counts.delivered++;
    if (fan !== undefined) this.#partIsDone(fan);
    else if (ask.wantsReceipt && ask.asker.isOnline) {
      this.#acknowledge(ask, ackStatus.handed, peer.name?.bytes ?? peer.identity);
    }
  }

  /** Ends one with an ERROR. */
  fail(flight: Flight, code: ErrorCode): void {
    const { worker, fan } = flight;
    this.#ledger.conclude(flight);
    this.#tell(flight, fan, code, worker ?? flight.target);
    if (fan !== undefined) this.closeWhenDone(fan);
    this.#leaveWith(flight, code === "lost" || code === "too-large" ? undefined : worker);
  }

  /** Ends one with an ERROR before anything of it was kept. */
  failAtOnce(ask: Ask, code: ErrorCode, fan: FanOut | undefined): void {
    this.#tell(ask, fan, code, ask.target);
  }

  /** Ends one that nobody waits for any longer. */
  abandon(flight: Flight): void {
    if (flight.isEnded) return;
    const { worker } = flight;
    this.#ledger.conclude(flight);
    this.#common.counts.unheard++;
    this.#leaveWith(flight, worker);
  }

  /** Ends what is open under an id because its asker says so; false when it has ended already. */
  cancel(open: Flight | FanOut): boolean {
    if (!open.isFanOut) {
      if (open.isEnded) return false;
      this.fail(open, "cancelled");
      return true;
    }
    if (open.isClosed) return false;
    open.isClosed = true;
    this.#post.give(open.asker, this.#errorFrames(open, undefined, "cancelled", open.peer));
    for (const flight of [...open.flights.values()]) {
      if (flight.isEnded) continue;
      const { worker } = flight;
      this.#ledger.conclude(flight);
      countCode(this.#common.counts.failed, "cancelled");
      this.#leaveWith(flight, worker);
    }
    this.#ledger.forgetClosed(open);
    return true;
  }

  /** Tells whoever is owed an answer, once, that a message is held. */
  tellHeld(flight: Flight): void {
    if (flight.isHeldTold) return;
    flight.isHeldTold = true;
    this.#common.counts.held++;
    if (!flight.isOwed || !flight.asker.isOnline) return;
    this.#acknowledge(flight, ackStatus.held, flight.peer, flags.more);
  }

  /** Gives the closing answer of a message to several peers, when each of its parts has ended. */
  closeWhenDone(fan: FanOut): void {
    if (fan.pending > 0 || fan.isClosed) return;
    fan.isClosed = true;
    if (fan.isOwed && fan.asker.isOnline) {
      const header = headerOf(verbs.ack, fan, 0, ackStatus.confirmed);
      const counts = encodeJson({ matched: fan.matched, done: fan.done });
      this.#post.give(fan.asker, [header, fan.peer, counts]);
    }
    this.#ledger.forgetClosed(fan);
  }

  #partIsDone(fan: FanOut): void {
    fan.done++;
    this.closeWhenDone(fan);
  }

  /** What a worker has in hand it is told to leave, and it stays on its account until it replies. */
  #leaveWith(flight: Flight, worker: Session | undefined): void {
    if (worker === undefined || !flight.isRequest) return this.#ledger.forget(flight);
    const header = headerOf(verbs.cancel, flight);
    this.#post.give(worker, [header, flight.asker.identity]);
  }

  #tell(
    ask: Ask | Flight,
    fan: FanOut | undefined,
    code: ErrorCode,
    about: Session | undefined,
  ): void {
    const { asker } = ask;
    if (!asker.isOnline) {
      this.#common.counts.unheard++;
      return;
    }
    countCode(this.#common.counts.failed, code);
    const peer = about === undefined || fan === undefined ? ask.peer : about.identity;
    this.#post.give(asker, this.#errorFrames(ask, fan, code, peer));
  }

  #errorFrames(
    ask: Ask | Flight | FanOut,
    fan: FanOut | undefined,
    code: ErrorCode,
    peer: Uint8Array,
  ): Uint8Array[] {
    const text = explain(code, peer);
    return errorFrames(code, text, ask, { flags: fan === undefined ? 0 : flags.more, peer });
  }

  #acknowledge(ask: Ask | Flight, status: number, peer: Uint8Array, flagBits = 0): void {
    this.#post.give(ask.asker, [headerOf(verbs.ack, ask, flagBits, status), peer]);
  }
}
