/**
 * The worker of the plain dialect: one DEALER whose identity is its name.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { denied, unresolved } from "./connection_error.ts";
import type { NativeLibrary } from "../ffi/native.ts";
import { identityOf } from "../protocol/identity.ts";
import * as limits from "../protocol/limits.ts";
import { Context } from "../zmq/context.ts";
import { Message } from "../zmq/message.ts";
import { Monitor, type MonitorEvent } from "../zmq/monitor.ts";
import { Readiness } from "../zmq/readiness.ts";
import { nothing, type Socket } from "../zmq/socket.ts";

/** What a plain worker needs to know; all but the name has a default. */
export interface PlainWorkerOptions {
  /** Its name, and so its identity: 1 to 255 bytes of printable text without spaces. */
  readonly name: string;
  /** Where its broker is; default `tcp://localhost:5555`. */
  readonly connect?: readonly string[] | undefined;
  /** How long it works after each answer, in ms; default 2000. */
  readonly workMs?: number | undefined;
  /** After so long without an answer it opens a fresh connection, in ms; default 10000, 0 never. */
  readonly answerTimeoutMs?: number | undefined;
  /** How long closing goes on sending what is still to send, in ms; default 1000. */
  readonly lingerMs?: number | undefined;
  /** Told each frame of each answer. */
  readonly onReply?: ((frame: Uint8Array) => void) | undefined;
  /** Told in a sentence of what goes wrong and is tried again. */
  readonly onTrouble?: ((text: string) => void) | undefined;
  /** The libzmq to use; default: as the loader finds it. */
  readonly library?: NativeLibrary | undefined;
}

/** A socket and what belongs to it; a fresh one replaces it as a whole. */
interface Connection {
  readonly socket: Socket;
  readonly monitor: Monitor;
  readonly readiness: Readiness;
}

/**
 * Says `Hello from NAME`, and after each answer works for two seconds and says
 * `Working on task...NAME`. Works against any ROUTER that answers.
 *
 * What it said is said again on the next connection when the answer did not come by this one, so
 * that a broker that was killed and started again is not waited for in vain.
 */
export class PlainWorker {
  readonly #options: PlainWorkerOptions;
  readonly #identity: Uint8Array;
  readonly #endpoints: readonly string[];
  readonly #context: Context;
  readonly #frame: Message;
  #connection: Connection;
  #said: Uint8Array | undefined;
  #isSent = false;
  #answerDueMs = Infinity;
  #workDoneMs = Infinity;
  #isDown = false;
  #hasResolved = false;
  #connected = 0;
  #renewDueMs = Infinity;
  #stopping = false;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Opens the socket and begins to connect; {@linkcode PlainWorker.run} does the rest.
   *
   * @throws {IdentityError} for a name that cannot be one
   * @throws {EndpointError} for an endpoint that cannot be
   * @throws {LoadError} when libzmq cannot be loaded
   */
  constructor(options: PlainWorkerOptions) {
    this.#options = options;
    this.#identity = identityOf(options.name);
    this.#endpoints = options.connect ?? [limits.defaultConnect];
    this.#context = new Context(options.library);
    try {
      this.#connection = this.#open();
      this.#frame = new Message(this.#context.library);
    } catch (error) {
      void this.#context.close();
      throw error;
    }
  }

  /**
   * Works until {@linkcode PlainWorker.stop}.
   *
   * @throws {ConnectionError} when the host cannot be resolved, or the broker's authentication
   *   refuses the connection: libzmq would try for ever in the first case, never in the second
   */
  run(): Promise<void> {
    this.#running ??= this.#work();
    return this.#running;
  }

  /** Asks {@linkcode PlainWorker.run} to end. */
  stop(): void {
    this.#stopping = true;
    this.#connection.readiness.wake();
  }

  /** Stops, and sends what is still to send for up to the linger time. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** As {@linkcode PlainWorker.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    this.stop();
    // Whoever called `run` is told why it failed; here it only has to be over.
    await this.#running?.catch(() => {});
    this.#disconnect();
    this.#frame.close();
    await this.#context.close();
  }

  async #work(): Promise<void> {
    if (this.#closing !== undefined) return;
    this.#say(`Hello from ${this.#options.name}`);
    while (!this.#stopping) {
      this.#readEvents();
      this.#readReplies();
      const nowMs = performance.now();
      if (nowMs >= this.#workDoneMs) this.#say(`Working on task...${this.#options.name}`);
      if (nowMs >= this.#answerDueMs) this.#giveUpAnswer();
      if (nowMs >= this.#renewDueMs) {
        await this.#renew();
        continue;
      }
      this.#sendSaid();
      const dueMs = Math.min(this.#workDoneMs, this.#answerDueMs, this.#renewDueMs);
      await this.#connection.readiness.wait(Math.max(0, dueMs - performance.now()));
    }
  }

  #open(): Connection {
    const socket = this.#context.socket("dealer", {
      routingId: this.#identity,
      linger: this.#options.lingerMs ?? limits.lingerMs,
      // Nothing waits in a queue for a connection: what was not answered is said anew on the next.
      immediate: true,
      reconnectInterval: limits.reconnectMinMs,
      reconnectIntervalMax: limits.reconnectMaxMs,
      handshakeInterval: limits.handshakeMs,
    });
    // Before the first attempt, or its failure would go unheard.
    const monitor = new Monitor(this.#context, socket);
    try {
      for (const endpoint of this.#endpoints) socket.connect(endpoint);
    } catch (error) {
      monitor.close();
      throw error;
    }
    return {
      socket,
      monitor,
      readiness: new Readiness(this.#context.poller, [monitor.socket, socket]),
    };
  }

  #disconnect(): void {
    this.#connection.monitor.close();
    this.#connection.socket.close();
  }

  #giveUpAnswer(): void {
    const seconds = (this.#options.answerTimeoutMs ?? limits.answerTimeoutMs) / 1000;
    this.#options.onTrouble?.(
      `No answer for ${seconds} s: connecting afresh; is another peer using the name ` +
        `${JSON.stringify(this.#options.name)}?`,
    );
    this.#answerDueMs = Infinity;
    this.#renewDueMs = 0;
  }

  /** Replaces the socket and its connection by fresh ones. */
  async #renew(): Promise<void> {
    this.#renewDueMs = Infinity;
    // What the old connection has not sent yet, the new one will say.
    this.#connection.socket.set("linger", 0);
    this.#disconnect();
    // A broker that sees the new connection before the end of the old one never reads the new one.
    await sleep(limits.reconnectMinMs);
    this.#connection = this.#open();
    this.#connected = 0;
    this.#isSent = false;
  }

  #say(text: string): void {
    this.#said = new TextEncoder().encode(text);
    this.#isSent = false;
    this.#workDoneMs = Infinity;
  }

  #sendSaid(): void {
    // Right after a disconnection the socket may still take a message for the connection that is gone;
    // only a new handshake says that there is someone to hear it.
    if (this.#said === undefined || this.#isSent || this.#connected === 0) return;
    if (this.#connection.socket.send(this.#said, this.#said.length, false) !== "sent") return;
    this.#isSent = true;
    this.#startAnswerClock();
  }

  #startAnswerClock(): void {
    const timeoutMs = this.#options.answerTimeoutMs ?? limits.answerTimeoutMs;
    this.#answerDueMs = timeoutMs > 0 ? performance.now() + timeoutMs : Infinity;
  }

  #readReplies(): void {
    const { socket, readiness } = this.#connection;
    while (!readiness.turnIsOver && socket.receive(this.#frame) !== nothing) {
      this.#options.onReply?.(this.#frame.bytes());
      if (this.#said === undefined) continue;
      this.#said = undefined;
      this.#answerDueMs = Infinity;
      this.#workDoneMs = performance.now() + (this.#options.workMs ?? limits.workMs);
    }
  }

  #readEvents(): void {
    for (;;) {
      const event = this.#connection.monitor.read();
      if (event === undefined) return;
      this.#noteEvent(event);
    }
  }

  #noteEvent({ name, value, endpoint }: MonitorEvent): void {
    if (name !== "connectRetried") this.#hasResolved = true;
    switch (name) {
      case "handshakeSucceeded":
        this.#isDown = false;
        this.#connected++;
        this.#renewDueMs = Infinity;
        break;
      case "disconnected":
        // The answer will not come by this connection any more.
        // A connection that never shook hands may end so too.
        this.#connected = Math.max(0, this.#connected - 1);
        this.#renewUnlessRetried();
        this.#isSent = false;
        this.#answerDueMs = Infinity;
        this.#noteDown(`Lost the connection to ${endpoint}; connecting again`);
        break;
      case "connectRetried":
        // A first attempt that fails is told of by `closed` before it is tried again. Where nothing
        // but this was ever told, there was no address to attempt.
        if (!this.#hasResolved && endpoint.startsWith("tcp:")) throw unresolved(endpoint);
        this.#renewDueMs = Infinity;
        this.#noteDown(`No broker at ${endpoint} yet; waiting for it`);
        break;
      case "handshakeFailedAuth":
        throw denied(endpoint, value);
      case "handshakeFailed":
      case "handshakeFailedProtocol":
        this.#renewUnlessRetried();
        this.#noteDown(`No ZeroMQ handshake with ${endpoint}; is it a broker?`);
        break;
    }
  }

  /** After an error of protocol libzmq never tries again, and says nothing of that: a fresh socket does. */
  #renewUnlessRetried(): void {
    this.#renewDueMs = performance.now() + limits.reconnectMaxMs;
  }

  /** Told once for each time it goes down, not at each attempt. */
  #noteDown(text: string): void {
    if (!this.#isDown) this.#options.onTrouble?.(text);
    this.#isDown = true;
  }
}
