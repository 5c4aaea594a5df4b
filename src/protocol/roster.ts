/**
 * What a broker tells of its peers: the JSON of ROSTER, EVENT and REPORT.
 *
 * @module
 */

import type { ErrorCode } from "./codes.ts";
import type { Role } from "./greeting.ts";

/** One peer, as ROSTER and EVENT tell of it; docs/protocol.md, section 9. */
export interface PeerInfo {
  /** Its callsign. */
  readonly name: string;
  /** What it speaks. */
  readonly dialect: "callsign/1" | "plain";
  /** What it does. */
  readonly role: Role | "plain";
  /** Groups it says it is in, without `@`. */
  readonly groups: readonly string[];
  /** Requests it takes at once. */
  readonly capacity: number;
  /** Requests it has now. */
  readonly inFlight: number;
  /** Messages that wait for it. */
  readonly queued: number;
  /** Where it connects from, as libzmq tells; empty when it does not. */
  readonly address: string;
  /** Since when it is registered, in ms since 1970. */
  readonly since: number;
  /** For how long nothing was heard of it, in ms. */
  readonly silentMs: number;
  /** What it runs, in its own words: escape them before printing. */
  readonly agent: string;
}

/** Why a peer came, went, or was turned away. */
export type PresenceReason =
  | "new"
  | "resumed"
  | "took-over"
  | "goodbye"
  | "disconnected"
  | "timed-out"
  | "kicked"
  | "superseded"
  | "slow"
  | "name-taken";

/** A change, the JSON of EVENT. */
export interface PresenceEvent extends PeerInfo {
  /** What has happened. */
  readonly event: "join" | "leave" | "refused";
  /** Why. */
  readonly reason: PresenceReason;
  /** When, in ms since 1970. */
  readonly at: number;
}

/**
 * What a broker has counted since it was started; part of the JSON of REPORT.
 *
 * A message for several peers counts once for each. What was taken on ends in exactly one way:
 * `requests + sends = replied + delivered + confirmed + unheard + all of failed + open`.
 */
export interface RoutingCounts {
  /** Messages of callsign/1 peers, whatever became of them. */
  received: number;
  /** REQUESTs taken on. */
  requests: number;
  /** SENDs taken on. */
  sends: number;
  /** REQUESTs that ended in a REPLY. */
  replied: number;
  /** SENDs without RECEIPT handed over to their peer's connection, and those to plain peers. */
  delivered: number;
  /** SENDs with RECEIPT that their peer confirmed. */
  confirmed: number;
  /** Those that ended in an ERROR, by its code. */
  failed: Partial<Record<ErrorCode, number>>;
  /** Those that ended when whoever sent them had left. */
  unheard: number;
  /** Those that were held for a while, however they ended. */
  held: number;
  /** Messages answered by ERROR without being taken on, by its code. */
  refused: Partial<Record<ErrorCode, number>>;
  /** REPLYs and ACKs that nobody waited for. */
  late: number;
  /** Answers that could not be given: whoever was to hear them had gone, or did not read. */
  undeliverable: number;
  /** Sessions that began. */
  joins: number;
  /** Sessions that ended. */
  leaves: number;
  /** Newcomers turned away because their name was taken. */
  turnedAway: number;
  /** Connections cut because they said nothing. */
  silent: number;
}

/** The JSON of REPORT. */
export interface Report {
  /** Random, new with each start of the broker. */
  readonly broker: string;
  /** Of its software. */
  readonly version: string;
  /** For how long it has run. */
  readonly uptimeMs: number;
  /** Workers online. */
  readonly workers: number;
  /** Clients online. */
  readonly clients: number;
  /** Plain peers online. */
  readonly plain: number;
  /** Connections, of whomever. */
  readonly connections: number;
  /** Requests and sends taken on that have not ended. */
  readonly open: number;
  /** Messages of these that wait, for room or for their peer. */
  readonly queued: number;
  /** Bytes of their bodies. */
  readonly queuedBytes: number;
  /** What it has counted. */
  readonly counts: RoutingCounts;
}
