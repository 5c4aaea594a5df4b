/**
 * SEND, REQUEST and what answers them: frames are read, checked, and given to whom they concern.
 *
 * @module
 */

import type { ErrorCode } from "../protocol/codes.ts";
import { isGlob } from "../protocol/glob.ts";
import { flags, headerOffset } from "../protocol/header.ts";
import { sessionCharacters, sessionSeparator, whyNoCallsign } from "../protocol/identity.ts";
import { bodyFramesMax, identityBytesMax } from "../protocol/limits.ts";
import { half, idOf } from "./answers.ts";
import type { Common } from "./common.ts";
import type { Delivery } from "./delivery.ts";
import type { Directory } from "./directory.ts";
import type { Endings } from "./endings.ts";
import type { Ask, Flight } from "./flight.ts";
import type { Ledger } from "./ledger.ts";
import type { Registry } from "./registry.ts";
import type { Session } from "./session.ts";
import type { Incoming } from "./wire.ts";

/** Answers a message that is not taken on. */
export type Refuse = (session: Session, incoming: Incoming, code: ErrorCode, text: string) => void;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const nothing = new Uint8Array(0);

const askFlags = {
  send: flags.receipt | flags.limit | flags.hold,
  request: flags.limit | flags.hold,
} as const;

/** Reads what peers ask of each other, and what they answer. */
export class Asks {
  readonly #common: Common;
  readonly #registry: Registry;
  readonly #directory: Directory;
  readonly #ledger: Ledger;
  readonly #delivery: Delivery;
  readonly #endings: Endings;
  readonly #refuse: Refuse;
  /** Used for every message: none is made for one that needs no flight. */
  #ask: Ask | undefined;

  /** Takes the parts of the core it gives things to. */
  constructor(
    parts: {
      readonly common: Common;
      readonly registry: Registry;
      readonly directory: Directory;
      readonly ledger: Ledger;
      readonly delivery: Delivery;
      readonly endings: Endings;
    },
    refuse: Refuse,
  ) {
    this.#common = parts.common;
    this.#registry = parts.registry;
    this.#directory = parts.directory;
    this.#ledger = parts.ledger;
    this.#delivery = parts.delivery;
    this.#endings = parts.endings;
    this.#refuse = refuse;
  }

  /** A SEND or a REQUEST. */
  ask(asker: Session, incoming: Incoming, isRequest: boolean): void {
    const ask = this.#read(asker, incoming, isRequest);
    if (ask === undefined) return;
    const { second, secondLength } = incoming;
    const separator = secondLength - sessionCharacters - 1;
    if (separator > 0 && second[separator] === sessionSeparator) {
      return this.#askSession(ask, incoming);
    }
    const name = this.#directory.name(second, secondLength);
    if (name === undefined) return this.#askOther(ask, incoming);
    ask.peer = name.bytes;
    this.#delivery.deliver(ask, incoming, name.holder, name.queue, undefined);
  }

  /** A REPLY, or the ACK of a SEND. */
  answer(worker: Session, incoming: Incoming, isReply: boolean): void {
    const { header, second, secondLength, parcel } = incoming;
    const low = half(header, headerOffset.id);
    const high = half(header, headerOffset.id + 4);
    const bits = header[headerOffset.flags] as number;
    if (!isName(secondLength) || (bits & ~(isReply ? flags.stderr : 0)) !== 0) {
      return this.#refuse(
        worker,
        incoming,
        "bad-message",
        "It takes `to`, and none of these flags",
      );
    }
    const asker = this.#registry.session(second, secondLength);
    const flight = asker === undefined ? undefined : handed(asker, worker, low, high);
    if (flight === undefined || flight.isRequest !== isReply) {
      this.#common.counts.late++;
      return this.#refuse(worker, incoming, "not-waiting", "Nobody waits for this answer");
    }
    if (!isReply) return this.#endings.confirm(flight, worker);
    if (flight.isEnded) {
      this.#common.counts.late++;
      this.#ledger.forget(flight);
      this.#refuse(worker, incoming, "not-waiting", "Nobody waits for this answer any more");
    } else if (!this.#isTooLarge(incoming)) {
      this.#endings.reply(flight, worker, header, parcel);
    } else {
      this.#refuse(worker, incoming, "too-large", this.#sizes());
      this.#endings.fail(flight, "too-large");
    }
    this.#delivery.serve(worker);
  }

  /** CANCEL of a SEND or a REQUEST; false when nothing is open under its id. */
  cancel(asker: Session, incoming: Incoming): boolean {
    const { low, high } = idOf(incoming.header);
    const open = asker.asks.find(low, high);
    return open !== undefined && this.#endings.cancel(open);
  }

  /** What a message asks; undefined when it was refused. */
  #read(asker: Session, incoming: Incoming, isRequest: boolean): Ask | undefined {
    const { header, secondLength } = incoming;
    const bits = header[headerOffset.flags] as number;
    const wantsReceipt = (bits & flags.receipt) !== 0;
    const limitMs = this.#limitMs(incoming, bits);
    const known = isRequest ? askFlags.request : askFlags.send;
    const isRight = (bits & ~known) === 0 && isName(secondLength) && limitMs !== undefined &&
      header[headerOffset.status] === 0 && header[headerOffset.status + 1] === 0;
    if (!isRight) return this.#refused(asker, incoming, "bad-message", this.#shape());
    if (this.#isTooLarge(incoming)) {
      return this.#refused(asker, incoming, "too-large", this.#sizes());
    }
    const low = half(header, headerOffset.id);
    const high = half(header, headerOffset.id + 4);
    const isOwed = isRequest || wantsReceipt;
    if (isOwed && asker.asks.size > 0 && asker.asks.find(low, high) !== undefined) {
      return this.#refused(asker, incoming, "duplicate-id", "Another message has this id");
    }
    const ask = this.#ask ??= blank(asker);
    ask.asker = asker;
    ask.isRequest = isRequest;
    ask.wantsReceipt = wantsReceipt;
    ask.isHoldable = (bits & flags.hold) !== 0;
    ask.low = low;
    ask.high = high;
    ask.target = undefined;
    ask.limitMs = limitMs;
    return ask;
  }

  /** For that very session. */
  #askSession(ask: Ask, incoming: Incoming): void {
    const { second, secondLength } = incoming;
    const session = this.#registry.session(second, secondLength);
    // A session that is gone does not come back: there is nothing to hold it for.
    ask.isHoldable = false;
    ask.peer = session?.identity ?? second.slice(0, secondLength);
    ask.target = session;
    const queue = session?.name?.queue;
    if (session === undefined || queue === undefined || session.dialect === "plain") {
      return this.#nobody(ask);
    }
    this.#delivery.deliver(ask, incoming, session, queue, undefined);
  }

  /** For a group, for several, or for somebody who is not here. */
  #askOther(ask: Ask, incoming: Incoming): void {
    const { second, secondLength } = incoming;
    ask.peer = second.slice(0, secondLength);
    const text = decode(ask.peer);
    if (text === undefined) return this.#nobody(ask);
    if (text.startsWith("@")) return this.#askGroup(ask, incoming, text.slice(1));
    if (isGlob(text)) return this.#askAll(ask, incoming, text);
    const callsign = text.startsWith("0x") ? text.toLowerCase() : text;
    const canBe = whyNoCallsign(callsign) === undefined || /^0x([0-9a-f]{2})+$/.test(callsign);
    if (!canBe) return this.#nobody(ask);
    const name = this.#directory.nameOf(callsign);
    ask.peer = name.bytes;
    this.#delivery.deliver(ask, incoming, name.holder, name.queue, undefined);
    this.#directory.forgetUnused(name);
  }

  #askGroup(ask: Ask, incoming: Incoming, name: string): void {
    if (whyNoCallsign(name) !== undefined) return this.#nobody(ask);
    const group = this.#directory.groupOf(name);
    ask.peer = group.bytes;
    this.#delivery.deliver(ask, incoming, group.next, group.queue, undefined);
    this.#directory.forgetUnused(group);
  }

  #askAll(ask: Ask, incoming: Incoming, pattern: string): void {
    if (ask.isHoldable) {
      return this.#refuse(ask.asker, incoming, "bad-message", "HOLD needs one name or group");
    }
    const meant = this.#directory.matching(pattern).filter((session) =>
      ask.isRequest ? session.role === "worker" : session.isAddressable && session !== ask.asker
    );
    if (meant.length === 0) return this.#nobody(ask);
    this.#delivery.deliverToAll(ask, incoming, meant);
  }

  #nobody(ask: Ask): void {
    this.#delivery.failToReach(ask, undefined);
  }

  /** The time limit a message names, or the usual one; undefined when what it says is wrong. */
  #limitMs({ limit, limitLength }: Incoming, bits: number): number | undefined {
    const { settings } = this.#common;
    if ((bits & flags.limit) === 0) return (bits & flags.hold) === 0 ? settings.limitMs : undefined;
    if (limitLength !== 4) return undefined;
    const limitMs = half(limit, 0) >>> 0;
    return limitMs > 0 && limitMs <= settings.limitMsMax ? limitMs : undefined;
  }

  #isTooLarge({ parcel }: Incoming): boolean {
    return parcel.frames > bodyFramesMax || parcel.bytes > this.#common.settings.messageBytes;
  }

  #refused(asker: Session, incoming: Incoming, code: ErrorCode, text: string): undefined {
    this.#refuse(asker, incoming, code, text);
  }

  #shape(): string {
    const { limitMsMax } = this.#common.settings;
    return "It takes `peer` of 1 to 255 bytes, with LIMIT a `limit` of 4 bytes from 1 to " +
      `${limitMsMax}, HOLD only with LIMIT, and no status`;
  }

  #sizes(): string {
    return `A body may have ${this.#common.settings.messageBytes} bytes in ${bodyFramesMax} frames`;
  }
}

/** What a worker was handed over under an id of an asker's, and has not answered. */
function handed(asker: Session, worker: Session, low: number, high: number): Flight | undefined {
  const open = asker.asks.find(low, high);
  const flight = open?.isFanOut === true ? open.flights.get(worker) : open;
  return flight?.worker === worker ? flight : undefined;
}

function isName(length: number): boolean {
  return length >= 1 && length <= identityBytesMax;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function blank(asker: Session): Ask {
  return {
    asker,
    isRequest: false,
    wantsReceipt: false,
    isHoldable: false,
    low: 0,
    high: 0,
    peer: nothing,
    target: undefined,
    limitMs: 0,
  };
}
