/**
 * What a broker tells of its peers: the JSON of ROSTER, EVENT and REPORT.
 *
 * @module
 */

import type { ErrorCode } from "./codes.ts";
import type { Role } from "./greeting.ts";

/** One peer, as ROSTER and EVENT tell of it; docs/protocol.md, section 9. */
export interface PeerInfo {
  readonly name: string;
  readonly dialect: "callsign/1" | "plain";
  readonly role: Role | "plain";
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
  readonly event: "join" | "leave" | "refused";
  readonly reason: PresenceReason;
  /** When, in ms since 1970. */
  readonly at: number;
}

/** What a broker has counted since it was started; part of the JSON of REPORT. */
export interface RoutingCounts {
  /** Messages of callsign/1 peers, whatever became of them. */
  received: number;
  /** REQUESTs taken on, one for each peer they were meant for. */
  requests: number;
  /** REPLYs passed on. */
  replies: number;
  /** SENDs taken on, one for each peer they were meant for. */
  sends: number;
  /** SENDs handed over to a peer's connection. */
  delivered: number;
  /** SENDs with RECEIPT that their peer confirmed. */
  confirmed: number;
  /** Requests and sends that failed, by code. */
  failed: Partial<Record<ErrorCode, number>>;
  /** Requests and sends whose sender had left before they ended. */
  unheard: number;
  /** Messages that were held, whatever became of them. */
  held: number;
  /** Messages refused before they were taken on, by code. */
  refused: Partial<Record<ErrorCode, number>>;
  /** REPLYs and ACKs that nobody waited for. */
  late: number;
  /** Answers that could not be given: whoever was to hear them had gone. */
  undeliverable: number;
  /** Sessions that began, and that ended. */
  joins: number;
  leaves: number;
  /** Newcomers turned away. */
  refusals: number;
  /** Connections cut because they said nothing. */
  silent: number;
}

/** The JSON of REPORT. */
export interface Report {
  readonly broker: string;
  readonly version: string;
  readonly uptimeMs: number;
  /** Peers online, by dialect and role. */
  readonly workers: number;
  readonly clients: number;
  readonly plain: number;
  readonly connections: number;
  /** Requests, and sends with RECEIPT, that are not ended. */
  readonly open: number;
  /** Messages that wait for room or for their peer, and the bytes of their bodies. */
  readonly queued: number;
  readonly queuedBytes: number;
  readonly counts: RoutingCounts;
}
