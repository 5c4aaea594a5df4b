// Who comes and goes, and why.

import { verbs } from "../../../src/protocol/header.ts";
import type { PresenceEvent } from "../../../src/protocol/roster.ts";
import type { Connection } from "../router.ts";
import type { Asks } from "./asks.ts";
import type { Connections } from "./connections.ts";
import { mustBeOver } from "./endings.ts";
import type { Notebook } from "./notebook.ts";
import type { Expectation, Session } from "./records.ts";
import type { Registry } from "./registry.ts";
import { must } from "./violation.ts";
import { isUnsure, type Waiting } from "./waiting.ts";
import type { Watches } from "./watches.ts";

/** Answers a peer may leave unread. */
const unreadMin = 900;

/** Keeps the registry, from what the core tells whoever observes it. */
export class Presence {
  readonly #notebook: Notebook;
  readonly #registry: Registry;
  readonly #waiting: Waiting;
  readonly #asks: Asks;
  readonly #connections: Connections;
  readonly #watches: Watches;

  constructor(
    notebook: Notebook,
    registry: Registry,
    waiting: Waiting,
    asks: Asks,
    connections: Connections,
    watches: Watches,
  ) {
    this.#notebook = notebook;
    this.#registry = registry;
    this.#waiting = waiting;
    this.#asks = asks;
    this.#connections = connections;
    this.#watches = watches;
  }

  /** The core tells its observer of a change. */
  changed(event: PresenceEvent): void {
    this.#notebook.see(`${event.event} ${event.reason}`);
    const { current, plain } = this.#notebook;
    const newcomer = current ?? plain;
    const session = event.event === "leave"
      ? this.#registry.holders.get(event.name)
      : newcomer?.session;
    must(
      session !== undefined && session.callsign === event.name,
      "one holder",
      () => `${event.event} of ${event.name}, and it is ${session}`,
    );
    if (event.event === "join") this.#join(session, event, newcomer?.connection);
    else if (event.event === "leave") this.#leave(session, event);
    else this.#checkRefused(session, event);
    this.#watches.changed(event);
  }

  /** Nothing can be known any more of what a session is told. */
  muddle(session: Session): void {
    this.#notebook.see("muddled");
    session.isMuddled = true;
    session.owed = [];
    this.#watches.end(session);
  }

  /** A session by this connection was turned away. */
  refusedOn(connection: Connection): void {
    this.#connections.quiet(connection);
  }

  /** Peers of which nothing is heard are gone in time, and what waits for others is tried again. */
  checkLiveness(): void {
    const { agenda, settings } = this.#notebook;
    for (const session of this.#registry.holders.values()) {
      const isTried = session.fullAt === undefined || !this.#notebook.hadTimeSince(session.fullAt);
      must(isTried, "progress", () => `what waits for ${session} is not tried again`);
      if (!session.isProtocol) continue;
      const isDue = this.#notebook.hadTimeSince(session.heardAt + settings.goneAfterMs + 1000) &&
        this.#notebook.hadTimeSince(this.#notebook.stalledUntil() + settings.goneAfterMs);
      must(!isDue, "presence", () => `${session} is silent for ${agenda.now - session.heardAt} ms`);
    }
  }

  #join(session: Session, event: PresenceEvent, connection: Connection | undefined): void {
    const { call, current, settings, toldMs } = this.#notebook;
    const holder = this.#registry.holders.get(event.name);
    const hello = current?.reading.hello;
    if (event.reason === "resumed") {
      const isSame = holder !== undefined && holder.instance === hello?.instance;
      must(isSame, "one holder", () => `${session} resumes, and ${holder} is another instance`);
      this.#left(holder, "resumed");
    } else {
      must(holder === undefined, "one holder", () => `${session} joins, and ${holder} is there`);
    }
    const isTakeover = event.reason === "took-over";
    must(!isTakeover || settings.duplicates === "takeover", "one holder", () => "takeover is off");
    must(
      connection?.isEndTold === false &&
        session.isProtocol === (hello !== undefined),
      "one holder",
      () => `${session} joins without a word, or when its connection has ended`,
    );
    session.isOnline = true;
    session.connection = connection;
    session.joinedInCall = call;
    session.heardAt = toldMs;
    session.since = event.since;
    session.isRequester = !session.isProtocol && session.connection?.socketType === "REQ";
    if (hello !== undefined) this.describe(session, hello);
    this.#registry.holders.set(session.callsign, session);
    this.#waiting.touchAllOf(session);
  }

  /** What a HELLO says is true from now on. */
  describe(session: Session, hello: NonNullable<Expectation["reading"]["hello"]>): void {
    this.#waiting.touchAllOf(session);
    session.role = hello.role;
    session.instance = hello.instance;
    session.capacity = hello.capacity;
    session.groups = new Set(hello.groups);
    this.#waiting.touchAllOf(session);
  }

  #leave(session: Session, event: PresenceEvent): void {
    const { current, doing, settings, toldMs } = this.#notebook;
    const { connection } = session;
    const isOfOther = current?.session.callsign === event.name && current.session !== session;
    const silentSince = Math.max(session.heardAt, this.#notebook.listeningSince);
    const why: Readonly<Record<string, () => boolean>> = {
      "goodbye": () => current?.session === session && current.reading.verb === verbs.disconnect,
      "disconnected": () => connection?.isEndTold === true,
      "timed-out": () => doing === "tick" && toldMs >= silentSince + settings.goneAfterMs,
      "kicked": () => current?.kicked.includes(session) === true,
      "superseded": () => isOfOther && settings.duplicates === "takeover",
      "slow": () => session.isMuddled || (session.isBacklogged && unreadOf(session) >= unreadMin),
    };
    must(
      why[event.reason]?.() === true,
      "presence",
      () => `${session} leaves as ${event.reason} during ${doing}`,
    );
    if (event.reason === "superseded" || event.reason === "kicked") this.#checkParted(session);
    this.#left(session, event.reason);
  }

  /** Who is put out of its name is told why, unless it does not read anyway. */
  #checkParted(session: Session): void {
    const { call } = this.#notebook;
    if (!session.isProtocol || session.isBacklogged) return;
    this.#notebook.afterCall(() =>
      must(session.partedInCall === call, "answer", () => `${session} is not told why it has left`)
    );
  }

  #left(session: Session, reason: PresenceEvent["reason"]): void {
    const { call } = this.#notebook;
    const { connection } = session;
    this.#waiting.touchAllOf(session);
    this.#registry.holders.delete(session.callsign);
    session.isOnline = false;
    session.left = reason;
    session.leftInCall = call;
    this.#asks.orphan(session);
    for (const part of [...session.places, ...session.receipts]) {
      part.isLost = true;
      if (!part.isEnded) this.#notebook.afterCall(() => mustBeOver(part));
    }
    session.places.clear();
    session.receipts.clear();
    this.#watches.end(session);
    session.isBacklogged = false;
    session.isMuddled = false;
    session.misspoken = 0;
    session.fullAt = undefined;
    session.owed = [];
    this.#checkAbandoned(session);
    if (reason === "kicked" || reason === "superseded") {
      session.banned = session.isProtocol ? reason : undefined;
      session.bannedOn = connection;
    }
    if (connection === undefined) return;
    this.#connections.quiet(connection);
    if (reason === "goodbye" || reason === "disconnected") return;
    this.#connections.doom(connection, session);
  }

  /** What waited for whoever has left is held, goes on waiting for others, or has ended. */
  #checkAbandoned(session: Session): void {
    const queues = [session.callsign, ...[...session.groups].map((group) => `@${group}`)];
    this.#notebook.afterCall(() => {
      for (const part of queues.flatMap((queue) => this.#waiting.in(queue))) {
        const isThere = this.#registry.meant(part.ask).length > 0;
        must(
          isThere || part.ask.isHold || isUnsure(part.ask),
          "one end",
          () => `#${part.ask.id} of ${part.ask.session} still waits for ${session}, which has left`,
        );
        this.#asks.mustBeToldHeld(part);
      }
    });
  }

  #checkRefused(session: Session, event: PresenceEvent): void {
    const { settings } = this.#notebook;
    const holder = this.#registry.holders.get(event.name);
    must(
      holder !== undefined && holder !== session && settings.duplicates === "refuse",
      "one holder",
      () => `${session} is refused, and the holder is ${holder}`,
    );
    must(
      this.#notebook.current?.faults.includes("name-taken") === true ||
        this.#notebook.current?.leeway.includes("name-taken") === true,
      "one holder",
      () => `${session} is refused, and ${holder} is of the same instance, or gone`,
    );
  }
}

/** At least so many answers wait for a session that does not read. */
function unreadOf(session: Session): number {
  let unread = session.owed.length;
  for (const asks of session.asks.values()) unread += asks.length;
  for (const { due } of session.watches.values()) unread += due.length;
  return unread;
}
