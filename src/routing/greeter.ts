/**
 * HELLO, and the first word of a plain peer: who may have a name, and who is turned away.
 *
 * @module
 */

import type { ErrorCode } from "../protocol/codes.ts";
import { encodeJson, type Hello, parseHello, type Welcome } from "../protocol/greeting.ts";
import { verbs } from "../protocol/header.ts";
import { callsignOf, parseSessionIdentity } from "../protocol/identity.ts";
import { bodyFramesMax, jsonBytesMax } from "../protocol/limits.ts";
import { errorFrames, headerOf, idOf, noId } from "./answers.ts";
import type { Common } from "./common.ts";
import type { Connection } from "./connections.ts";
import type { Delivery } from "./delivery.ts";
import type { Post } from "./outbox.ts";
import type { JoinReason, Registry } from "./registry.ts";
import type { Session } from "./session.ts";
import type { Incoming } from "./wire.ts";

const encoder = new TextEncoder();

/** A plain peer that has said its first word. */
interface PlainNewcomer {
  readonly identity: Uint8Array;
  readonly descriptor: number;
  readonly origin: number;
  readonly address: string;
  readonly isReq: boolean;
}

/** Lets peers in. */
export class Greeter {
  readonly #common: Common;
  readonly #registry: Registry;
  readonly #delivery: Delivery;
  readonly #post: Post;
  readonly #welcome: Uint8Array;
  /** By descriptor: who may have spoken plainly by that connection, or by one before it. */
  readonly #unsure = new Map<number, PlainNewcomer>();

  /** Takes the parts of the core it gives things to. */
  constructor(common: Common, registry: Registry, delivery: Delivery, post: Post) {
    this.#common = common;
    this.#registry = registry;
    this.#delivery = delivery;
    this.#post = post;
    const { settings } = common;
    const welcome: Welcome = {
      broker: settings.broker,
      version: settings.version,
      heartbeatMs: settings.heartbeatMs,
      goneAfterMs: settings.goneAfterMs,
      limitMs: settings.limitMs,
      limitMsMax: settings.limitMsMax,
      messageBytes: settings.messageBytes,
      frames: bodyFramesMax,
    };
    this.#welcome = encodeJson(welcome);
  }

  /** A HELLO, from whomever. */
  hello(incoming: Incoming): void {
    const identity = incoming.identity.slice(0, incoming.identityLength);
    const name = parseSessionIdentity(identity);
    if (name === undefined) {
      return this.#refuse(
        incoming,
        identity,
        "bad-identity",
        "An identity is a callsign, the byte 0x1F, and 8 letters or digits",
      );
    }
    const hello = readHello(incoming);
    if (typeof hello === "string") return this.#refuse(incoming, identity, "bad-message", hello);

    // Who has gone must be known to have gone before anybody is let in or turned away.
    this.#common.wire.refresh();
    const former = this.#registry.session(identity);
    const connection = this.#registry.connectionOf(incoming.descriptor, identity);
    // It came by a connection that has ended since, or perhaps has: whoever is there says it again.
    if (connection === "unsure" || (connection === undefined && incoming.descriptor >= 0)) {
      return this.#refuse(incoming, identity, "unknown-peer", "Say HELLO again");
    }
    if (former?.banned !== undefined) {
      return this.#refuse(incoming, identity, former.banned, whyBanned[former.banned]);
    }
    if (former?.isOnline === true) {
      if (former.connection === connection) return this.#update(former, hello, incoming);
      this.#registry.leave(former, "disconnected");
    }
    this.#admit(incoming, identity, name.callsign, hello, connection);
  }

  /**
   * A message of a plain peer that is not online by this connection.
   *
   * @returns whether it is to be answered as the plain dialect does
   */
  plain(incoming: Incoming): boolean {
    const { wire } = this.#common;
    wire.refresh();
    const identity = incoming.identity.slice(0, incoming.identityLength);
    const connection = this.#registry.connectionOf(incoming.descriptor, identity);
    // Its last words, or a transport without connections: answered, but it is not online.
    if (connection === undefined) return true;
    const newcomer = {
      identity,
      descriptor: incoming.descriptor,
      origin: incoming.origin,
      address: wire.senderAddress(),
      isReq: wire.senderSocketType() === "REQ",
    };
    if (connection !== "unsure") return this.#admitPlain(newcomer, connection);
    this.#unsure.set(newcomer.descriptor, newcomer);
    return true;
  }

  /** All that had come by connections that have ended was read: those set aside are sure now. */
  caughtUp(): void {
    if (this.#unsure.size === 0) return;
    const newcomers = [...this.#unsure.values()];
    this.#unsure.clear();
    for (const newcomer of newcomers) {
      const connection = this.#registry.connectionOf(newcomer.descriptor, newcomer.identity);
      if (connection === undefined || connection === "unsure") continue;
      if (connection.session === undefined) this.#admitPlain(newcomer, connection);
    }
  }

  #admitPlain(newcomer: PlainNewcomer, connection: Connection): boolean {
    const { identity } = newcomer;
    const callsign = callsignOf(identity);
    const former = this.#registry.session(identity);
    if (former?.isOnline === true) {
      former.origin = newcomer.origin;
      if (former.connection === connection) return true;
      this.#registry.leave(former, "disconnected");
    }
    const holder = this.#registry.holderOf(callsign);
    if (holder !== undefined) {
      this.#turnAwayPlain(newcomer, connection, holder);
      return false;
    }
    const session = this.#registry.begin(identity, callsign, "plain");
    session.address = newcomer.address;
    session.origin = newcomer.origin;
    session.isAddressable = !newcomer.isReq;
    this.#registry.join(session, connection, "new");
    this.#delivery.serve(session);
    return true;
  }

  #admit(
    incoming: Incoming,
    identity: Uint8Array,
    callsign: string,
    hello: Hello,
    connection: Connection | undefined,
  ): void {
    const holder = this.#registry.holderOf(callsign);
    let reason: JoinReason = "new";
    if (holder !== undefined) {
      const isSame = holder.dialect === "callsign/1" && holder.instance === hello.instance;
      if (!isSame && this.#common.settings.duplicates === "refuse") {
        return this.#turnAway(incoming, identity, callsign, hello, connection, holder);
      }
      reason = isSame ? "resumed" : "took-over";
      this.#replace(holder, isSame);
    }
    const session = this.#registry.begin(identity, callsign, "callsign/1");
    session.address = this.#common.wire.senderAddress();
    this.#registry.describe(session, hello);
    this.#registry.join(session, connection, reason);
    this.#sayWelcome(session, incoming);
    this.#delivery.serve(session);
  }

  /** The holder of a name makes room for a newcomer. */
  #replace(holder: Session, isSameInstance: boolean): void {
    if (isSameInstance) return this.#registry.leave(holder, "resumed", true);
    if (holder.dialect === "callsign/1") {
      this.#post.give(holder, errorFrames("superseded", whyBanned.superseded, noId));
    }
    this.#registry.leave(holder, "superseded", true);
  }

  #update(session: Session, hello: Hello, incoming: Incoming): void {
    session.lastSeenMs = this.#common.nowMs;
    this.#registry.describe(session, hello);
    this.#sayWelcome(session, incoming);
    this.#delivery.serve(session);
  }

  #sayWelcome(session: Session, { header }: Incoming): void {
    this.#post.give(session, [headerOf(verbs.welcome, idOf(header)), this.#welcome]);
  }

  #turnAway(
    incoming: Incoming,
    identity: Uint8Array,
    callsign: string,
    hello: Hello,
    connection: Connection | undefined,
    holder: Session,
  ): void {
    const newcomer = this.#registry.unknown(identity, callsign, "callsign/1");
    newcomer.address = this.#common.wire.senderAddress();
    newcomer.since = this.#common.wire.epochMs();
    newcomer.lastSeenMs = this.#common.nowMs;
    this.#registry.describe(newcomer, hello);
    this.#registry.turnedAway(newcomer, connection);
    const { agent, address, since } = holder;
    const detail = { holder: agent, address, since };
    this.#refuse(incoming, identity, "name-taken", whyTaken(holder), detail);
  }

  #turnAwayPlain(
    { identity, isReq }: PlainNewcomer,
    connection: Connection,
    holder: Session,
  ): void {
    this.#common.counts.turnedAway++;
    const text = encoder.encode(`ERROR: ${whyTaken(holder)}`);
    this.#post.tell(undefined, identity, isReq ? [new Uint8Array(0), text] : [text]);
    this.#registry.postponeCut(connection);
  }

  #refuse(
    { header }: Incoming,
    identity: Uint8Array,
    code: ErrorCode,
    text: string,
    detail?: unknown,
  ): void {
    this.#common.counts.refused[code] = (this.#common.counts.refused[code] ?? 0) + 1;
    const session = this.#registry.session(identity);
    this.#post.tell(session, identity, errorFrames(code, text, idOf(header), { detail }));
  }
}

/** Why sessions that may not come back ended. */
export const whyBanned = {
  superseded: "Another instance has taken the name over",
  kicked: "Somebody has ended this session",
} as const;

function whyTaken({ callsign, address, agent, since }: Session): string {
  const who = agent === "" ? "a peer" : JSON.stringify(agent);
  const from = address === "" ? "" : ` from ${address}`;
  return `The name ${JSON.stringify(callsign)} is held by ${who}${from} since ${
    new Date(since).toISOString()
  }; choose another, or end that one`;
}

function readHello({ second, secondLength, parcel }: Incoming): Hello | string {
  if (secondLength < 0 || parcel.frames > 0) return "HELLO takes one frame of JSON";
  if (secondLength > jsonBytesMax) return `HELLO takes at most ${jsonBytesMax} bytes of JSON`;
  return parseHello(second.subarray(0, secondLength));
}
