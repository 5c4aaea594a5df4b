/**
 * Peers as the core knows them: sessions, the names they hold, the groups they are in.
 *
 * @module
 */

import type { Role } from "../protocol/greeting.ts";
import type { PeerInfo } from "../protocol/roster.ts";
import type { Connection } from "./connections.ts";
import { type Flight, OpenTable } from "./flight.ts";
import type { Outbox } from "./outbox.ts";
import { type Awaited, Queue } from "./queue.ts";
import { Timer } from "./wheel.ts";

/** A name, as long as somebody holds it or something waits for it. */
export class Name implements Awaited {
  readonly callsign: string;
  /** The callsign in UTF-8, as `peer` frames have it. */
  readonly bytes: Uint8Array;
  readonly queue: Queue = new Queue(this);
  holder: Session | undefined;

  /** A name nobody holds yet. */
  constructor(callsign: string, bytes: Uint8Array) {
    this.callsign = callsign;
    this.bytes = bytes;
  }

  /** Who may be handed what waits. */
  get servers(): readonly Session[] {
    return this.holder === undefined ? [] : [this.holder];
  }
}

/** One socket of one peer. Its timer finds out when it is gone without a word. */
export class Session extends Timer {
  readonly identity: Uint8Array;
  readonly callsign: string;
  readonly dialect: "callsign/1" | "plain";
  /** Whether it holds its name. */
  isOnline = false;
  /** Why it is not to come back. */
  banned: "superseded" | "kicked" | undefined;
  /** What it holds while it is online. */
  name: Name | undefined;
  role: Role | "plain" = "plain";
  instance = "";
  agent = "";
  address = "";
  /** Whether it can be sent to: a REQ only hears answers. */
  isAddressable = true;
  groups: readonly Group[] = [];
  /** Names of its groups, as its HELLO has them. */
  groupNames: readonly string[] = [];
  capacity = 0;
  /** Requests it was given and has not replied to. */
  inFlight = 0;
  /** Since when it is online, in ms since 1970. */
  since = 0;
  lastSeenMs = 0;
  /** How it is connected; undefined when its connection has ended, or its transport has none. */
  connection: Connection | undefined;
  /** What {@linkcode Incoming} calls the origin of its last message, of a plain peer. */
  origin = -1;
  /** What it is owed answers for. */
  readonly asks: OpenTable = new OpenTable();
  /** The first of what it was handed over and others wait for. */
  firstThere: Flight | undefined;
  /** Answers it has not taken yet. */
  outbox: Outbox | undefined;

  readonly #onSilence: (session: Session, nowMs: number) => void;

  /** @param onSilence told when it is due to have been heard */
  constructor(
    identity: Uint8Array,
    callsign: string,
    dialect: "callsign/1" | "plain",
    onSilence: (session: Session, nowMs: number) => void,
  ) {
    super();
    this.identity = identity;
    this.callsign = callsign;
    this.dialect = dialect;
    this.#onSilence = onSilence;
  }

  /** Whether it takes another request. */
  get hasRoom(): boolean {
    return this.inFlight < this.capacity;
  }

  /** Notes that it was handed over something. */
  take(flight: Flight): void {
    flight.worker = this;
    flight.nextThere = this.firstThere;
    if (this.firstThere !== undefined) this.firstThere.previousThere = flight;
    this.firstThere = flight;
    if (flight.isRequest) this.#move(this.inFlight + 1);
  }

  /** Notes that it is done with something it was handed over. */
  giveBack(flight: Flight): void {
    if (flight.previousThere === undefined) this.firstThere = flight.nextThere;
    else flight.previousThere.nextThere = flight.nextThere;
    if (flight.nextThere !== undefined) flight.nextThere.previousThere = flight.previousThere;
    flight.worker = undefined;
    flight.previousThere = undefined;
    flight.nextThere = undefined;
    if (flight.isRequest) this.#move(this.inFlight - 1);
  }

  /** All it was handed over, as it is now. */
  allThere(): Flight[] {
    const all: Flight[] = [];
    for (let flight = this.firstThere; flight !== undefined; flight = flight.nextThere) {
      all.push(flight);
    }
    return all;
  }

  /** What others are told of it. */
  info(nowMs: number): PeerInfo {
    return {
      name: this.callsign,
      dialect: this.dialect,
      role: this.role,
      groups: this.groupNames,
      capacity: this.capacity,
      inFlight: this.inFlight,
      queued: this.name?.queue.messages ?? 0,
      address: this.address,
      since: this.since,
      silentMs: Math.max(0, Math.round(nowMs - this.lastSeenMs)),
      agent: this.agent,
    };
  }

  override fire(nowMs: number): void {
    this.#onSilence(this, nowMs);
  }

  #move(inFlight: number): void {
    if (this.groups.length === 0) {
      this.inFlight = inFlight;
      return;
    }
    for (const group of this.groups) group.leaveLevel(this);
    this.inFlight = inFlight;
    for (const group of this.groups) group.enterLevel(this);
  }
}

/** Workers that stand in for one another, as long as there is one or something waits for one. */
export class Group implements Awaited {
  /** The name with `@`, as `peer` frames have it. */
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly queue: Queue = new Queue(this);
  readonly members: Set<Session> = new Set();
  /** Those with room, by how many requests they have; who waits longest stands first. */
  readonly #levels: Set<Session>[] = [];

  /** A group nobody is in yet. */
  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
  }

  /** Lets a session in. */
  add(session: Session): void {
    this.members.add(session);
    this.enterLevel(session);
  }

  /** Lets a session go. */
  remove(session: Session): void {
    this.leaveLevel(session);
    this.members.delete(session);
  }

  /** Before its number of requests or its capacity changes. */
  leaveLevel(session: Session): void {
    this.#levels[session.inFlight]?.delete(session);
  }

  /** After it has changed. */
  enterLevel(session: Session): void {
    if (!session.hasRoom || !this.members.has(session)) return;
    while (this.#levels.length <= session.inFlight) this.#levels.push(new Set());
    this.#levels[session.inFlight]?.add(session);
  }

  /** Who may be handed what waits. */
  get servers(): readonly Session[] {
    return [...this.members].sort((a, b) => a.inFlight - b.inFlight);
  }

  /** Who has room, and the fewest requests of all. */
  get ready(): Session | undefined {
    for (const level of this.#levels) for (const session of level) return session;
    return undefined;
  }

  /** Who is to have the next message: who has room, else who takes requests, else anybody. */
  get next(): Session | undefined {
    let next = this.ready;
    if (next !== undefined) return next;
    for (const session of this.members) {
      if (next === undefined || isBetter(session, next)) next = session;
    }
    return next;
  }
}

function isBetter(a: Session, b: Session): boolean {
  if (a.capacity > 0 !== b.capacity > 0) return a.capacity > 0;
  return a.inFlight < b.inFlight;
}
