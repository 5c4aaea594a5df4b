// What a message is owed, worked out before the core receives it, and looked at afterwards.

import type { ErrorCode } from "../../../src/protocol/codes.ts";
import { protocolVersion, verbs } from "../../../src/protocol/header.ts";
import type { PlainVerdict } from "../../../src/routing/switchboard.ts";
import type { WireResult } from "../../../src/routing/wire.ts";
import { outboxMessagesMax } from "../../../src/protocol/limits.ts";
import { describe, type Frames } from "../frames.ts";
import type { Connection } from "../router.ts";
import type { Asks } from "./asks.ts";
import type { Current, PlainSender } from "./current.ts";
import type { Connections } from "./connections.ts";
import { isNeeded } from "./expectations.ts";
import type { Members } from "./members.ts";
import type { Notebook } from "./notebook.ts";
import type { Presence } from "./presence.ts";
import { read } from "./reading.ts";
import type { Immediate } from "./records.ts";
import type { Registry } from "./registry.ts";
import { must } from "./violation.ts";
import type { Waiting } from "./waiting.ts";

const wanted: Readonly<Record<number, Immediate>> = {
  [verbs.hello]: "welcome",
  [verbs.heartbeat]: "heartbeat",
  [verbs.disconnect]: "disconnect",
  [verbs.list]: "roster",
  [verbs.watch]: "roster",
  [verbs.stats]: "report",
  [verbs.kick]: "ack",
};

/** Answers that may wait for a session; optional ones are counted too. */
const unreadMax = outboxMessagesMax + 100;

/** Begins and ends the receiving of each message. */
export class Receipt {
  readonly #notebook: Notebook;
  readonly #registry: Registry;
  readonly #waiting: Waiting;
  readonly #asks: Asks;
  readonly #presence: Presence;
  readonly #connections: Connections;
  readonly #members: Members;

  constructor(
    notebook: Notebook,
    registry: Registry,
    waiting: Waiting,
    asks: Asks,
    presence: Presence,
    connections: Connections,
    members: Members,
  ) {
    this.#members = members;
    this.#connections = connections;
    this.#waiting = waiting;
    this.#notebook = notebook;
    this.#registry = registry;
    this.#asks = asks;
    this.#presence = presence;
  }

  begin(connection: Connection, frames: Frames): void {
    const session = this.#registry.sessionOf(connection);
    const reading = read(frames, this.#notebook.settings);
    const current: Current = {
      session,
      connection,
      reading,
      faults: reading.faults,
      leeway: reading.leeway,
      wants: wanted[reading.verb],
      isAnswered: false,
      ask: undefined,
      part: undefined,
      cancels: undefined,
      kicked: [],
      watch: undefined,
    };
    this.#notebook.current = current;
    const isTaken = this.#members.isIdTaken(session, reading, true);
    if (isTaken) current.leeway = [...reading.leeway, "duplicate-id"];
    const isHere = session.isOnline && session.connection === connection;
    if (isHere) session.heardAt = this.#notebook.toldMs;
    const isReused = isTaken || session.owed.some((one) => one.reading.id === reading.id);
    if (isHere && session.isBacklogged && isReused) this.#presence.muddle(session);
    if (reading.version !== protocolVersion) {
      current.faults = ["unknown-version"];
      current.leeway = [];
    } else if (!session.isProtocol) {
      if (reading.verb !== verbs.hello) this.#stranger(current);
      else current.faults = ["bad-identity", ...reading.faults];
    } else if (reading.verb === verbs.hello) this.#hello(current, isHere);
    else if (!isHere && session.isOnline) this.#comeBack(current);
    else if (!isHere) this.#stranger(current);
    else if (reading.faults.length === 0) this.#members.says(current);
    else if (reading.verb === verbs.reply) this.#members.tooLarge(current);
    else if (this.#waiting.isTableFull(0)) current.leeway = [...current.leeway, "busy"];
  }

  /** The core has received it. */
  end(): void {
    const current = this.#notebook.current as Current;
    const { session, reading, connection } = current;
    if (current.ask !== undefined) {
      current.ask.doubts = current.leeway;
      this.#asks.asked(current.ask);
    }
    const isWelcome = reading.hello !== undefined && current.faults.length === 0;
    // Its WELCOME waits, and it is as good as said.
    const isWaiting = session.isOnline && session.isBacklogged && !current.isAnswered;
    if (isWelcome && isWaiting && session.connection === connection) {
      this.#presence.describe(session, reading.hello);
    }
    if (current.isAnswered || session.isMuddled) return;
    if (session.isOnline && session.isBacklogged) {
      session.owed.push(current);
      const unread = session.owed.length;
      must(unread < unreadMax, "bounds", () => `${unread} answers wait for ${session}`);
      return;
    }
    if (
      !connection.isOpen || (session.left !== undefined && !session.isOnline && !this.#isTold())
    ) {
      return;
    }
    if (!isNeeded(current)) return;
    const what = current.faults.join(" or ") || current.wants;
    must(false, "answer", () => `${session} is not answered: ${what} to #${reading.id}`);
  }

  /** As {@linkcode Receipt.end}, of a plain message. */
  endPlain(verdict: PlainVerdict): void {
    const { session, connection, isTold } = this.#notebook.plain as PlainSender;
    const holder = this.#registry.holders.get(session.callsign);
    if (verdict === "misspoken" && session.isBacklogged) {
      session.misspoken++;
      return;
    }
    const isJoined = holder === session && !isTold;
    const isGone = this.#connections.isUnsure(connection) && !isTold;
    const isRefused = isTold && (session.isProtocol || holder !== session);
    const isRight = verdict === "answer"
      ? isJoined || isGone
      : verdict === "unsure"
      ? isJoined || isGone || isRefused
      : isRefused && (verdict === "misspoken") === session.isProtocol;
    must(
      isRight,
      "one holder",
      () => `${session} speaks plainly: ${verdict}, and the holder is ${holder}`,
    );
  }

  /** The core itself answers a plain message. */
  plainTold(plain: PlainSender, frames: Frames, result: WireResult): void {
    const { session } = plain;
    plain.isTold = true;
    if (result === "full" && session.isOnline) session.isBacklogged = true;
    const text = new TextDecoder().decode(frames.at(-1));
    const holder = this.#registry.holders.get(session.callsign);
    const isRight = session.isProtocol
      ? frames[0]?.[3] === verbs.error
      : text.startsWith("ERROR:") && holder !== undefined && holder !== session;
    this.#notebook.see(session.isProtocol ? "plain bad-message" : "plain refused");
    if (!session.isProtocol) this.#presence.refusedOn(plain.connection);
    must(isRight, "answer", () => `${session} is told ${describe(frames)}`);
  }

  /** Whether whoever has left with this very message was to be told something still. */
  #isTold(): boolean {
    const { current, call } = this.#notebook;
    return current?.session.leftInCall !== call;
  }

  #hello(current: Current, isHere: boolean): void {
    const { session, reading, connection } = current;
    const holder = this.#registry.holders.get(session.callsign);
    if (session.banned !== undefined) {
      if (session.bannedOn === connection) current.faults = [session.banned, ...reading.faults];
      else current.leeway = [...current.leeway, session.banned];
    }
    if (current.faults.length > 0 || reading.hello === undefined) return;
    if (isHere) {
      // Else it is WELCOME that tells whether it was taken.
      const isSure = !this.#connections.isUnsure(connection);
      if (isSure) this.#presence.describe(session, reading.hello);
      return;
    }
    if (holder === undefined || holder === session) return;
    if (holder.isProtocol && holder.instance === reading.hello.instance) return;
    if (holder.connection?.isOpen === false) current.leeway = [...current.leeway, "name-taken"];
    else if (this.#notebook.settings.duplicates === "refuse") current.faults = ["name-taken"];
  }

  /** It is online by a connection that has ended, and has not said HELLO on this one. */
  #comeBack(current: Current): void {
    current.leeway = [...current.leeway, "unknown-peer"];
    if (current.reading.faults.length > 0) current.faults = [...current.faults, "unknown-peer"];
    else this.#members.says(current);
  }

  #stranger(current: Current): void {
    const { session, reading, connection } = current;
    const { banned, bannedOn } = session;
    const isBanned = banned !== undefined && bannedOn === connection && !connection.isEndTold;
    const code: ErrorCode = isBanned ? banned : "unknown-peer";
    current.faults = [code];
    // Who comes back all the same may be known again, or not.
    current.leeway = isBanned || banned === undefined ? [] : [banned];
    // A goodbye of nobody may be answered as any other.
    if (reading.verb !== verbs.disconnect) current.wants = undefined;
  }
}
