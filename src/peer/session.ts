/**
 * One session with a broker, from HELLO to goodbye, on one socket.
 *
 * @module
 */

import { Connection, type ConnectionChange, type Received } from "./connection.ts";
import { type ConnectionError, denied, unresolved } from "./connection_error.ts";
import { type PeerError, readPeerError } from "./peer_error.ts";
import { encodeJson, type Hello, parseWelcome, type Welcome } from "../protocol/greeting.ts";
import { encodeHeader, protocolVersion, verbs } from "../protocol/header.ts";
import { sessionCharacters, sessionIdentity } from "../protocol/identity.ts";
import * as limits from "../protocol/limits.ts";
import { randomWord } from "../random_word.ts";
import type { Context } from "../zmq/context.ts";
import type { Readiness } from "../zmq/readiness.ts";

/** What is to be sent once there is a session with room for it. */
export interface Outgoing {
  /**
   * Its frames.
   *
   * @param welcome what the broker of the session allows
   * @param nowMs the time, of `performance.now`
   * @returns undefined when it is not to be sent any more
   */
  frames(welcome: Welcome, nowMs: number): readonly Uint8Array[] | undefined;
  /** libzmq has taken it. */
  sent?(): void;
}

/** Whose session it is, and what it is told. */
export interface SessionOwner {
  /** What to say of itself, asked anew for each HELLO. */
  hello(): Hello;
  /** A WELCOME came: for a new session, or again after {@linkcode Session.greet}. */
  welcomed(welcome: Welcome): void;
  /** A session that was welcomed has ended: nothing that was sent by it will be answered. */
  lost(reason: string): void;
  /** A message came that is none of the session's own. */
  heard(message: Received): void;
}

/**
 * How a session ended: `left` after a goodbye of ours, `failed` so that another attempt may do
 * better, `refused` by the broker, `hopeless` when there is no way to it.
 */
export type SessionEnd =
  | { readonly kind: "left" }
  | { readonly kind: "failed"; readonly reason: string; readonly text: string }
  | { readonly kind: "refused"; readonly error: PeerError }
  | { readonly kind: "hopeless"; readonly error: ConnectionError };

/** Where a session is in its life; docs/protocol.md, section 9. */
type Phase = "connecting" | "greeting" | "online" | "leaving";

/** Ids of a session's own messages: none of its owner's counts up to there. */
const firstId = 1n << 63n;

/** Says HELLO and heartbeats, and finds out when there is no use in going on. */
export class Session {
  readonly #owner: SessionOwner;
  readonly #connection: Connection;
  #phase: Phase = "connecting";
  #dueMs: number;
  #end: SessionEnd | undefined;
  #welcome: Welcome | undefined;
  #lastId = firstId;
  #helloId = 0n;
  #isHelloDue = false;
  #goodbyeId = 0n;
  #unanswered = 0;

  /**
   * Begins to connect.
   *
   * @param name the callsign
   * @throws {IdentityError} for a name that cannot be a callsign
   * @throws {ZmqError} EMFILE at the limit of sockets; as {@linkcode Socket.connect}
   */
  constructor(context: Context, endpoint: string, name: string, owner: SessionOwner) {
    this.#owner = owner;
    const identity = sessionIdentity(name, randomWord(sessionCharacters));
    this.#connection = new Connection(context, endpoint, identity);
    this.#dueMs = performance.now() + limits.connectTimeoutMs;
  }

  /** How it ended; undefined as long as it has not. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  /** Whether the broker takes messages of it. */
  get isOnline(): boolean {
    return this.#phase === "online" || this.#phase === "leaving";
  }

  /** How to wait for it. */
  get readiness(): Readiness {
    return this.#connection.readiness;
  }

  /** When {@linkcode Session.judge} is due. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Whether something of its own waits for room. */
  get isStuck(): boolean {
    return this.#isHelloDue || (this.#phase === "leaving" && this.#goodbyeId === 0n);
  }

  /** Says HELLO again, because what the owner says has changed; before WELCOME, in its place. */
  greet(): void {
    this.#isHelloDue = this.#phase !== "connecting";
  }

  /** Says goodbye after what is still to send, and ends with the answer, or after so long. */
  leave(lingerMs: number): void {
    if (this.#phase === "online") this.#enter("leaving", lingerMs);
    else if (this.#phase !== "leaving") this.#end = { kind: "left" };
  }

  /** Closes the connection, and tells the owner if that ends something. */
  close(reason: string): void {
    this.#connection.close();
    this.#forget(reason);
  }

  /** Reads what has arrived, as long as the turn lasts; true when there was something. */
  read(): boolean {
    this.#readChanges();
    let count = 0;
    while (this.#end === undefined) {
      const message = this.#connection.receive();
      if (message === undefined) break;
      this.#hear(message);
      if (++count % limits.messagesPerClock === 0 && this.readiness.turnIsOver) break;
    }
    return count > 0;
  }

  /** Says what is due, or finds that the broker has been silent for too long. */
  judge(nowMs: number): void {
    if (nowMs < this.#dueMs || this.#end !== undefined) return;
    const { endpoint } = this.#connection;
    switch (this.#phase) {
      case "connecting":
        return this.#fail(`No broker answers at ${endpoint}`, "; trying again");
      case "greeting":
        return this.#fail(`No WELCOME from ${endpoint}`, "; connecting afresh");
      case "online":
        return this.#beat();
      case "leaving":
        this.#end = { kind: "left" };
    }
  }

  /** Sends what waits, as long as there is room and the turn lasts; true when something was sent. */
  send(outbox: Set<Outgoing>, nowMs: number): boolean {
    if (this.#end !== undefined) return false;
    if (this.#isHelloDue) this.#sayHello();
    const hasSent = this.#flush(outbox, nowMs);
    if (this.#phase === "leaving" && outbox.size === 0) this.#sayGoodbye();
    return hasSent;
  }

  #enter(phase: Phase, dueInMs: number): void {
    this.#phase = phase;
    this.#dueMs = performance.now() + dueInMs;
  }

  /** @param plan what is done about it, for who hears of it while it goes on */
  #fail(reason: string, plan: string): void {
    this.#end = { kind: "failed", reason, text: reason + plan };
  }

  #readChanges(): void {
    while (this.#end === undefined) {
      const change = this.#connection.change();
      if (change === undefined) return;
      this.#note(change);
    }
  }

  #note(change: ConnectionChange): void {
    const { endpoint } = this.#connection;
    switch (change.kind) {
      case "up":
        return this.#beginGreeting();
      case "lost":
        return this.#fail(`Lost the connection to ${endpoint}`, "; connecting again");
      case "foreign":
        return this.#fail(`No ZeroMQ handshake with ${endpoint}; is it a broker?`, "");
      case "refused":
        return this.#fail(`No broker at ${endpoint}`, " yet; waiting for it");
      case "unresolved":
        this.#end = { kind: "hopeless", error: unresolved(endpoint) };
        return;
      case "denied":
        this.#end = { kind: "hopeless", error: denied(endpoint, change.status) };
    }
  }

  #beginGreeting(): void {
    this.#isHelloDue = true;
    this.#enter("greeting", limits.welcomeTimeoutMs);
  }

  #hear(message: Received): void {
    this.#unanswered = 0;
    const { verb, version } = message.header;
    if (verb === verbs.error) return this.#hearError(message);
    if (version !== protocolVersion || verb === verbs.heartbeat) return;
    if (verb === verbs.welcome) this.#hearWelcome(message);
    else if (verb === verbs.disconnect) this.#hearGoodbye(message);
    else this.#owner.heard(message);
  }

  #hearWelcome({ header, frames }: Received): void {
    const welcome = parseWelcome(frames[0] ?? new Uint8Array(0));
    // One for a HELLO before the last is of no use: another follows.
    if (welcome === undefined || header.id !== this.#helloId || this.#isHelloDue) return;
    if (this.#phase === "greeting") {
      this.#forget(`The broker at ${this.#connection.endpoint} had forgotten this session`);
      this.#enter("online", beatMs(welcome));
    }
    this.#welcome = welcome;
    this.#owner.welcomed(welcome);
  }

  #hearGoodbye({ header }: Received): void {
    if (this.#phase === "leaving" && header.id === this.#goodbyeId) this.#end = { kind: "left" };
    else this.#fail(`The broker at ${this.#connection.endpoint} has stopped`, "; connecting again");
  }

  #hearError(message: Received): void {
    const error = readPeerError(message);
    switch (error.code) {
      case "name-taken":
      case "superseded":
      case "kicked":
      case "unknown-version":
      case "bad-identity":
        this.#end = { kind: "refused", error };
        return;
      case "unknown-peer":
        this.#owner.heard(message);
        if (this.#phase === "online") this.#beginGreeting();
        // It has forgotten us already: there is nobody to say goodbye to.
        if (message.header.id === this.#goodbyeId) this.#end = { kind: "left" };
        return;
      default:
        if (message.header.id === this.#helloId) this.#end = { kind: "refused", error };
        else this.#owner.heard(message);
    }
  }

  #forget(reason: string): void {
    if (this.#welcome === undefined) return;
    this.#welcome = undefined;
    this.#owner.lost(reason);
  }

  #sayHello(): void {
    const id = ++this.#lastId;
    const frames = [encodeHeader(verbs.hello, id), encodeJson(this.#owner.hello())];
    if (!this.#connection.send(frames)) return;
    this.#helloId = id;
    this.#isHelloDue = false;
  }

  #sayGoodbye(): void {
    if (this.#goodbyeId !== 0n) return;
    const id = ++this.#lastId;
    if (this.#connection.send([encodeHeader(verbs.disconnect, id)])) this.#goodbyeId = id;
  }

  /** Silence is measured in heartbeats sent, so that time we were away counts as one at the most. */
  #beat(): void {
    if (this.#unanswered >= limits.heartbeatsUnanswered) {
      const count = this.#unanswered;
      return this.#fail(
        `No answer from ${this.#connection.endpoint} to ${count} heartbeats`,
        "; connecting afresh",
      );
    }
    this.#connection.send([encodeHeader(verbs.heartbeat, ++this.#lastId)]);
    this.#unanswered++;
    this.#enter("online", beatMs(this.#welcome));
  }

  #flush(outbox: Set<Outgoing>, nowMs: number): boolean {
    const welcome = this.#welcome;
    if (!this.isOnline || welcome === undefined) return false;
    let count = 0;
    for (const message of outbox) {
      const frames = message.frames(welcome, nowMs);
      if (frames !== undefined && !this.#connection.send(frames)) break;
      outbox.delete(message);
      if (frames !== undefined) message.sent?.();
      if (++count % limits.messagesPerClock === 0 && this.readiness.turnIsOver) {
        // There is room for more: on with it once others had their turn.
        this.readiness.wake();
        break;
      }
    }
    return count > 0;
  }
}

/** When the next heartbeat is due: never all at once, however many peers began together. */
function beatMs(welcome: Welcome | undefined): number {
  return Math.max(1, (welcome?.heartbeatMs ?? 0) * (0.75 + Math.random() / 4));
}
