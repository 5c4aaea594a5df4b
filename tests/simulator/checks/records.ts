// What the checker remembers: sessions, what they ask, and what became of it.

import type { ErrorCode } from "../../../src/protocol/codes.ts";
import type { Role } from "../../../src/protocol/greeting.ts";
import type { PresenceReason } from "../../../src/protocol/roster.ts";
import type { Frames, Id } from "../frames.ts";
import type { Connection } from "../router.ts";
import type { Reading, Target } from "./reading.ts";

/** Whoever has spoken under one identity. */
export class Session {
  readonly key: string;
  readonly identity: Uint8Array;
  /** The callsign it would have. */
  readonly callsign: string;
  /** Whether its identity is one of callsign/1; else it can only be a plain peer. */
  readonly isProtocol: boolean;
  /** Whether it holds its callsign. */
  isOnline = false;
  connection: Connection | undefined;
  role: Role | "plain" = "plain";
  instance = "";
  capacity = 0;
  groups: ReadonlySet<string> = new Set();
  isRequester = false;
  since = 0;
  /** The time the core knew when it last heard of it. */
  heardAt = 0;
  /** Requests it was handed and has not replied to, ended or not. */
  readonly places: Set<Part> = new Set();
  /** Sends it was handed and has not confirmed. */
  readonly receipts: Set<Part> = new Set();
  /** What it is owed an answer for; two under one id only while it is not sure which has ended. */
  readonly asks: Map<Id, Ask[]> = new Map();
  /** What it sent before it left. */
  former: Ask[] = [];
  /** Plain messages of a callsign/1 session whose ERROR waits, as its connection is full. */
  misspoken = 0;
  readonly watches: Map<Id, Watch> = new Map();
  /** The order in which its messages came to each receiver, by `peer` and receiver. */
  readonly sequence: Map<string, number> = new Map();
  /** Its connection took no more: what it is told may come later, all of it in order. */
  isBacklogged = false;
  /**
   * It has used an id again while it was backlogged: nobody can tell any more which answer belongs to
   * what, so that until it leaves its answers are not looked at.
   */
  isMuddled = false;
  /** Answers that are still to come because it is backlogged. */
  owed: Expectation[] = [];
  /** When something that waits for it was tried and could not be sent. */
  stuckAt: number = -Infinity;
  /** Why it last left, and in which call of the core. */
  left: PresenceReason | "resumed" | undefined;
  leftInCall = -1;
  joinedInCall = -1;
  /** In which call of the core it was last told that it is superseded or kicked. */
  partedInCall = -1;
  /** When its connection last had no room for an answer, and it was not tried again since. */
  fullAt: number | undefined;
  /** Why it may not come back, and by which connection it was told. */
  banned: ErrorCode | undefined;
  bannedOn: Connection | undefined;

  constructor(identity: Uint8Array, key: string, callsign: string, isProtocol: boolean) {
    this.identity = identity;
    this.key = key;
    this.callsign = callsign;
    this.isProtocol = isProtocol;
  }

  get hasRoom(): boolean {
    return this.places.size < this.capacity;
  }

  /** Whether what it is told now is heard, as far as anybody can know. */
  get canHear(): boolean {
    return this.isOnline && !this.isBacklogged && this.connection?.isOpen === true;
  }

  /** What is open under an id, the oldest first. */
  open(id: Id): readonly Ask[] {
    return this.asks.get(id) ?? [];
  }

  toString(): string {
    return JSON.stringify(this.isProtocol ? this.key.replace("\x1f", "~") : this.callsign);
  }
}

/** One SEND or REQUEST that was taken on. */
export interface Ask {
  readonly session: Session;
  readonly id: Id;
  readonly isRequest: boolean;
  readonly wantsReceipt: boolean;
  readonly isHold: boolean;
  readonly target: Target;
  /** Its `peer` frame. */
  readonly peer: string;
  readonly body: Frames;
  readonly bytes: number;
  /** When it came, among all. */
  readonly order: number;
  /** Not before this, by the core's clock, has its limit passed. */
  readonly limitPassesAt: number;
  parts: Part[];
  /** Its last answer was given. */
  isEnded: boolean;
  /** Whoever asked has left. */
  isOrphan: boolean;
  isHeldTold: boolean;
  /** CANCEL was read. */
  isCancelled: boolean;
  /** How many replied or confirmed. */
  done: number;
  /** Codes by which it may have been refused: it is not sure that it was taken on. */
  doubts: readonly ErrorCode[];
}

/** What one message is for one receiver. */
export interface Part {
  readonly ask: Ask;
  /** Who it is for, when that is known before it is handed over. */
  readonly meant: Session | undefined;
  /** Where it waits. */
  queue: string | undefined;
  /** Who it was handed to. */
  receiver: Session | undefined;
  isEnded: boolean;
  /** What the receiver has replied, until that is passed on. */
  reply:
    | { readonly status: number; readonly isStderrLast: boolean; readonly body: Frames }
    | undefined;
  /** The receiver's REPLY had too much in it. */
  isReplyTooLarge: boolean;
  /** The receiver has confirmed it. */
  isConfirmed: boolean;
  /** A connection had no room for it, or was not there. */
  wasFull: boolean;
  /** When that was. */
  triedAt: number;
  wasUnreachable: boolean;
  /** The receiver was told that nobody waits for it. */
  isCancelTold: boolean;
  /** The receiver has left. */
  isLost: boolean;
}

/** A WATCH. */
export interface Watch {
  readonly id: Id;
  readonly pattern: string;
  /** Changes it is to be told of, and those it was told of, in one call of the core. */
  due: string[];
  readonly told: string[];
  /** Who is there as far as its answers tell; undefined before the first ROSTER. */
  replay: Set<string> | undefined;
  /** CANCEL was read: what it is still told was waiting for that. */
  isEnding: boolean;
}

/** Kinds of answers that come at once. */
export type Immediate = "welcome" | "heartbeat" | "disconnect" | "roster" | "report" | "ack";

/** An answer that one message is to have. */
export interface Expectation {
  readonly session: Session;
  readonly reading: Reading;
  /** One of these must come when it is not empty. */
  readonly faults: readonly ErrorCode[];
  /** These may come instead of what is wanted. */
  readonly leeway: readonly ErrorCode[];
  readonly wants: Immediate | undefined;
  isAnswered: boolean;
  /** What WATCH begins. */
  watch: Watch | undefined;
}
