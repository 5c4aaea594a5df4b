/**
 * The broker: one ROUTER that answers named peers.
 *
 * Run as a program it is `callsign broker`; imported, it only offers the class.
 *
 * @module
 */

import type { NativeLibrary } from "./ffi/native.ts";
import * as limits from "./protocol/limits.ts";
import { Context } from "./zmq/context.ts";
import { Message } from "./zmq/message.ts";
import { Readiness } from "./zmq/readiness.ts";
import { nothing, type SendResult, type Socket } from "./zmq/socket.ts";

/** How an answer ended; `refused` is a message that was not answered at all. */
export type AnswerOutcome = SendResult | "refused";

/** A payload frame, or its beginning. */
export interface PayloadFrame {
  /** Its first 4,096 bytes at the most. */
  readonly bytes: Uint8Array;
  /** Its whole length in bytes. */
  readonly size: number;
}

/** One message and what became of its answer. */
export interface Exchange {
  /** Who sent it: the identity's bytes as they came. */
  readonly identity: Uint8Array;
  /** Its payload frames, without a REQ peer's delimiter. */
  readonly frames: readonly PayloadFrame[];
  /** What became of the answer. */
  readonly outcome: AnswerOutcome;
}

/** What a broker needs to know; everything has a default. */
export interface BrokerOptions {
  /** Endpoints to listen at; default `tcp://127.0.0.1:5555`. */
  readonly bind?: readonly string[] | undefined;
  /** Largest frame a peer may send, in bytes; default 256 MiB. Who sends more is cut off. */
  readonly maxMessageBytes?: number | undefined;
  /** How long ending goes on answering what had come, and then sending it, in ms; default 1000. */
  readonly lingerMs?: number | undefined;
  /** Told each message once it is answered. Costs a copy of its text, so leave it out for speed. */
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  /** Told each answer that could not be delivered, and each message that was refused. */
  readonly onUndelivered?: ((identity: Uint8Array, outcome: AnswerOutcome) => void) | undefined;
  /** The libzmq to use; default: as the loader finds it. */
  readonly library?: NativeLibrary | undefined;
}

/** What a broker has counted since it was opened. */
export interface BrokerCounts {
  /** Messages received, refused ones included. */
  received: number;
  /** Answers that libzmq took for delivery. */
  answered: number;
  /** Answers not delivered: the peer was gone, or its queue full. */
  undelivered: number;
  /** Messages not answered: their identity has more than 255 bytes. */
  refused: number;
}

const answerPrefix = new TextEncoder().encode("ACK: ");
const answerBytes = 4096;

/**
 * Answers every peer with its own frames, the first prefixed by `ACK: `; a REQ peer's empty
 * delimiter is kept in front.
 */
export class Broker {
  /** Where it listens, with the real port where `*` was asked for. */
  readonly endpoints: readonly string[];
  /** What it has counted. */
  readonly counts: BrokerCounts = { received: 0, answered: 0, undelivered: 0, refused: 0 };

  readonly #context: Context;
  readonly #router: Socket;
  readonly #readiness: Readiness;
  readonly #lingerMs: number;
  readonly #identity: Message;
  readonly #frame: Message;
  readonly #onExchange: BrokerOptions["onExchange"];
  readonly #onUndelivered: BrokerOptions["onUndelivered"];
  #answer = answerBuffer(answerBytes);
  #record: { readonly identity: Uint8Array; readonly frames: PayloadFrame[] } | undefined;
  #stopping = false;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Binds and is ready; {@linkcode Broker.run} serves.
   *
   * @throws {LoadError} when libzmq cannot be loaded
   * @throws {EndpointError} for an endpoint that cannot be
   * @throws {ZmqError} as {@linkcode Socket.bind}; nothing stays bound then
   */
  constructor(options: BrokerOptions = {}) {
    this.#onExchange = options.onExchange;
    this.#onUndelivered = options.onUndelivered;
    this.#lingerMs = options.lingerMs ?? limits.lingerMs;
    this.#context = new Context(options.library);
    try {
      this.#router = this.#context.socket("router", {
        routerMandatory: true,
        linger: this.#lingerMs,
        maxMessageSize: options.maxMessageBytes ?? limits.messageBytesMax,
        backlog: limits.backlog,
        handshakeInterval: limits.handshakeMs,
        heartbeatInterval: limits.heartbeatMs,
      });
      const bind = options.bind ?? [limits.defaultBind];
      this.endpoints = bind.map((endpoint) => this.#router.bind(endpoint));
      this.#readiness = new Readiness(this.#context.poller, [this.#router]);
      this.#identity = new Message(this.#context.library);
      this.#frame = new Message(this.#context.library);
    } catch (error) {
      void this.#context.close();
      throw error;
    }
  }

  /** Serves until {@linkcode Broker.stop}; what had come by then is answered, for the linger time. */
  run(): Promise<void> {
    this.#running ??= this.#serve();
    return this.#running;
  }

  /** Asks {@linkcode Broker.run} to end. */
  stop(): void {
    this.#stopping = true;
    this.#readiness.wake();
  }

  /** Stops, gives the port back, and sends what is still to send for up to the linger time. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** As {@linkcode Broker.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(): Promise<void> {
    if (this.#closing !== undefined) return;
    while (!this.#stopping) {
      this.#drain();
      await this.#readiness.wait(Infinity);
    }
    // What had arrived is answered, but peers that never pause do not keep us.
    const endMs = performance.now() + this.#lingerMs;
    while (this.#router.readable && performance.now() < endMs) {
      this.#drain();
      await this.#readiness.wait(0);
    }
  }

  async #end(): Promise<void> {
    this.stop();
    await this.#running;
    this.#identity.close();
    this.#frame.close();
    await this.#context.close();
  }

  /** Answers what is there, as long as the turn lasts. */
  #drain(): void {
    let count = 0;
    while (this.#answerOne()) {
      if (++count % limits.messagesPerClock === 0 && this.#readiness.turnIsOver) return;
    }
  }

  /** Receives and answers one message; false when there is none. */
  #answerOne(): boolean {
    const identityBytes = this.#router.receive(this.#identity);
    if (identityBytes === nothing) return false;
    this.counts.received++;
    // Sending moves the identity away, so whoever is told of it needs a copy made before.
    if (this.#onExchange !== undefined) {
      this.#record = { identity: this.#identity.bytes(), frames: [] };
    }
    const outcome = identityBytes > limits.identityBytesMax
      ? "refused"
      : this.#router.sendMessage(this.#identity, true);
    this.#answerFrames(outcome === "sent");
    this.#count(outcome);
    if (this.#record !== undefined) this.#onExchange?.({ ...this.#record, outcome });
    if (outcome !== "sent") this.#onUndelivered?.(this.#identity.bytes(), outcome);
    return true;
  }

  /**
   * Receives the frames that follow the identity and, where there is someone to hear it, sends them
   * back. libzmq takes and gives a message whole: once its first frame is in, the rest cannot fail.
   */
  #answerFrames(sending: boolean): void {
    let isFirst = true;
    let isPrefixed = false;
    let more = true;
    while (more) {
      const size = this.#router.receive(this.#frame);
      more = this.#frame.more;
      const isDelimiter = isFirst && size === 0 && more;
      isFirst = false;
      if (!isDelimiter) this.#record?.frames.push(this.#beginning(size));
      if (!sending) continue;
      if (isDelimiter || isPrefixed) {
        this.#router.sendMessage(this.#frame, more);
      } else {
        this.#sendPrefixed(size, more);
        isPrefixed = true;
      }
    }
  }

  #sendPrefixed(size: number, more: boolean): void {
    const length = answerPrefix.length + size;
    if (length > this.#answer.whole.length) this.#answer = answerBuffer(2 * length);
    this.#frame.copyTo(this.#answer.body, size);
    this.#router.send(this.#answer.whole, length, more);
    if (this.#answer.whole.length > limits.answerBytesKept) {
      this.#answer = answerBuffer(answerBytes);
    }
  }

  #beginning(size: number): PayloadFrame {
    const bytes = new Uint8Array(Math.min(size, limits.printedBytesMax));
    this.#frame.copyTo(bytes, bytes.length);
    return { bytes, size };
  }

  #count(outcome: AnswerOutcome): void {
    if (outcome === "sent") this.counts.answered++;
    else if (outcome === "refused") this.counts.refused++;
    else this.counts.undelivered++;
  }
}

/** Room for an answer, its prefix in place. Both parts are made once: no object for each message. */
function answerBuffer(bytes: number): { readonly whole: Uint8Array; readonly body: Uint8Array } {
  const whole = new Uint8Array(new ArrayBuffer(bytes));
  whole.set(answerPrefix);
  return { whole, body: whole.subarray(answerPrefix.length) };
}

if (import.meta.main) void import("./main.ts").then(({ runProgram }) => runProgram("broker"));
