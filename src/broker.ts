/**
 * The broker: one ROUTER by which named peers reach each other.
 *
 * Run as a program it is `callsign broker`; imported, it only offers the class.
 *
 * @module
 */

import type { NativeLibrary } from "./ffi/native.ts";
import * as limits from "./protocol/limits.ts";
import { randomWord } from "./random_word.ts";
import type { PresenceEvent, Report } from "./protocol/roster.ts";
import { Switchboard } from "./routing/switchboard.ts";
import type { DuplicatePolicy, RoutingSettings } from "./routing/wire.ts";
import { version } from "./version.ts";
import { Echo, type PayloadFrame } from "./wire/echo.ts";
import { type Arrival, Intake } from "./wire/intake.ts";
import { MessagePool } from "./wire/parcel.ts";
import { RouterWire } from "./wire/router_wire.ts";
import { AcceptedConnections } from "./zmq/accepted.ts";
import { Context } from "./zmq/context.ts";
import type { Message } from "./zmq/message.ts";
import { Monitor } from "./zmq/monitor.ts";
import { Readiness } from "./zmq/readiness.ts";
import type { SendResult, Socket } from "./zmq/socket.ts";

export type { PresenceEvent, Report } from "./protocol/roster.ts";
export type { DuplicatePolicy } from "./routing/wire.ts";
export type { PayloadFrame } from "./wire/echo.ts";

/**
 * How the answer to a plain message ended; `refused` was not answered at all, because its identity has
 * more than 255 bytes; `taken` was told that another peer holds its name; `misspoken` that its identity
 * is one of callsign/1, but not its message.
 */
export type AnswerOutcome = SendResult | "refused" | "taken" | "misspoken";

/** One message in the plain dialect and what became of its answer. */
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
  /** What a second holder of a name gets: `refuse` (default), or the name, by `takeover`. */
  readonly duplicates?: DuplicatePolicy | undefined;
  /** A connection that is nobody's so long after it came is cut, in ms; default 5000, 0 never. */
  readonly registerWithinMs?: number | undefined;
  /** How often peers say that they are there, in ms; default 5000. */
  readonly heartbeatMs?: number | undefined;
  /** A peer not heard for so long is gone, in ms; default 15000. */
  readonly goneAfterMs?: number | undefined;
  /** Time limit of a message that names none, in ms; default 60000. */
  readonly limitMs?: number | undefined;
  /** Largest frame, and largest body, a peer may send, in bytes; default 256 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** Most messages that wait for one name; default 1000. */
  readonly queueMessages?: number | undefined;
  /** Most bytes of these; default 64 MiB. */
  readonly queueBytes?: number | undefined;
  /** Most messages held for peers that are not there, in all; default 10000. */
  readonly heldMessages?: number | undefined;
  /** Most bytes of these; default 256 MiB. */
  readonly heldBytes?: number | undefined;
  /** Most messages that wait for an answer, in all; default 100000. */
  readonly openMessages?: number | undefined;
  /** How long ending goes on answering what had come, and then sending it, in ms; default 1000. */
  readonly lingerMs?: number | undefined;
  /** Told each plain message once it is answered. Costs a copy of its text: leave it out for speed. */
  readonly onExchange?: ((exchange: Exchange) => void) | undefined;
  /** Told each plain answer that could not be delivered, and each plain message that was refused. */
  readonly onUndelivered?: ((identity: Uint8Array, outcome: AnswerOutcome) => void) | undefined;
  /** Told each peer that comes, goes, or is turned away. */
  readonly onPresence?: ((event: PresenceEvent) => void) | undefined;
  /** Told each connection that is cut because it said nothing. */
  readonly onSilent?: (() => void) | undefined;
  /** The libzmq to use; default: as the loader finds it. */
  readonly library?: NativeLibrary | undefined;
}

/** What a broker has counted of the plain dialect since it was opened. */
export interface BrokerCounts {
  /** Messages received, refused ones included. */
  received: number;
  /** Answers that libzmq took for delivery. */
  answered: number;
  /** Answers not delivered: the peer was gone, or its queue full. */
  undelivered: number;
  /** Messages not answered as usual: `refused`, `taken` and `misspoken`. */
  refused: number;
}

/** Which of the sockets that are waited for is the monitor's. */
const monitorIndex = 0;

/** A peer whose connection has ended is given up after so many turns, even if messages never pause. */
const turnsUntilGivenUp = 25;

/**
 * Routes between peers that speak callsign/1 (docs/protocol.md), and answers all others with their
 * own frames, the first prefixed by `ACK: `.
 */
export class Broker {
  /** Where it listens, with the real port where `*` was asked for. */
  readonly endpoints: readonly string[];
  /** What it has counted of the plain dialect; {@linkcode Broker.report} tells the rest. */
  readonly counts: BrokerCounts = { received: 0, answered: 0, undelivered: 0, refused: 0 };

  readonly #options: BrokerOptions;
  readonly #context: Context;
  readonly #router: Socket;
  readonly #monitor: Monitor;
  readonly #accepted: AcceptedConnections;
  readonly #readiness: Readiness;
  readonly #lingerMs: number;
  readonly #pool: MessagePool;
  readonly #intake: Intake;
  readonly #rest: Message;
  readonly #echo: Echo;
  readonly #wire: RouterWire;
  readonly #core: Switchboard;
  #turnsBehind = 0;
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
    this.#options = options;
    this.#lingerMs = options.lingerMs ?? limits.lingerMs;
    this.#context = new Context(options.library);
    const { library } = this.#context;
    this.#accepted = new AcceptedConnections(library);
    let monitor: Monitor | undefined;
    try {
      this.#router = this.#openRouter();
      // Before the first connection, or its descriptor would never be known.
      const watching = new Monitor(this.#context, this.#router);
      monitor = watching;
      const bind = options.bind ?? [limits.defaultBind];
      this.endpoints = bind.map((endpoint) => watching.bind(endpoint));
      this.#readiness = new Readiness(this.#context.poller, [monitor.socket, this.#router]);
    } catch (error) {
      monitor?.close();
      void this.#context.close();
      throw error;
    }
    this.#monitor = monitor;
    this.#pool = new MessagePool(library);
    this.#rest = this.#pool.take();
    this.#intake = new Intake(this.#router, this.#pool);
    this.#echo = new Echo(this.#router, this.#intake, this.#rest);
    this.#wire = new RouterWire({
      router: this.#router,
      intake: this.#intake,
      pool: this.#pool,
      accepted: this.#accepted,
      refresh: () => this.#readEvents(),
    });
    this.#core = new Switchboard(settingsOf(options), this.#wire, performance.now(), options);
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

  /** What was counted, and how much there is now; what STATS answers. */
  report(): Report {
    return this.#core.report();
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

  #openRouter(): Socket {
    return this.#context.socket("router", {
      routerMandatory: true,
      linger: this.#lingerMs,
      maxMessageSize: this.#options.maxMessageBytes ?? limits.messageBytesMax,
      backlog: limits.backlog,
      handshakeInterval: limits.handshakeMs,
      heartbeatInterval: limits.heartbeatMs,
    });
  }

  async #serve(): Promise<void> {
    if (this.#closing !== undefined) return;
    while (!this.#stopping) {
      this.#work();
      const dueMs = this.#core.nextDueMs - performance.now();
      const waitMs = Math.max(0, Math.min(dueMs, limits.tickMs));
      if (!this.#readiness.waitHere(waitMs)) await this.#readiness.wait(waitMs);
    }
    // What had arrived is answered, but peers that never pause do not keep us.
    const endMs = performance.now() + this.#lingerMs;
    while (this.#router.readable && performance.now() < endMs) {
      this.#work();
      await this.#readiness.wait(0);
    }
  }

  async #end(): Promise<void> {
    this.stop();
    await this.#running;
    this.#core.close();
    this.#monitor.close();
    this.#rest.close();
    this.#intake.close();
    this.#wire.close();
    this.#pool.close();
    await this.#context.close();
  }

  /** One turn: what has happened to connections, then messages, then what is due. */
  #work(): void {
    this.#core.tick(performance.now());
    if (this.#readiness.isSignalled(monitorIndex)) this.#readEvents();
    const isDrained = this.#receiveAll();
    this.#turnsBehind = isDrained ? 0 : this.#turnsBehind + 1;
    if (isDrained || this.#turnsBehind > turnsUntilGivenUp) this.#core.caughtUp();
  }

  #readEvents(): void {
    for (;;) {
      const event = this.#monitor.read();
      if (event === undefined) return;
      if (event.name === "accepted") {
        this.#accepted.add(event.value);
        this.#core.accepted(event.value);
      } else if (event.name === "disconnected") {
        this.#accepted.delete(event.value);
        this.#core.disconnected(event.value);
      }
    }
  }

  /** Takes what is there, as long as the turn lasts; returns whether that was all. */
  #receiveAll(): boolean {
    let count = 0;
    for (;;) {
      const arrival = this.#intake.receive();
      if (arrival === "nothing") return true;
      if (arrival === "callsign") {
        this.#core.receive(this.#intake);
        this.#intake.clear();
      } else {
        this.#takePlain(arrival);
      }
      if (++count % limits.messagesPerClock === 0 && this.#readiness.turnIsOver) return false;
    }
  }

  #takePlain(arrival: Arrival): void {
    const { onExchange, onUndelivered } = this.#options;
    this.counts.received++;
    const frames: PayloadFrame[] | undefined = onExchange === undefined ? undefined : [];
    const verdict = arrival === "plain" ? this.#core.receivePlain(this.#intake) : "refused";
    let outcome: AnswerOutcome;
    if (verdict === "answer" || verdict === "unsure") {
      outcome = this.#echo.answer(frames);
      if (verdict === "unsure") this.#core.answeredPlain(this.#intake, outcome !== "unreachable");
      if (outcome === "sent") this.counts.answered++;
      else this.counts.undelivered++;
    } else {
      outcome = verdict;
      this.counts.refused++;
      this.#echo.skip(frames);
    }
    if (onExchange === undefined && (outcome === "sent" || onUndelivered === undefined)) return;
    const identity = this.#identity();
    onExchange?.({ identity, frames: frames ?? [], outcome });
    if (outcome !== "sent") onUndelivered?.(identity, outcome);
  }

  #identity(): Uint8Array {
    const { identity, identityLength } = this.#intake;
    return identity.slice(0, identityLength);
  }
}

function settingsOf(options: BrokerOptions): RoutingSettings {
  return {
    broker: randomWord(16),
    version,
    duplicates: options.duplicates ?? "refuse",
    registerWithinMs: options.registerWithinMs ?? limits.registerWithinMs,
    heartbeatMs: options.heartbeatMs ?? limits.heartbeatIntervalMs,
    goneAfterMs: options.goneAfterMs ?? limits.goneAfterMs,
    limitMs: options.limitMs ?? limits.messageLimitMs,
    limitMsMax: limits.messageLimitMsMax,
    messageBytes: options.maxMessageBytes ?? limits.messageBytesMax,
    queueMessages: options.queueMessages ?? limits.queueMessagesMax,
    queueBytes: options.queueBytes ?? limits.queueBytesMax,
    heldMessages: options.heldMessages ?? limits.heldMessagesMax,
    heldBytes: options.heldBytes ?? limits.heldBytesMax,
    openMessages: options.openMessages ?? limits.openMessagesMax,
  };
}

if (import.meta.main) void import("./main.ts").then(({ runProgram }) => runProgram("broker"));
