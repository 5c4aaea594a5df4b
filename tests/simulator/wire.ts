// The core's wire, laid onto the simulated ROUTER: every word of the core passes here.

import type { Incoming, Parcel, Wire, WireResult } from "../../src/routing/wire.ts";
import { jsonBytesMax } from "../../src/protocol/limits.ts";
import { flags, headerOffset } from "../../src/protocol/header.ts";
import type { Agenda } from "./agenda.ts";
import type { Audit } from "./checks/audit.ts";
import { type Frames, keyOf, utf8 } from "./frames.ts";
import { Parcels, type SimulatedParcel } from "./parcels.ts";
import type { Random } from "./prng.ts";
import type { Connection, Router } from "./router.ts";

/** 2026-01-01: what the wall clock says when virtual time begins. */
const epochMs = 1_767_225_600_000;

/** The message being received, in buffers that are used again for the next. */
class Reception implements Incoming {
  readonly identity = new Uint8Array(1024);
  identityLength = 0;
  descriptor = -1;
  origin = -1;
  readonly header = new Uint8Array(16);
  readonly second = new Uint8Array(jsonBytesMax);
  secondLength = -1;
  readonly limit = new Uint8Array(4);
  limitLength = -1;
  readonly parcel: SimulatedParcel;

  constructor(parcel: SimulatedParcel) {
    this.parcel = parcel;
  }

  fill(connection: Connection, frames: Frames): void {
    this.identity.set(connection.identity);
    this.identityLength = connection.identity.length;
    this.descriptor = connection.descriptor;
    this.origin = connection.origin;
    const first = frames[0] ?? new Uint8Array(0);
    this.header.set(first.subarray(0, 16));
    this.secondLength = copy(frames[1], this.second);
    const hasLimit = ((first[headerOffset.flags] as number) & flags.limit) !== 0;
    this.limitLength = hasLimit ? copy(frames[2], this.limit) : -1;
    this.parcel.fill(frames.slice(hasLimit ? 3 : 2));
  }

  /** What the core kept of these buffers is rubbish from here on. */
  spoil(): void {
    this.identity.fill(0xdd, 0, this.identityLength);
    this.header.fill(0xdd);
    this.second.fill(0xdd, 0, Math.max(0, this.secondLength));
    this.limit.fill(0xdd);
    this.parcel.empty();
  }
}

function copy(frame: Uint8Array | undefined, buffer: Uint8Array): number {
  if (frame === undefined) return -1;
  buffer.set(frame.length > buffer.length ? frame.subarray(0, buffer.length) : frame);
  return frame.length;
}

/** What a wire reports of the connections: the core's own methods. */
export interface ConnectionListener {
  accepted(descriptor: number): void;
  disconnected(descriptor: number): void;
}

/** A wire whose every use is audited. */
export class SimulatedWire implements Wire {
  readonly parcels: Parcels = new Parcels();
  /** Whom {@linkcode Wire.refresh} tells. */
  listener: ConnectionListener | undefined;
  /** A fault of the wire's own, to see that it is noticed: what it says true of is lost. */
  mislay: (frames: Frames) => boolean = () => false;

  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #router: Router;
  readonly #audit: Audit;
  readonly #reception: Reception;
  #sender: Connection | undefined;

  constructor(agenda: Agenda, random: Random, router: Router, audit: Audit) {
    this.#agenda = agenda;
    this.#random = random;
    this.#router = router;
    this.#audit = audit;
    this.#reception = new Reception(this.parcels.incoming);
  }

  /** Lets the core receive a message. */
  deliver(connection: Connection, frames: Frames, receive: (incoming: Incoming) => void): void {
    this.#sender = connection;
    this.#reception.fill(connection, frames);
    receive(this.#reception);
    this.#reception.spoil();
    this.#sender = undefined;
  }

  epochMs(): number {
    return epochMs + Math.floor(this.#agenda.now);
  }

  refresh(): void {
    for (;;) {
      const event = this.#router.events.shift();
      if (event === undefined) return;
      const { connection, kind } = event;
      if (kind === "accepted") {
        connection.isTold = true;
        this.#audit.accepted(connection);
        this.listener?.accepted(connection.descriptor);
      } else {
        connection.isEndTold = true;
        this.#audit.endTold(connection);
        this.listener?.disconnected(connection.descriptor);
      }
    }
  }

  senderAddress(): string {
    return this.#sender?.address ?? "";
  }

  senderSocketType(): string {
    return this.#sender?.socketType ?? "";
  }

  forward(
    to: Uint8Array,
    header: Uint8Array,
    peer: Uint8Array,
    peerLength: number,
    parcel: Parcel,
    keep: boolean,
  ): WireResult {
    const body = this.parcels.open(parcel, "sending");
    const frames = [header.slice(), peer.slice(0, peerLength), ...body];
    const result = this.#push(to, frames);
    if (result === "sent" && !keep) this.parcels.spend(parcel);
    this.#audit.forwarded(keyOf(to), frames, body, result);
    return result;
  }

  hand(to: Uint8Array, parcel: Parcel, keep: boolean): WireResult {
    const body = this.parcels.open(parcel, "handing");
    const result = this.#push(to, body.length === 0 ? [new Uint8Array(0)] : body);
    if (result === "sent" && !keep) this.parcels.spend(parcel);
    this.#audit.handed(keyOf(to), body, result);
    return result;
  }

  send(to: Uint8Array, frames: readonly Uint8Array[]): WireResult {
    const copies = frames.map((frame) => frame.slice());
    const result = this.#push(to, copies);
    this.#audit.sent(keyOf(to), copies, result);
    return result;
  }

  keep(parcel: Parcel, copy: boolean): Parcel {
    return this.parcels.keep(parcel, copy);
  }

  release(parcel: Parcel): void {
    this.parcels.release(parcel);
  }

  cut(descriptor: number): void {
    const connection = this.#router.connections.get(descriptor);
    // A real wire sees by the peer's address that the descriptor is somebody else's by now.
    if (connection === undefined || !connection.isTold) return;
    this.#audit.cut(connection);
    this.#agenda.after(this.#random.ms(0, 2), () => this.#router.end(connection));
  }

  /** Answers a plain message, as the broker's loop does. */
  answerPlain(connection: Connection, frames: Frames): WireResult {
    const isRequest = connection.socketType === "REQ" && frames[0]?.length === 0;
    const answer = acknowledged(isRequest ? frames.slice(1) : frames);
    const withDelimiter = isRequest ? [new Uint8Array(0), ...answer] : answer;
    return this.#router.push(connection.key, withDelimiter);
  }

  #push(to: Uint8Array, frames: Frames): WireResult {
    const key = keyOf(to);
    return this.mislay(frames) ? this.#router.room(key) : this.#router.push(key, frames);
  }
}

function acknowledged([first = new Uint8Array(0), ...rest]: Frames): Frames {
  const prefixed = utf8("ACK: ");
  const frame = new Uint8Array(prefixed.length + first.length);
  frame.set(prefixed);
  frame.set(first, prefixed.length);
  return [frame, ...rest];
}
