/**
 * Everything that was asked of a broker and has not ended.
 *
 * @module
 */

import { type Ask, Call, type CallOwner } from "./call.ts";
import type { Received } from "./connection.ts";
import type { Link } from "./link.ts";
import { localError, type PeerError, readPeerError } from "./peer_error.ts";
import { encodeHeader, flags, verbs } from "../protocol/header.ts";
import * as limits from "../protocol/limits.ts";
import { Wheel } from "../routing/wheel.ts";

/** Sets the ids of one-way messages apart, so that what comes back for one is known for what it is. */
const oneWayBit = 1n << 62n;

/** What CANCEL can end. */
const cancellable: readonly number[] = [verbs.request, verbs.send, verbs.watch];

/** Whether an id is of a message whose call ended when it was sent. */
export function isOneWayId(id: bigint): boolean {
  return (id & oneWayBit) !== 0n && id < 2n * oneWayBit;
}

/** Sees that each call ends: in its answers, or in one error. */
export class Calls implements CallOwner {
  readonly #link: Link;
  readonly #open = new Map<bigint, Call>();
  readonly #wheel = new Wheel(performance.now());
  #lastId = 0n;

  /** @param link by which they are sent */
  constructor(link: Link) {
    this.#link = link;
  }

  /**
   * Asks, as soon as there is a session.
   *
   * @param timeoutMs until it has ended, the time to connect included
   * @param signal ends it early, with its reason
   * @returns ends it when it is no longer wanted
   */
  start(ask: Ask, timeoutMs: number, signal: AbortSignal | undefined): () => void {
    const call = new Call(this, this.#nextId(ask), ask, timeoutMs, signal);
    if (signal?.aborted === true) {
      ask.failed(signal.reason);
    } else if (this.#link.unsent >= limits.unsentMessagesMax) {
      const reason = `${limits.unsentMessagesMax} messages wait to be sent already`;
      ask.failed(localError("busy", `Cannot ${ask.deed}: ${reason}`));
    } else {
      this.#open.set(call.id, call);
      this.#wheel.set(call, call.limitMs);
      this.#listen(call);
      this.#link.post(call);
    }
    return () => this.#leave(call);
  }

  /** Takes an answer; false when none of these waits for it. */
  heard(message: Received): boolean {
    const call = this.#open.get(message.header.id);
    if (call === undefined) return false;
    const isLast = (message.header.flags & flags.more) === 0;
    if (message.header.verb === verbs.error) this.#fail(call, readPeerError(message), isLast);
    else this.#take(call, message, isLast);
    return true;
  }

  /** The session is gone: what was sent by it has no answer to come. */
  lost(reason: string): void {
    for (const call of [...this.#open.values()]) {
      if (!call.isSent) continue;
      if (call.ask.isRepeatable) this.#restart(call);
      else this.#end(call, lostError(call.ask.deed, reason));
    }
  }

  /** Ends what is due, and tells when the next is. */
  tick(nowMs: number): number {
    this.#wheel.advance(nowMs);
    return this.#wheel.nextDueMs;
  }

  /** Ends everything, each with an error made for it. */
  endAll(errorOf: (deed: string) => unknown): void {
    for (const call of [...this.#open.values()]) this.#abandon(call, errorOf(call.ask.deed));
  }

  sent(call: Call): void {
    if (call.ask.isOneWay) this.#end(call);
  }

  refused(call: Call, error: PeerError): void {
    this.#end(call, error);
  }

  expired(call: Call, nowMs: number): void {
    const { deed } = call.ask;
    if (call.isSent && nowMs < call.limitMs + limits.limitGraceMs) {
      // The broker counts from when it got it, and its word says more than ours.
      this.#wheel.set(call, call.limitMs + limits.limitGraceMs);
    } else if (call.isSent) {
      const reason = `the broker has not answered within ${call.timeoutMs} ms`;
      this.#abandon(call, localError("timeout", `Cannot ${deed}: ${reason}`));
    } else if (this.#link.isOnline) {
      const reason = `the connection to the broker had no room within ${call.timeoutMs} ms`;
      this.#end(call, localError("expired", `Cannot ${deed}: ${reason}`));
    } else {
      const reason = `no broker at ${this.#link.endpoint} within ${call.timeoutMs} ms`;
      this.#end(call, localError("unreachable", `Cannot ${deed}: ${reason}`));
    }
  }

  #nextId({ isOneWay }: Ask): bigint {
    return isOneWay ? oneWayBit | ++this.#lastId : ++this.#lastId;
  }

  #listen(call: Call): void {
    const { signal } = call;
    if (signal === undefined) return;
    call.onAbort = () => this.#abandon(call, signal.reason);
    signal.addEventListener("abort", call.onAbort);
  }

  #take(call: Call, message: Received, isLast: boolean): void {
    const { ask } = call;
    ask.take(message);
    if (!isLast) return;
    if (ask.isEndless) this.#wheel.unset(call);
    else this.#end(call);
  }

  #fail(call: Call, error: PeerError, isLast: boolean): void {
    // It was not done: the broker did not know the session, which will say HELLO.
    if (error.code === "unknown-peer") this.#repost(call);
    else if (isLast) this.#end(call, error);
    else call.ask.failedFor?.(error);
  }

  #restart(call: Call): void {
    call.ask.restart?.();
    if (call.ask.isEndless) {
      call.limitMs = performance.now() + call.timeoutMs;
      this.#wheel.set(call, call.limitMs);
    }
    this.#repost(call);
  }

  #repost(call: Call): void {
    call.isSent = false;
    this.#link.post(call);
  }

  /** Ends a call, and tells the broker that nobody waits for it. */
  #abandon(call: Call, reason: unknown): void {
    const { isSent } = call;
    this.#end(call, reason);
    if (isSent && this.#link.isOnline && cancellable.includes(call.ask.verb)) {
      this.#link.postNow([encodeHeader(verbs.cancel, call.id)]);
    }
  }

  #leave(call: Call): void {
    if (this.#open.has(call.id)) this.#abandon(call, undefined);
  }

  #end(call: Call, reason?: unknown): void {
    if (!this.#open.delete(call.id)) return;
    this.#wheel.unset(call);
    this.#link.withdraw(call);
    if (call.onAbort !== undefined) call.signal?.removeEventListener("abort", call.onAbort);
    if (reason === undefined) call.ask.done();
    else call.ask.failed(reason);
  }
}

function lostError(deed: string, reason: string): PeerError {
  return localError(
    "lost",
    `Cannot tell whether it was done to ${deed}: the session with the broker ended (${reason})`,
  );
}
