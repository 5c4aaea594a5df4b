// A peer's socket: it connects, and connects again by itself when its connection ends.

import type { Frames } from "../frames.ts";
import type { Connection, Endpoint } from "../router.ts";
import type { World } from "../world.ts";

/** Who a socket belongs to. */
export interface SocketOwner {
  /** A handshake is done, for the first time or again. */
  opened(): void;
  received(frames: Frames): void;
  /** The connection ended; the socket will try again. */
  closed(): void;
}

/** DEALER, REQ, or, without a type, a connection that never shakes hands. */
export type SocketType = "DEALER" | "REQ" | "";

/** One socket with one identity. */
export class Socket {
  readonly identity: Uint8Array;
  readonly #world: World;
  readonly #type: SocketType;
  readonly #owner: SocketOwner;
  #connection: Connection | undefined;
  #isOpen = false;
  #isClosed = false;

  constructor(world: World, identity: Uint8Array, type: SocketType, owner: SocketOwner) {
    this.#world = world;
    this.identity = identity;
    this.#type = type;
    this.#owner = owner;
    this.#connect();
  }

  /** The connection it has now. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Whether its handshake is done, and it has not heard of an end. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(frames: Frames): void {
    if (this.#connection !== undefined && this.#isOpen) {
      this.#world.router.send(this.#connection, frames);
    }
  }

  /** Ends it for good. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isOpen = false;
    const connection = this.#connection;
    // A dead machine's connection stays until the other side gives it up.
    if (connection !== undefined && !connection.isFrozen) this.#world.router.end(connection);
  }

  #connect(): void {
    const { agenda, broker, random, router } = this.#world;
    if (this.#isClosed) return;
    if (!broker.isUp) {
      agenda.after(random.ms(20, 200), () => this.#connect());
      return;
    }
    const endpoint: Endpoint = {
      opened: () => {
        if (this.#isClosed || this.#connection?.endpoint !== endpoint) return;
        this.#isOpen = true;
        this.#owner.opened();
      },
      received: (frames) => {
        if (!this.#isClosed) this.#owner.received(frames);
      },
      closed: () => {
        // Of a connection that was given up its end means nothing any more.
        if (this.#isClosed || this.#connection?.endpoint !== endpoint) return;
        this.#connection = undefined;
        this.#isOpen = false;
        this.#owner.closed();
        // What the owner did may have closed this socket.
        agenda.after(random.ms(1, 150), () => this.#connect());
      },
    };
    this.#connection = router.connect(endpoint, this.identity, this.#type);
  }
}
