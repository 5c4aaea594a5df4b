/**
 * What a worker does at one broker.
 *
 * @module
 */

import { byteCount } from "../bytes.ts";
import { bodyFrames, type MessageBody } from "./body.ts";
import type { Received } from "./connection.ts";
import { type OnMessage, PeerRequest, reasonOf, takeMessage } from "./letter.ts";
import { Link, type LinkOptions, type LinkOwner } from "./link.ts";
import { localError, readPeerError } from "./peer_error.ts";
import type { Hello, Welcome } from "../protocol/greeting.ts";
import { encodeHeader, flags, verbs } from "../protocol/header.ts";
import * as limits from "../protocol/limits.ts";

/** A reply in full. */
export interface WorkerReply {
  /** 0 to 65,535; default 0, which means success. */
  readonly status?: number | undefined;
  /** Default: no frames. */
  readonly body?: MessageBody | undefined;
  /** What was said of errors on the way, for people; default: nothing. */
  readonly stderr?: string | Uint8Array | undefined;
}

/** What a handler may return: a reply, its body alone, or nothing for an empty one. */
export type HandlerResult = WorkerReply | MessageBody | void;

/** Answers one request. */
export type Handler = (request: PeerRequest) => HandlerResult | Promise<HandlerResult>;

/** The status of a reply whose handler failed, that of an internal error in sysexits.h. */
export const failedStatus = 70;

/** What a worker has counted since it was made, at all of its brokers. */
export interface WorkerCounts {
  /** Requests that came. */
  requests: number;
  /** Replies that libzmq took for delivery. */
  replies: number;
  /** Requests whose handler failed; each was replied to with {@linkcode failedStatus}. */
  failed: number;
  /** Replies not sent, because the connection the request came by was lost. */
  dropped: number;
  /** Replies that came too late for the broker. */
  late: number;
  /** Messages that came. */
  messages: number;
}

/** What a service needs from its worker. */
export interface ServiceOwner {
  readonly handle: Handler | undefined;
  readonly onMessage: OnMessage | undefined;
  readonly counts: WorkerCounts;
  /** What to say of itself, as long as it takes requests. */
  readonly hello: Hello;
  online(endpoint: string): void;
  offline(endpoint: string, reason: string): void;
  trouble(text: string): void;
}

/** A handler's answer, ready for the wire. */
interface Reply {
  readonly status: number;
  /** STDERR when the last frame is that. */
  readonly flags: number;
  readonly frames: readonly Uint8Array[];
}

/** Takes requests and messages by one link, and answers them by the same. */
export class Service implements LinkOwner {
  readonly #link: Link;
  readonly #owner: ServiceOwner;
  /** Requests of this session that wait for their reply. */
  readonly #open = new Map<string, PeerRequest>();
  /** Handlers that have not returned, those of lost sessions too. */
  #running = 0;
  #isOnline = false;
  #isDraining = false;
  #isQuiet = false;
  #isOver = false;
  #quietDueMs = Infinity;
  #drainDueMs = Infinity;

  /** As {@linkcode Link}. */
  constructor(options: LinkOptions, owner: ServiceOwner) {
    this.#owner = owner;
    this.#link = new Link(options, this);
  }

  /** Where its broker is. */
  get endpoint(): string {
    return this.#link.endpoint;
  }

  get isWorking(): boolean {
    return this.#running > 0;
  }

  /** Serves until it has drained or was ended; as {@linkcode Link.run}. */
  run(): Promise<void> {
    return this.#link.run();
  }

  /** Takes no more requests, finishes those there are for up to so long, and leaves. */
  drain(drainMs: number): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#quietDueMs = performance.now() + limits.welcomeTimeoutMs;
    this.#drainDueMs = performance.now() + drainMs;
    // The broker's answer comes after the last request that it had for us.
    this.#link.greet();
  }

  /** Leaves at once. */
  end(): void {
    this.#isOver = true;
    this.#abortAll(localError("cancelled", "The worker has stopped"));
    this.#link.stop();
  }

  hello(): Hello {
    const { hello } = this.#owner;
    return this.#isDraining ? { ...hello, capacity: 0 } : hello;
  }

  welcomed(): void {
    this.#isQuiet = this.#isDraining;
    if (this.#isOnline) return;
    this.#isOnline = true;
    this.#owner.online(this.#link.endpoint);
  }

  lost(reason: string): void {
    this.#isOnline = false;
    this.#abortAll(localError("lost", reason));
    this.#owner.offline(this.#link.endpoint, reason);
  }

  heard(message: Received): void {
    const { verb } = message.header;
    if (verb === verbs.error) return this.#noteError(message);
    // Who leaves without draining takes nothing any more; the broker tells whoever asked.
    if (this.#isOver || message.frames[0] === undefined) return;
    if (verb === verbs.request) void this.#serve(message);
    else if (verb === verbs.send) void this.#takeMessage(message);
    else if (verb === verbs.cancel) {
      this.#open.get(keyOf(message))?.abort(localError("cancelled", "The asker no longer waits"));
    }
  }

  tick(nowMs: number): number {
    if (!this.#isDraining || this.#isOver) return Infinity;
    const isQuiet = this.#isQuiet || !this.#isOnline || nowMs >= this.#quietDueMs;
    if (isQuiet && this.#running === 0) this.#link.stop();
    else if (nowMs >= this.#drainDueMs) this.end();
    return Math.min(isQuiet ? Infinity : this.#quietDueMs, this.#drainDueMs);
  }

  trouble(text: string): void {
    this.#owner.trouble(text);
  }

  async #serve(message: Received): Promise<void> {
    const request = new PeerRequest(message);
    const key = keyOf(message);
    const session = this.#link.sessions;
    this.#owner.counts.requests++;
    this.#open.set(key, request);
    this.#running++;
    const reply = await this.#handle(request);
    this.#running--;
    if (this.#open.get(key) === request) this.#open.delete(key);
    let checked: Reply | undefined;
    this.#link.post({
      frames: (welcome) => {
        if (session !== this.#link.sessions) return this.#drop(request);
        checked ??= this.#checkSize(request, reply, welcome);
        const header = encodeHeader(verbs.reply, request.id, checked);
        return [header, request.fromIdentity, ...checked.frames];
      },
      sent: () => this.#owner.counts.replies++,
    });
  }

  async #handle(request: PeerRequest): Promise<Reply> {
    const { handle } = this.#owner;
    try {
      if (handle === undefined) throw new Error("this worker takes no requests");
      return readResult(await handle(request));
    } catch (error) {
      return this.#failed(request, reasonOf(error));
    }
  }

  #failed(request: PeerRequest, reason: string): Reply {
    this.#owner.counts.failed++;
    this.trouble(`Cannot serve a request from ${JSON.stringify(request.from)}: ${reason}`);
    return { status: failedStatus, flags: flags.stderr, frames: bodyFrames(reason) };
  }

  #checkSize(request: PeerRequest, reply: Reply, welcome: Welcome): Reply {
    const bytes = byteCount(reply.frames);
    const { length } = reply.frames;
    if (bytes <= welcome.messageBytes && length <= welcome.frames) return reply;
    return this.#failed(
      request,
      `the reply has ${bytes} bytes in ${length} frames; the broker takes at most ` +
        `${welcome.messageBytes} bytes in ${welcome.frames} frames`,
    );
  }

  /** Its asker was told `lost` by the broker, or will be. */
  #drop(request: PeerRequest): undefined {
    this.#owner.counts.dropped++;
    this.trouble(
      `Dropped the reply to ${JSON.stringify(request.from)}: the connection its request came by ` +
        "was lost",
    );
  }

  async #takeMessage(received: Received): Promise<void> {
    this.#owner.counts.messages++;
    this.#running++;
    const { onMessage } = this.#owner;
    await takeMessage(received, this.#link, onMessage, (text) => this.trouble(text));
    this.#running--;
    this.#link.wake();
  }

  #noteError(message: Received): void {
    const error = readPeerError(message);
    if (error.code === "not-waiting") this.#owner.counts.late++;
    else if (error.code !== "unknown-peer") this.trouble(`The broker refused: ${error.message}`);
  }

  #abortAll(reason: unknown): void {
    for (const request of this.#open.values()) request.abort(reason);
    this.#open.clear();
  }
}

/** An asker's session and its id name a request. */
function keyOf({ header, frames }: Received): string {
  return `${String.fromCharCode(...frames[0] as Uint8Array)} ${header.id}`;
}

function readResult(result: HandlerResult): Reply {
  if (result === undefined) return { status: 0, flags: 0, frames: [] };
  if (typeof result === "string" || result instanceof Uint8Array || isList(result)) {
    return { status: 0, flags: 0, frames: bodyFrames(result) };
  }
  const { status = 0, body, stderr } = result;
  if (!Number.isInteger(status) || status < 0 || status > 65_535) {
    throw new RangeError(`its handler gave the status ${status}; give a number from 0 to 65535`);
  }
  const frames = bodyFrames(body);
  if (stderr === undefined) return { status, flags: 0, frames };
  return { status, flags: flags.stderr, frames: [...frames, ...bodyFrames(stderr)] };
}

function isList(result: HandlerResult): result is readonly (string | Uint8Array)[] {
  return Array.isArray(result);
}
