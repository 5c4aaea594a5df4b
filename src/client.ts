/**
 * The client: a named peer that asks.
 *
 * @module
 */

import {
  type PresenceChange,
  readCounts,
  readEvent,
  readReceipt,
  readReport,
  readRoster,
  type Receipt,
  type Replies,
  Reply,
  ReplyStream,
} from "./peer/answers.ts";
import { Asker, type Question } from "./peer/asker.ts";
import { bodyFrames, isPattern, type MessageBody, peerFrame, peerName } from "./peer/body.ts";
import type { Ask } from "./peer/call.ts";
import type {
  AskOptions,
  ClientOptions,
  RequestOptions,
  SendOptions,
} from "./peer/client_options.ts";
import type { Received } from "./peer/connection.ts";
import { introduce } from "./peer/introduction.ts";
import type { PeerError } from "./peer/peer_error.ts";
import { ackStatus, flags, verbs } from "./protocol/header.ts";
import { sessionCharacters } from "./protocol/identity.ts";
import * as limits from "./protocol/limits.ts";
import type { PeerInfo, Report } from "./protocol/roster.ts";
import { randomWord } from "./random_word.ts";
import { Stream } from "./peer/stream.ts";
import { Context } from "./zmq/context.ts";

/**
 * Asks peers by their names, through one of its brokers.
 *
 * Everything asked ends within its time limit, in an answer or in a {@linkcode PeerError}. What was
 * not sent yet when the broker's connection is lost goes to the next broker; what was sent ends in
 * `lost`, but for {@linkcode Client.list}, `stats` and `watch`, which are asked again.
 */
export class Client {
  /** Its callsign. */
  readonly name: string;

  readonly #options: ClientOptions;
  readonly #context: Context;
  readonly #asker: Asker;
  readonly #onAbort = (): void => this.#asker.fail(() => this.#options.signal?.reason);
  #closing: Promise<void> | undefined;

  /**
   * Begins to connect.
   *
   * @throws {IdentityError} for a name that cannot be a callsign
   * @throws {EndpointError} for an endpoint that cannot be
   * @throws {RangeError} for an agent that no broker takes
   * @throws {LoadError} when libzmq cannot be loaded
   */
  constructor(options: ClientOptions = {}) {
    this.name = options.name ?? `client-${randomWord(sessionCharacters)}`;
    this.#options = options;
    this.#context = new Context(options.library, options.mayBlock);
    try {
      this.#asker = this.#open();
    } catch (error) {
      void this.#context.close();
      throw error;
    }
    if (options.signal?.aborted === true) this.#onAbort();
    else options.signal?.addEventListener("abort", this.#onAbort);
  }

  /**
   * Asks one peer: a callsign, `@group` for one of its workers, or a full identity.
   *
   * @throws {PeerError} by the codes of docs/protocol.md, section 7; the class tells which of them are
   *   found on this side
   * @throws {ConnectionError} when no endpoint will ever work (no such host, or we are refused), or
   *   there is no broker and `waitForBroker` is false
   * @throws {RangeError} for a name that cannot be, a pattern, or a limit that cannot be
   */
  async request(
    to: string | Uint8Array,
    body?: MessageBody,
    options: RequestOptions = {},
  ): Promise<Reply> {
    const peer = peerFrame(to);
    if (isPattern(peer)) {
      throw new RangeError(
        `Cannot ask ${quoted(peer)}: it is a pattern, with many replies; use requestAll`,
      );
    }
    return await this.#one(options, {
      verb: verbs.request,
      deed: `ask ${quoted(peer)}`,
      flags: options.hold === true ? flags.hold : 0,
      peer,
      body: bodyFrames(body),
    }, (answer) => {
      if (!isHeld(answer)) return new Reply(answer);
      options.onHeld?.();
      return undefined;
    });
  }

  /**
   * Asks all peers that match a pattern. The replies come in any order; leaving the loop cancels those
   * that have not come.
   *
   * @returns replies, and failures of single peers; fails as a whole as {@linkcode Client.request}
   *   does, with `unreachable` when nobody matches
   * @throws {RangeError} for a pattern or a limit that cannot be
   */
  requestAll(
    pattern: string | Uint8Array,
    body?: MessageBody,
    options: AskOptions = {},
  ): Replies {
    const peer = peerFrame(pattern);
    const deed = `ask ${quoted(peer)}`;
    const replies: ReplyStream = new ReplyStream(deed, () => leave());
    const leave = this.#start(options, {
      verb: verbs.request,
      deed,
      peer,
      body: bodyFrames(body),
      take: (answer) => {
        if (answer.header.verb === verbs.ack) {
          replies.counts = readCounts(answer);
        } else {
          if (!hasMore(answer)) replies.counts = { matched: 1, done: 1 };
          replies.push(new Reply(answer));
        }
      },
      failedFor: (error) => replies.push({ from: error.peer ?? "", error }),
      done: () => replies.end(),
      failed: (error) => replies.end({ error }),
    });
    return replies;
  }

  /**
   * Sends a message to a peer with a receipt.
   *
   * @returns once it is confirmed, or handed to a plain peer; for a pattern the counts
   * @throws as {@linkcode Client.request}
   */
  send(
    to: string | Uint8Array,
    body: MessageBody | undefined,
    options: SendOptions & { readonly receipt: true },
  ): Promise<Receipt>;
  /**
   * Sends a message to a peer, or to all that match a pattern.
   *
   * @returns once libzmq has taken it on a session with a broker. Whatever fails after that is told
   *   to `onUndelivered`.
   * @throws as {@linkcode Client.request}
   */
  send(to: string | Uint8Array, body?: MessageBody, options?: SendOptions): Promise<void>;
  async send(
    to: string | Uint8Array,
    body?: MessageBody,
    options: SendOptions = {},
  ): Promise<Receipt | void> {
    const peer = peerFrame(to);
    const hold = options.hold === true ? flags.hold : 0;
    const ask = {
      verb: verbs.send,
      deed: `send to ${quoted(peer)}`,
      peer,
      body: bodyFrames(body),
    };
    if (options.receipt !== true) {
      return await this.#one(options, { ...ask, flags: hold, isOneWay: true }, () => {});
    }
    const errors: PeerError[] = [];
    return await this.#one(options, {
      ...ask,
      flags: hold | flags.receipt,
      failedFor: (error) => void errors.push(error),
    }, (answer) => {
      if (!isHeld(answer)) return readReceipt(answer, errors);
      options.onHeld?.();
      return undefined;
    });
  }

  /**
   * Lists who is there, in no particular order.
   *
   * @param pattern a callsign, a pattern, or `@group`; default all
   * @throws as {@linkcode Client.request}
   */
  async list(pattern?: string, options: AskOptions = {}): Promise<PeerInfo[]> {
    let peers: PeerInfo[] = [];
    return await this.#one(options, {
      verb: verbs.list,
      deed: `list ${JSON.stringify(pattern ?? "*")}`,
      peer: pattern === undefined ? undefined : peerFrame(pattern),
      isRepeatable: true,
      restart: () => {
        peers = [];
      },
    }, (answer) => {
      for (const peer of readRoster(answer)) peers.push(peer);
      return hasMore(answer) ? undefined : peers;
    });
  }

  /**
   * Tells who is there, and then each change, until the loop is left. After a lost connection it
   * begins again with everybody who is there then; it fails when that takes longer than the limit.
   *
   * @param pattern a callsign, a pattern, or `@group`; default all
   * @throws {RangeError} for a pattern or a limit that cannot be
   */
  watch(
    pattern?: string,
    options: AskOptions = {},
  ): AsyncIterableIterator<PresenceChange, undefined> {
    let peers: PeerInfo[] = [];
    const deed = `watch ${JSON.stringify(pattern ?? "*")}`;
    const changes: Stream<PresenceChange> = new Stream(deed, () => leave());
    const leave = this.#start(options, {
      verb: verbs.watch,
      deed,
      peer: pattern === undefined ? undefined : peerFrame(pattern),
      isRepeatable: true,
      isEndless: true,
      restart: () => {
        peers = [];
      },
      take: (answer) => {
        if (answer.header.verb === verbs.event) return changes.push(readEvent(answer));
        for (const peer of readRoster(answer)) peers.push(peer);
        if (hasMore(answer)) return;
        changes.push({ event: "roster", peers });
        peers = [];
      },
      done: () => changes.end(),
      failed: (error) => changes.end({ error }),
    });
    return changes;
  }

  /** What the broker has counted. Throws as {@linkcode Client.request}. */
  async stats(options: AskOptions = {}): Promise<Report> {
    return await this.#one(options, {
      verb: verbs.stats,
      deed: "read the broker's counts",
      isRepeatable: true,
    }, readReport);
  }

  /**
   * Ends the sessions of peers, which do not come back.
   *
   * @param pattern a callsign, a pattern, or `@group`
   * @returns how many there were
   * @throws as {@linkcode Client.request}; `unreachable` when nobody matches
   */
  async kick(pattern: string, options: AskOptions = {}): Promise<number> {
    const peer = peerFrame(pattern);
    const ask = { verb: verbs.kick, deed: `kick ${quoted(peer)}`, peer };
    const { matched } = await this.#one(options, ask, readCounts);
    return matched;
  }

  /**
   * Ends everything that was asked with `cancelled`, waits until the broker has heard what was sent,
   * and says goodbye.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** As {@linkcode Client.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open(): Asker {
    const { connect = [limits.defaultConnect], agent, lingerMs, onMessage } = this.#options;
    const { onUndelivered, onTrouble } = this.#options;
    return new Asker({
      context: this.#context,
      name: this.name,
      endpoints: connect,
      lingerMs: lingerMs ?? limits.lingerMs,
      retryTaken: false,
      retryBrokers: this.#options.waitForBroker ?? true,
      mayBlock: this.#options.mayBlock ?? false,
    }, {
      hello: introduce(this.#context.library, { role: "client", groups: [], capacity: 0, agent }),
      onMessage,
      undelivered: (error) => onUndelivered?.(error),
      trouble: (text) => onTrouble?.(text),
    });
  }

  #start(options: AskOptions, ask: Ask): () => void {
    return this.#asker.start(ask, this.#timeoutMs(options), options.signal);
  }

  #one<T>(
    options: AskOptions,
    question: Question,
    read: (answer: Received) => T | undefined,
  ): Promise<T> {
    return this.#asker.one(question, this.#timeoutMs(options), options.signal, read);
  }

  #timeoutMs({ timeoutMs = this.#options.timeoutMs ?? limits.messageLimitMs }: AskOptions): number {
    if (timeoutMs > 0 && timeoutMs <= limits.messageLimitMsMax) return timeoutMs;
    throw new RangeError(
      `Cannot wait for ${timeoutMs} ms: give a limit above 0 and up to ${limits.messageLimitMsMax}`,
    );
  }

  async #end(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    await this.#asker.close();
    await this.#context.close();
  }
}

function quoted(peer: Uint8Array): string {
  return JSON.stringify(peerName(peer));
}

function hasMore({ header }: Received): boolean {
  return (header.flags & flags.more) !== 0;
}

function isHeld({ header }: Received): boolean {
  return header.verb === verbs.ack && header.status === ackStatus.held;
}
