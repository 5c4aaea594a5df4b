/**
 * What comes back for what a client asks.
 *
 * @module
 */

import { bodyText, peerName } from "./body.ts";
import type { Received } from "./connection.ts";
import type { PeerError } from "./peer_error.ts";
import { decodeJson } from "../protocol/greeting.ts";
import { ackStatus, flags } from "../protocol/header.ts";
import type { PeerInfo, PresenceEvent, Report } from "../protocol/roster.ts";
import { Stream } from "./stream.ts";

/** A peer's reply to a request. */
export class Reply {
  /** Who replied, by callsign. */
  readonly from: string;
  /** Which session of it: what goes there reaches that very one. */
  readonly fromIdentity: Uint8Array;
  /** What its handler gave, 0 for success; 70 when the handler failed, with the reason in `stderr`. */
  readonly status: number;
  /** Its frames. */
  readonly body: readonly Uint8Array[];
  /** What was said of errors on the way, for people; undefined when nothing was. */
  readonly stderr: Uint8Array | undefined;
  /** None: this one has replied. */
  readonly error: undefined;

  /** Made by clients, from `[from] [body]…`. */
  constructor({ header, frames }: Received) {
    const [from = new Uint8Array(0), ...body] = frames;
    this.from = peerName(from);
    this.fromIdentity = from;
    this.status = header.status;
    this.stderr = (header.flags & flags.stderr) === 0 ? undefined : body.pop();
    this.body = body;
  }

  /** All frames one after the other, as UTF-8. */
  text(): string {
    return bodyText(this.body);
  }
}

/** One of several peers that a request was for, and why it did not reply. */
export interface FailedReply {
  /** Who, by callsign. */
  readonly from: string;
  /** Why. */
  readonly error: PeerError;
}

/** How many peers a message was for, and how many it reached. */
export interface Counts {
  /** How many it was for. */
  readonly matched: number;
  /** How many of them replied, confirmed, or were kicked. */
  readonly done: number;
}

/** The replies of all peers that a request was for, in the order they come. */
export interface Replies extends AsyncIterableIterator<Reply | FailedReply, undefined> {
  /** How many there were; undefined until the last has been heard. */
  readonly counts: Counts | undefined;
}

/** {@linkcode Replies}, as a client fills them. */
export class ReplyStream extends Stream<Reply | FailedReply> implements Replies {
  counts: Counts | undefined;
}

/** What became of a message with a receipt. */
export interface Receipt extends Counts {
  /**
   * `confirmed` by the peer, or by all that are counted in `done`; `handed` to the connection of a
   * plain peer, which cannot confirm.
   */
  readonly outcome: "confirmed" | "handed";
  /** Who, by callsign; for several peers the pattern. */
  readonly from: string;
  /** Why some of several peers did not confirm. */
  readonly errors: readonly PeerError[];
}

/** Everybody who is there, when a watch begins and each time it begins again. */
export interface RosterEvent {
  /** What tells it from a change. */
  readonly event: "roster";
  /** In no particular order. */
  readonly peers: readonly PeerInfo[];
}

/** What a watch tells. */
export type PresenceChange = RosterEvent | PresenceEvent;

/** The counts of a closing ACK, `[peer] [JSON]`; of one peer when it has none. */
export function readCounts({ frames }: Received): Counts {
  const json = decodeJson(frames[1] ?? new Uint8Array(0));
  const { matched = 1, done = 1 } = (json ?? {}) as Partial<Counts>;
  return { matched, done };
}

/** The receipt in an ACK. */
export function readReceipt(ack: Received, errors: readonly PeerError[]): Receipt {
  return {
    outcome: ack.header.status === ackStatus.handed ? "handed" : "confirmed",
    from: peerName(ack.frames[0] ?? new Uint8Array(0)),
    ...readCounts(ack),
    errors,
  };
}

/** The peers in a ROSTER. */
export function readRoster({ frames }: Received): readonly PeerInfo[] {
  const json = decodeJson(frames[0] ?? new Uint8Array(0));
  return Array.isArray(json) ? json as PeerInfo[] : [];
}

/** The change in an EVENT. */
export function readEvent({ frames }: Received): PresenceEvent {
  return decodeJson(frames[0] ?? new Uint8Array(0)) as PresenceEvent;
}

/** The counts in a REPORT. */
export function readReport({ frames }: Received): Report {
  return decodeJson(frames[0] ?? new Uint8Array(0)) as Report;
}
