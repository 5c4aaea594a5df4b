/**
 * The seam between the broker's core and the world: what the core is told, and what it may ask for.
 *
 * The core has no sockets, no clock and no randomness of its own. The broker gives it libzmq's, the
 * simulator gives it its own.
 *
 * @module
 */

import type { PresenceEvent } from "../protocol/roster.ts";

/**
 * How a message for a peer ended: `sent` means that its connection has taken it, `full` that the
 * connection's queue is full, `unreachable` that there is no connection of that identity. A message
 * is taken whole or not at all.
 */
export type WireResult = "sent" | "full" | "unreachable";

/** The frames of a body as the world holds them. The core passes them on and never looks inside. */
export interface Parcel {
  /** Bytes of all frames together. */
  readonly bytes: number;
  /** How many frames. */
  readonly frames: number;
}

/** The message being received. Reused for each: what is to be kept must be copied, or kept by the wire. */
export interface Incoming {
  /** Who sent it: the first {@linkcode Incoming.identityLength} bytes are the identity. */
  readonly identity: Uint8Array;
  readonly identityLength: number;
  /** The connection it came by, -1 when the transport has none. Costs as much as a message. */
  readonly descriptor: number;
  /** A number that all messages of one connection have, and few others; for a quick look. */
  readonly origin: number;
  /** The sixteen bytes of its header. */
  readonly header: Uint8Array;
  /** The frame after the header; only its beginning when it is longer than the array. */
  readonly second: Uint8Array;
  /** That frame's whole length in bytes; -1 when there is none. */
  readonly secondLength: number;
  /** The frame after that, when the header has the flag LIMIT; only its beginning when it is longer. */
  readonly limit: Uint8Array;
  /** That frame's whole length in bytes; -1 when there is none. */
  readonly limitLength: number;
  /** All frames after these. */
  readonly parcel: Parcel;
}

/** What the core asks of the world. Each call returns at once. */
export interface Wire {
  /** Wall-clock time, ms since 1970. */
  epochMs(): number;

  /** Reports, by `accepted` and `disconnected`, what has happened to connections up to now. */
  refresh(): void;

  /** Where the sender of the message being received connects from; empty when it is not known. */
  senderAddress(): string;

  /** The kind of socket the message being received came from, such as `REQ`; empty when not known. */
  senderSocketType(): string;

  /**
   * Sends `[header][peer][body…]` to an identity.
   *
   * @param peerLength how many bytes of `peer` are the frame
   * @param keep whether `parcel` keeps its frames when they are sent; else it is empty after `sent`
   */
  forward(
    to: Uint8Array,
    header: Uint8Array,
    peer: Uint8Array,
    peerLength: number,
    parcel: Parcel,
    keep: boolean,
  ): WireResult;

  /** Sends `[body…]` alone, to a plain peer; a body of no frames as one empty frame. */
  hand(to: Uint8Array, parcel: Parcel, keep: boolean): WireResult;

  /** Sends frames of the broker's own. */
  send(to: Uint8Array, frames: readonly Uint8Array[]): WireResult;

  /**
   * Takes the body of the message being received out of it, to be kept beyond this call.
   *
   * @param copy whether the message being received keeps it as well
   * @returns a parcel to be sent without `keep`, or given to {@linkcode Wire.release}
   */
  keep(parcel: Parcel, copy: boolean): Parcel;

  /** Gives a kept parcel back that was not sent. */
  release(parcel: Parcel): void;

  /** Cuts a connection for good; its end is reported by `disconnected` as any other. */
  cut(descriptor: number): void;
}

/** What happens, for whoever prints or counts it. */
export interface Observer {
  /** A peer came, went, or was turned away. */
  readonly onPresence?: ((event: PresenceEvent) => void) | undefined;
  /** A connection was cut because it said nothing. */
  readonly onSilent?: (() => void) | undefined;
}

/** What to do with a second holder of a name. */
export type DuplicatePolicy = "refuse" | "takeover";

/** What the core needs to know. */
export interface RoutingSettings {
  /** Random, new with each start. */
  readonly broker: string;
  /** Of the software. */
  readonly version: string;
  readonly duplicates: DuplicatePolicy;
  /** A connection not registered so long after it came is cut; 0 never. */
  readonly registerWithinMs: number;
  readonly heartbeatMs: number;
  readonly goneAfterMs: number;
  /** Of a message that names none. */
  readonly limitMs: number;
  readonly limitMsMax: number;
  /** Largest body in bytes. */
  readonly messageBytes: number;
  /** Bounds for one name's queue. */
  readonly queueMessages: number;
  readonly queueBytes: number;
  /** Bounds for all held messages together. */
  readonly heldMessages: number;
  readonly heldBytes: number;
  /** Bound for all messages that are open. */
  readonly openMessages: number;
}
