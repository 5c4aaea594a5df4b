// What libzmq's ROUTER does with connections, identities and queues.

import type { WireResult } from "../../src/routing/wire.ts";
import type { Agenda } from "./agenda.ts";
import { type Frames, keyOf } from "./frames.ts";
import type { Random } from "./prng.ts";

/** The peer's end of a connection. */
export interface Endpoint {
  /** The handshake is done: messages can be sent. */
  opened(): void;
  received(frames: Frames): void;
  /** The connection ended, whoever ended it. */
  closed(): void;
}

/** One connection, as it is: the broker may know less. */
export class Connection {
  readonly identity: Uint8Array;
  readonly key: string;
  readonly socketType: string;
  readonly endpoint: Endpoint;
  /** For people to read: the number of a descriptor is used again. */
  readonly number: number;
  descriptor = -1;
  /** An address in memory: free for the next as soon as nothing of this one is left. */
  origin = -1;
  isOpen = true;
  /** Another one had its identity: it is never read. */
  isParked = false;
  /** It owns its identity. */
  isAttached = false;
  /** The router knows that it has ended: nothing can be sent to it. */
  isEndSeen = false;
  /** The broker's core was told that it was accepted. */
  isTold = false;
  /** The core was told that it ended. */
  isEndTold = false;
  /** Nothing passes, in either direction. */
  isFrozen = false;
  /** The peer does not read. */
  isDeaf = false;
  /** When it last stopped or began to read. */
  deafAt: number = -Infinity;
  lastArrivalAt = 0;
  isPumping = false;
  readonly inbox: Frames[] = [];
  readonly outbox: Frames[] = [];

  constructor(number: number, identity: Uint8Array, socketType: string, endpoint: Endpoint) {
    this.number = number;
    this.identity = identity;
    this.key = keyOf(identity);
    this.socketType = socketType;
    this.endpoint = endpoint;
  }

  get address(): string {
    return `10.0.${this.number >> 8 & 255}.${this.number & 255}`;
  }
}

/** What the monitor tells. */
export interface MonitorEvent {
  readonly kind: "accepted" | "disconnected";
  readonly connection: Connection;
}

/** How the network behaves. */
export interface RouterOptions {
  readonly pipeMessages: number;
  readonly latencyMs: number;
}

type Command = { readonly kind: "attach" | "end" | "free"; readonly connection: Connection };

/** One ROUTER with ROUTER_MANDATORY, without ROUTER_HANDOVER. */
export class Router {
  /** Monitor events that nobody has read. */
  readonly events: MonitorEvent[] = [];
  /** Called when there is something to read. */
  onReadable: () => void = () => {};
  /** Connections that are open, by descriptor. */
  readonly connections: Map<number, Connection> = new Map();

  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #options: RouterOptions;
  readonly #owners = new Map<string, Connection>();
  /** What libzmq's own thread has told the broker's, and the broker's has not looked at. */
  #commands: Command[] = [];
  /** Connections with unread messages, in the order of their turns. */
  readonly #turns: Connection[] = [];
  readonly #origins = new Set<number>();
  #count = 0;

  constructor(agenda: Agenda, random: Random, options: RouterOptions) {
    this.#agenda = agenda;
    this.#random = random;
    this.#options = options;
  }

  /** Accepts a connection. Without an identity it gets one; without handshake it stays dumb. */
  connect(endpoint: Endpoint, identity: Uint8Array, socketType: string): Connection {
    const count = this.#count++;
    const own = identity.length > 0 ? identity : Uint8Array.of(0, 0x6b, 0, count >> 8, count & 255);
    const connection = new Connection(count, own, socketType, endpoint);
    const descriptor = lowest(7, (number) => this.connections.has(number));
    connection.descriptor = descriptor;
    connection.origin = lowest(1000, (number) => this.#origins.has(number));
    this.#origins.add(connection.origin);
    this.connections.set(descriptor, connection);
    this.#tell({ kind: "accepted", connection });
    if (socketType !== "") this.#agenda.after(this.#latency(), () => this.#shakeHands(connection));
    return connection;
  }

  /** Sends from a peer to the broker. */
  send(connection: Connection, frames: Frames): void {
    if (!connection.isOpen) return;
    const at = Math.max(connection.lastArrivalAt, this.#agenda.now + this.#latency());
    connection.lastArrivalAt = at;
    this.#agenda.at(at, () => this.#arrive(connection, frames));
  }

  /** Ends a connection: what is on its way is lost, in both directions. */
  end(connection: Connection): void {
    if (!connection.isOpen) return;
    connection.isOpen = false;
    this.connections.delete(connection.descriptor);
    connection.outbox.length = 0;
    this.#tell({ kind: "disconnected", connection });
    this.#command({ kind: "end", connection });
    this.#agenda.after(this.#latency(), () => connection.endpoint.closed());
  }

  /** Starts or stops a peer's reading. */
  setDeaf(connection: Connection, isDeaf: boolean): void {
    connection.isDeaf = isDeaf;
    connection.deafAt = this.#agenda.now;
    this.#pump(connection, 0);
  }

  /** Looks at what libzmq's thread has told: every call on a socket may. */
  processCommands(): void {
    const commands = this.#commands;
    if (commands.length === 0) return;
    this.#commands = [];
    for (const { kind, connection } of commands) {
      if (kind === "attach") this.#attach(connection);
      else if (kind === "end") this.#seeEnd(connection);
      else this.#owners.delete(connection.key);
    }
  }

  get isReadable(): boolean {
    return this.#turns.length > 0;
  }

  /** The next message, a turn for each connection. */
  receive(): { readonly connection: Connection; readonly frames: Frames } | undefined {
    this.processCommands();
    const connection = this.#turns.shift();
    if (connection === undefined) return undefined;
    const frames = connection.inbox.shift() as Frames;
    if (connection.inbox.length > 0) this.#turns.push(connection);
    else if (connection.isEndSeen) this.#free(connection);
    return { connection, frames };
  }

  /** Sends from the broker to whoever owns an identity. */
  push(key: string, frames: Frames): WireResult {
    const result = this.room(key);
    const connection = this.#owners.get(key);
    if (result !== "sent" || connection === undefined) return result;
    // The other end is gone, and this one has not noticed: accepted, and lost.
    if (!connection.isOpen) return "sent";
    connection.outbox.push(frames);
    this.#pump(connection, this.#latency());
    return "sent";
  }

  /** What would become of a message to an identity. */
  room(key: string): WireResult {
    if (this.#random.chance(0.1)) this.processCommands();
    const connection = this.#owners.get(key);
    if (connection === undefined || connection.isEndSeen) return "unreachable";
    return connection.outbox.length >= this.#options.pipeMessages ? "full" : "sent";
  }

  /** Whose an identity is. */
  ownerOf(key: string): Connection | undefined {
    return this.#owners.get(key);
  }

  /** The process is gone: every connection ends, and nobody remembers anything. */
  reset(): void {
    for (const connection of [...this.connections.values()]) this.end(connection);
    this.#owners.clear();
    this.#origins.clear();
    this.#commands = [];
    this.#turns.length = 0;
    this.events.length = 0;
  }

  #latency(): number {
    return this.#random.ms(0, this.#options.latencyMs);
  }

  #tell(event: MonitorEvent): void {
    this.events.push(event);
    this.onReadable();
  }

  #command(command: Command): void {
    this.#commands.push(command);
    this.onReadable();
  }

  #shakeHands(connection: Connection): void {
    if (!connection.isOpen) return;
    this.#command({ kind: "attach", connection });
    connection.endpoint.opened();
  }

  #attach(connection: Connection): void {
    if (this.#owners.has(connection.key)) {
      connection.isParked = true;
      return;
    }
    connection.isAttached = true;
    this.#owners.set(connection.key, connection);
    if (connection.inbox.length > 0) this.#turns.push(connection);
  }

  #seeEnd(connection: Connection): void {
    connection.isEndSeen = true;
    if (connection.inbox.length === 0) this.#free(connection);
  }

  /** The identity is free only after libzmq's thread has agreed. */
  #free(connection: Connection): void {
    this.#origins.delete(connection.origin);
    if (!connection.isAttached) return;
    const command = { kind: "free", connection } as const;
    this.#agenda.after(this.#random.ms(0, 0.5), () => {
      if (this.#owners.get(connection.key) === connection) this.#command(command);
    });
  }

  #arrive(connection: Connection, frames: Frames): void {
    if (!connection.isOpen || connection.isFrozen || connection.isParked) return;
    connection.inbox.push(frames);
    if (!connection.isAttached) return;
    if (connection.inbox.length === 1) this.#turns.push(connection);
    this.onReadable();
  }

  /** Lets the peer read, one message after the other. */
  #pump(connection: Connection, delayMs: number): void {
    if (connection.isPumping) return;
    connection.isPumping = true;
    this.#agenda.after(delayMs, () => {
      connection.isPumping = false;
      if (connection.isDeaf || connection.isFrozen || !connection.isOpen) return;
      const frames = connection.outbox.shift();
      if (frames === undefined) return;
      if (connection.outbox.length > 0) this.#pump(connection, this.#random.ms(0, 0.25));
      connection.endpoint.received(frames);
    });
  }
}

function lowest(from: number, isTaken: (number: number) => boolean): number {
  let number = from;
  while (isTaken(number)) number++;
  return number;
}
