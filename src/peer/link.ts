/**
 * A session with a broker, kept up whatever happens.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Welcome } from "../protocol/greeting.ts";
import { sessionIdentity } from "../protocol/identity.ts";
import * as limits from "../protocol/limits.ts";
import { noBroker } from "./connection_error.ts";
import { Rotation } from "./rotation.ts";
import { type Outgoing, Session, type SessionEnd, type SessionOwner } from "./session.ts";
import type { Context } from "../zmq/context.ts";
import { ZmqError } from "../zmq/errors.ts";
import { Readiness } from "../zmq/readiness.ts";

/** Whose link it is, and what it is told beside what its sessions tell. */
export interface LinkOwner extends SessionOwner {
  /** Whether it has work under way that needs the thread free while the link waits. */
  readonly isWorking: boolean;
  /** Time has passed. Returns when to be told again at the latest, of `performance.now`. */
  tick(nowMs: number): number;
  /** Something went wrong and is tried again. */
  trouble(text: string): void;
}

/** What a link needs to know. */
export interface LinkOptions {
  readonly context: Context;
  /** The callsign. */
  readonly name: string;
  /** Brokers to try, one after the other. */
  readonly endpoints: readonly string[];
  /** How long a goodbye waits for its answer, in ms. */
  readonly lingerMs: number;
  /** Whether to try again while somebody else has the name; else that ends the link. */
  readonly retryTaken: boolean;
  /** Whether to try again once none of the brokers was there; else that ends the link. */
  readonly retryBrokers: boolean;
  /** Whether waiting may block this thread for moments. */
  readonly mayBlock: boolean;
}

/** The longest of {@linkcode Readiness}: beyond it we were held up. */
const waitMsMax = 1000;

/**
 * Keeps one session with one of some brokers. Whenever the one it has is of no more use it begins
 * another, on a fresh socket, with the next of the brokers.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #owner: LinkOwner;
  readonly #rotation: Rotation;
  readonly #idle: Readiness;
  readonly #outbox = new Set<Outgoing>();
  /** What went wrong since the last WELCOME and was told of. */
  readonly #told = new Set<string>();
  /** Why each attempt since the last WELCOME has failed. */
  #inVain: string[] = [];
  #session: Session | undefined;
  /** When to begin the next session. */
  #attemptMs = 0;
  #sessions = 0;
  #ownerDueMs = 0;
  #isStopping = false;
  #awakeByMs = Infinity;
  #judgeFromMs = -Infinity;
  #running: Promise<void> | undefined;

  /**
   * Checks what it is given; {@linkcode Link.run} does the rest.
   *
   * @throws {IdentityError} for a name that cannot be a callsign
   * @throws {EndpointError} for an endpoint that cannot be
   */
  constructor(options: LinkOptions, owner: LinkOwner) {
    sessionIdentity(options.name, "");
    this.#options = options;
    this.#owner = owner;
    this.#rotation = new Rotation(options.endpoints);
    this.#idle = new Readiness(options.context.poller, []);
  }

  /** Where it is connected, or will try next. */
  get endpoint(): string {
    return this.#rotation.endpoint;
  }

  /** Whether messages can be sent now, as far as is known. */
  get isOnline(): boolean {
    return this.#session?.isOnline ?? false;
  }

  /** How many sessions there were: what belongs to an earlier one is out of date. */
  get sessions(): number {
    return this.#sessions;
  }

  /** How many messages wait to be sent. */
  get unsent(): number {
    return this.#outbox.size;
  }

  /**
   * Keeps a session up until {@linkcode Link.stop}.
   *
   * @throws {PeerError} `name-taken`, `superseded` or `kicked`: not to come back; `unknown-version`,
   *   `bad-identity`, `bad-message`: the broker does not take us
   * @throws {ConnectionError} when no endpoint is left that may ever work, or none of the brokers was
   *   there and it is not to wait for them
   */
  run(): Promise<void> {
    this.#running ??= this.#work();
    return this.#running;
  }

  /** Sends messages in the order they are posted, as soon as there is a session and room. */
  post(message: Outgoing): void {
    this.#outbox.add(message);
    this.wake();
  }

  /** Sends frames by the session there is now, and by no other. */
  postNow(frames: readonly Uint8Array[]): void {
    const session = this.#sessions;
    this.post({ frames: () => session === this.#sessions ? frames : undefined });
  }

  /** Takes a message back that was not sent yet. */
  withdraw(message: Outgoing): void {
    this.#outbox.delete(message);
  }

  /** Says HELLO again, because what the owner says has changed. */
  greet(): void {
    this.#session?.greet();
    this.wake();
  }

  /** Sends what is still to send, says goodbye, and lets {@linkcode Link.run} end. */
  stop(): void {
    this.#isStopping = true;
    this.wake();
  }

  /** Lets it look at once at what there is to do. */
  wake(): void {
    this.#readiness.wake();
  }

  get #readiness(): Readiness {
    return this.#session?.readiness ?? this.#idle;
  }

  async #work(): Promise<void> {
    try {
      for (;;) {
        const hasWorked = this.#turn();
        if (this.#isStopping && this.#session === undefined) return;
        // Whoever was answered goes on before a wait may hold the thread.
        if (hasWorked) await nextTurn();
        await this.#wait();
      }
    } finally {
      this.#drop("The link to the broker has ended");
    }
  }

  /** Does all there is to do now; true when something was heard or sent. */
  #turn(): boolean {
    const hasHeard = this.#session?.read() ?? false;
    this.#endSession();
    if (this.#isStopping) this.#session?.leave(this.#options.lingerMs);
    const nowMs = this.#now();
    if (nowMs >= this.#judgeFromMs) this.#judge(nowMs);
    const hasSent = this.#session?.send(this.#outbox, nowMs) ?? false;
    this.#endSession();
    return hasHeard || hasSent;
  }

  /**
   * The time. Once we were away (suspended, or held up by a handler), who seems silent may have
   * spoken, and is given a moment; not again and again though, or nobody would ever be judged.
   */
  #now(): number {
    const nowMs = performance.now();
    const wasAway = nowMs > this.#awakeByMs + limits.catchUpMs;
    if (wasAway && nowMs > this.#judgeFromMs + limits.stallMs) {
      this.#judgeFromMs = nowMs + limits.catchUpMs;
    }
    this.#awakeByMs = nowMs;
    return nowMs;
  }

  #judge(nowMs: number): void {
    this.#session?.judge(nowMs);
    this.#endSession();
    if (this.#session === undefined && !this.#isStopping && nowMs >= this.#attemptMs) this.#begin();
    this.#ownerDueMs = this.#owner.tick(nowMs);
  }

  async #wait(): Promise<void> {
    const nowMs = this.#now();
    const dueMs = Math.min(this.#session?.dueMs ?? this.#attemptMs, this.#ownerDueMs);
    // What is left had no room; libzmq does not always tell when there is some again.
    const isStuck = this.#session?.isStuck || (this.isOnline && this.#outbox.size > 0);
    const timeoutMs = Math.min(
      Math.max(dueMs, this.#judgeFromMs) - nowMs,
      isStuck ? limits.retryMs : waitMsMax,
    );
    this.#awakeByMs = nowMs + Math.max(0, timeoutMs);
    this.#readiness.isShared = this.#owner.isWorking;
    this.#readiness.mayBlock = this.#options.mayBlock;
    await this.#readiness.wait(Math.max(0, timeoutMs));
  }

  #begin(): void {
    const { context, name } = this.#options;
    try {
      this.#session = new Session(context, this.endpoint, name, {
        hello: () => this.#owner.hello(),
        heard: (message) => this.#owner.heard(message),
        lost: (reason) => this.#lost(reason),
        welcomed: (welcome) => this.#welcomed(welcome),
      });
    } catch (error) {
      // That many sockets there may be less of, another time.
      if (!(error instanceof ZmqError) || error.code !== "EMFILE") throw error;
      this.#fail(error.message, error.message, this.#rotation.failed());
    }
  }

  #welcomed(welcome: Welcome): void {
    this.#rotation.succeeded();
    this.#told.clear();
    this.#inVain = [];
    this.#owner.welcomed(welcome);
  }

  #lost(reason: string): void {
    this.#sessions++;
    this.#owner.lost(reason);
  }

  #endSession(): void {
    const end = this.#session?.end;
    if (end === undefined) return;
    const wasOnline = this.#session?.isOnline ?? false;
    const text = textOf(end);
    this.#drop(text);
    switch (end.kind) {
      case "left":
        return;
      case "failed":
        // What ended after a WELCOME is no attempt: the next is.
        return this.#fail(text, wasOnline ? undefined : end.reason, this.#rotation.failed());
      case "hopeless":
        return this.#fail(text, text, this.#rotation.gaveUp(end.error));
      case "refused":
        if (this.#isStopping) return;
        if (end.error.code !== "name-taken" || !this.#options.retryTaken) throw end.error;
        return this.#fail(`${text}; waiting until it is free`, undefined, this.#rotation.failed());
    }
  }

  #drop(reason: string): void {
    const session = this.#session;
    this.#session = undefined;
    session?.close(reason);
  }

  /**
   * There is another attempt after so long. Told once for each time it goes down.
   *
   * @param inVain why an attempt to reach a broker has failed; undefined when there was one
   * @throws {ConnectionError} when there is to be no other attempt
   */
  #fail(text: string, inVain: string | undefined, pauseMs: number): void {
    this.#attemptMs = performance.now() + pauseMs;
    if (this.#isStopping) return;
    if (inVain !== undefined) this.#inVain.push(inVain);
    if (!this.#options.retryBrokers && this.#inVain.length >= this.#rotation.size) {
      throw noBroker(this.#inVain);
    }
    // What is planned is for who goes on trying.
    const told = this.#options.retryBrokers ? text : inVain ?? text;
    if (this.#told.has(told)) return;
    this.#told.add(told);
    this.#owner.trouble(told);
  }
}

function textOf(end: SessionEnd): string {
  if (end.kind === "failed") return end.text;
  return end.kind === "left" ? "This peer has said goodbye" : end.error.message;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
