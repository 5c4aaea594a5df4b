/**
 * Who is online: sessions, how they are connected, and how they come and go.
 *
 * @module
 */

import type { Hello } from "../protocol/greeting.ts";
import { partingMs } from "../protocol/limits.ts";
import type { PresenceEvent, PresenceReason } from "../protocol/roster.ts";
import { ByteTable } from "./byte_table.ts";
import type { Common } from "./common.ts";
import { type Connection, Connections } from "./connections.ts";
import type { Directory } from "./directory.ts";
import { type Group, type Name, Session } from "./session.ts";

/** What the registry tells the rest of the core. */
export interface RegistryListener {
  /** A session has ended. The name it had and its groups are without it already. */
  departed(session: Session, name: Name): void;
  /** Nobody holds this name, or is in this group, any more. */
  emptied(target: Name | Group): void;
  /** A peer came, went, or was turned away. */
  changed(event: PresenceEvent, session: Session): void;
  /** A connection that said nothing was cut. */
  silent(): void;
}

/** Why a session begins. */
export type JoinReason = "new" | "resumed" | "took-over";

/** Why a session ends; `resumed`: another socket of the same instance has its place. */
export type LeaveReason =
  | "goodbye"
  | "disconnected"
  | "timed-out"
  | "kicked"
  | "superseded"
  | "slow"
  | "resumed";

/** Sessions by identity, and everything that makes them come and go. */
export class Registry {
  readonly connections: Connections;
  readonly #common: Common;
  readonly #directory: Directory;
  readonly #listener: RegistryListener;
  readonly #sessions: ByteTable<Session>;

  /** Begins with nobody. */
  constructor(common: Common, directory: Directory, listener: RegistryListener) {
    this.#common = common;
    this.#directory = directory;
    this.#listener = listener;
    this.#sessions = new ByteTable(common.seed);
    this.connections = new Connections((connection) => this.#onCutDue(connection));
  }

  /** The session of an identity's first `length` bytes: online, or with something left to end. */
  session(identity: Uint8Array, length: number = identity.length): Session | undefined {
    return this.#sessions.get(identity, length);
  }

  /** Everybody who is online, as it is now. */
  online(): Session[] {
    return [...this.#sessions.values()].filter(({ isOnline }) => isOnline);
  }

  /** A connection has come; whoever it is of has so long to register. */
  accepted(descriptor: number): void {
    this.#setCut(this.connections.accepted(descriptor));
  }

  /** A connection has ended; its session goes on until {@linkcode Registry.caughtUp}. */
  disconnected(descriptor: number): void {
    const connection = this.connections.disconnected(descriptor);
    if (connection !== undefined) this.#common.wheel.unset(connection);
  }

  /** What connections that have ended had brought was read: now their sessions end too. */
  caughtUp(): void {
    for (const { session } of this.connections.caughtUp()) {
      if (session?.connection?.hasEnded !== true) continue;
      if (session.isOnline) this.leave(session, "disconnected");
      else this.#detachAndForget(session);
    }
  }

  /**
   * The connection by which somebody speaks.
   *
   * @param isThere asked where messages of an earlier connection with the same descriptor may still be
   *   unread: whether libzmq has a connection to the speaker. It reads no second connection of an
   *   identity before it has read all of the first, so then it is this one
   * @returns undefined when it has ended, or when the transport has none
   */
  connectionOf(
    descriptor: number,
    speaker: Uint8Array,
    isThere: () => boolean,
  ): Connection | undefined {
    const connection = this.connections.get(descriptor);
    if (connection === undefined) return undefined;
    if (this.connections.isUnsure(connection, speaker) && !isThere()) return undefined;
    connection.speaker ??= speaker;
    return connection;
  }

  /** A newcomer, of no session here, was turned away because its name is taken. */
  turnedAway(newcomer: Session, connection: Connection | undefined): void {
    this.#common.counts.turnedAway++;
    this.postponeCut(connection);
    this.#listener.changed(this.#eventOf("refused", "name-taken", newcomer), newcomer);
  }

  /** Whoever speaks by a connection was turned away: it has so long again to register. */
  postponeCut(connection: Connection | undefined): void {
    if (connection === undefined || connection.session !== undefined) return;
    if (!connection.isDoomed) this.#setCut(connection);
  }

  /** Who holds a callsign. One whose connection has ended holds it no longer. */
  holderOf(callsign: string): Session | undefined {
    const holder = this.#directory.holder(callsign);
    if (holder?.connection?.hasEnded !== true) return holder;
    this.leave(holder, "disconnected");
    return undefined;
  }

  /** A session of an identity: the one there was, or a new one. It is not online yet. */
  begin(identity: Uint8Array, callsign: string, dialect: Session["dialect"]): Session {
    const former = this.#sessions.get(identity);
    if (former !== undefined) return former;
    const session = this.unknown(identity, callsign, dialect);
    this.#sessions.add(identity, session);
    return session;
  }

  /** A session that is not to be found by its identity: of somebody who is turned away. */
  unknown(identity: Uint8Array, callsign: string, dialect: Session["dialect"]): Session {
    return new Session(identity, callsign, dialect, (silent) => this.#onSilence(silent));
  }

  /** Lets a session take its name, which must be free. */
  join(session: Session, connection: Connection | undefined, reason: JoinReason): void {
    const { nowMs, wire, wheel, settings, counts } = this.#common;
    this.attach(session, connection);
    const name = this.#directory.nameOf(session.callsign);
    name.holder = session;
    session.name = name;
    session.isOnline = true;
    session.since = wire.epochMs();
    session.lastSeenMs = nowMs;
    if (session.dialect === "callsign/1") wheel.set(session, nowMs + settings.goneAfterMs);
    this.#enterGroups(session);
    counts.joins++;
    this.#listener.changed(this.#eventOf("join", reason, session), session);
  }

  /** Notes what a HELLO says. */
  describe(session: Session, hello: Hello): void {
    const former = session.groups;
    this.#leaveGroups(session);
    session.role = hello.role;
    session.instance = hello.instance;
    session.agent = hello.agent;
    session.groupNames = hello.groups;
    session.capacity = hello.capacity;
    if (session.isOnline) this.#enterGroups(session);
    this.#tellEmptied(former);
  }

  /** Notes by which connection a session speaks. Whoever did before has gone. */
  attach(session: Session, connection: Connection | undefined): void {
    if (session.connection === connection) return;
    this.#detach(session);
    if (connection === undefined) return;
    const former = connection.session;
    connection.session = session;
    session.connection = connection;
    connection.isDoomed = false;
    if (former === undefined) return;
    former.connection = undefined;
    if (former.isOnline) this.leave(former, "disconnected");
    else this.forgetUnused(former);
  }

  /**
   * Ends a session.
   *
   * @param isReplaced whether another takes its name at once: what waits for it goes on waiting
   */
  leave(session: Session, reason: LeaveReason, isReplaced: boolean = false): void {
    const { name, groups } = session;
    if (name === undefined) return;
    const event = this.#eventOf("leave", reason === "resumed" ? "superseded" : reason, session);
    this.#leaveGroups(session);
    session.isOnline = false;
    session.name = undefined;
    name.holder = undefined;
    this.#common.wheel.unset(session);
    this.#common.counts.leaves++;
    // First: what it leaves behind may be the last that it was remembered for.
    this.#part(session, reason);
    if (reason !== "resumed") this.#listener.changed(event, session);
    this.#listener.departed(session, name);
    if (!isReplaced) this.#tellEmptied([name]);
    this.#tellEmptied(groups);
    this.forgetUnused(session);
  }

  /** Forgets a session that has ended, unless something of it still has to end. */
  forgetUnused(session: Session): void {
    if (session.isOnline || session.asks.size > 0) return;
    // As long as a session that may not come back is connected, it has to be known again.
    if (session.banned !== undefined && session.connection !== undefined) return;
    this.#detach(session);
    if (this.#sessions.get(session.identity) === session) this.#sessions.delete(session.identity);
  }

  #eventOf(
    event: PresenceEvent["event"],
    reason: PresenceReason,
    session: Session,
  ): PresenceEvent {
    const { nowMs, wire } = this.#common;
    return { event, reason, at: wire.epochMs(), ...session.info(nowMs) };
  }

  /** What becomes of the connection of a session that has ended. */
  #part(session: Session, reason: LeaveReason): void {
    const { connection } = session;
    const isProtocol = session.dialect === "callsign/1";
    if (isProtocol && (reason === "kicked" || reason === "superseded")) session.banned = reason;
    if (connection === undefined) return;
    if (connection.hasEnded) return this.#detach(session);
    if (reason === "goodbye") return this.#setCut(connection);
    // Who is told why is given the time to read it.
    connection.isDoomed = true;
    const isTold = reason === "kicked" || reason === "superseded" || reason === "resumed";
    this.#common.wheel.set(connection, this.#common.nowMs + (isTold ? partingMs : 0));
  }

  #tellEmptied(targets: readonly (Name | Group)[]): void {
    for (const target of targets) {
      const isEmpty = "members" in target ? target.members.size === 0 : target.holder === undefined;
      if (isEmpty) this.#listener.emptied(target);
      this.#directory.forgetUnused(target);
    }
  }

  #enterGroups(session: Session): void {
    // A client takes no requests, and so stands in for nobody.
    const names = session.role === "worker" ? session.groupNames : [];
    session.groups = names.map((name) => this.#directory.groupOf(name));
    for (const group of session.groups) group.add(session);
  }

  #leaveGroups(session: Session): void {
    for (const group of session.groups) group.remove(session);
    session.groups = [];
  }

  #detach(session: Session): void {
    if (session.connection?.session === session) session.connection.session = undefined;
    session.connection = undefined;
  }

  #detachAndForget(session: Session): void {
    this.#detach(session);
    this.forgetUnused(session);
  }

  #onSilence(session: Session): void {
    const { nowMs, listeningSinceMs, settings, wheel } = this.#common;
    const dueMs = Math.max(session.lastSeenMs, listeningSinceMs) + settings.goneAfterMs;
    if (dueMs > nowMs) wheel.set(session, dueMs);
    else this.leave(session, "timed-out");
  }

  #setCut(connection: Connection): void {
    const { nowMs, settings, wheel } = this.#common;
    if (settings.registerWithinMs > 0) wheel.set(connection, nowMs + settings.registerWithinMs);
  }

  #onCutDue(connection: Connection): void {
    const { nowMs, listeningSinceMs, settings, wheel, wire, counts } = this.#common;
    if (!connection.isDoomed) {
      if (connection.session?.isOnline === true) return;
      const dueMs = listeningSinceMs + settings.registerWithinMs;
      if (dueMs > nowMs) return wheel.set(connection, dueMs);
      counts.silent++;
      this.#listener.silent();
    }
    // Its end is reported as any other. Should it not come to one, it is cut again.
    wheel.set(connection, nowMs + Math.max(settings.registerWithinMs, partingMs));
    wire.cut(connection.descriptor);
  }
}
