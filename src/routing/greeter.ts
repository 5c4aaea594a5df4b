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

/** Lets peers in. */
export class Greeter {
  readonly #common: Common;
  readonly #registry: Registry;
  readonly #delivery: Delivery;
  readonly #post: Post;
  readonly #welcome: Uint8Array;

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
    const connection = this.#registry.connectionOf(
      incoming.descriptor,
      identity,
      () => this.#isConnected(identity),
    );
    // Its connection has ended since: whoever is there all the same says it again.
    if (connection === undefined && incoming.descriptor >= 0) {
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
   * A message of a plain peer that is not known to be online by the connection it came by.
   *
   * @param wasAnswered whether libzmq took an answer to it; undefined when there was none yet
   * @returns what is to become of it; `unsure`: answer it, and come back with what became of that
   */
  plain(incoming: Incoming, wasAnswered?: boolean): "answer" | "taken" | "unsure" {
    const { wire } = this.#common;
    wire.refresh();
    const identity = incoming.identity.slice(0, incoming.identityLength);
    let isUnsure = false;
    const connection = this.#registry.connectionOf(incoming.descriptor, identity, () => {
      isUnsure = wasAnswered === undefined;
      return wasAnswered === true;
    });
    if (isUnsure) return "unsure";
    // Its last words, or a transport without connections: answered, but it is not online.
    if (connection === undefined) return "answer";
    return this.#admitPlain(incoming, identity, connection) ? "answer" : "taken";
  }

  #admitPlain(incoming: Incoming, identity: Uint8Array, connection: Connection): boolean {
    const { wire } = this.#common;
    const callsign = callsignOf(identity);
    const isReq = wire.senderSocketType() === "REQ";
    const former = this.#registry.session(identity);
    if (former?.isOnline === true) {
      former.origin = incoming.origin;
      if (former.connection === connection) return true;
      this.#registry.leave(former, "disconnected");
    }
    const holder = this.#registry.holderOf(callsign);
    if (holder !== undefined) {
      this.#turnAwayPlain(identity, isReq, connection, holder);
      return false;
    }
    const session = this.#registry.begin(identity, callsign, "plain");
    session.address = wire.senderAddress();
    session.origin = incoming.origin;
    session.isAddressable = !isReq;
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
    identity: Uint8Array,
    isReq: boolean,
    connection: Connection,
    holder: Session,
  ): void {
    this.#common.counts.turnedAway++;
    const text = encoder.encode(`ERROR: ${whyTaken(holder)}`);
    this.#post.tell(undefined, identity, isReq ? [new Uint8Array(0), text] : [text]);
    this.#registry.postponeCut(connection);
  }

  /** Whether libzmq has a connection to an identity of callsign/1: whoever is there is told nothing new. */
  #isConnected(identity: Uint8Array): boolean {
    const frames = [headerOf(verbs.heartbeat, noId)];
    return this.#common.wire.send(identity, frames) !== "unreachable";
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
