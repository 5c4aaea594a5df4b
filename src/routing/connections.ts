/**
 * Connections by their descriptors, and which session speaks by which.
 *
 * @module
 */

import type { Session } from "./session.ts";
import { Timer } from "./wheel.ts";

/** One connection, from its acceptance to its end. Its timer cuts it. */
export class Connection extends Timer {
  readonly descriptor: number;
  /** Who speaks by it. */
  session: Session | undefined;
  /** Whether it has ended, though what it brought may still be unread. */
  hasEnded = false;
  /** Whether it is to be cut, though its peer may speak again. */
  isDoomed = false;
  /** The identity of who has spoken by it, let in or not. */
  speaker: Uint8Array | undefined;

  readonly #onDue: (connection: Connection, nowMs: number) => void;

  /** @param onDue told when it is due to be cut, or to be of somebody */
  constructor(descriptor: number, onDue: (connection: Connection, nowMs: number) => void) {
    super();
    this.descriptor = descriptor;
    this.#onDue = onDue;
  }

  override fire(nowMs: number): void {
    this.#onDue(this, nowMs);
  }
}

/**
 * Connections that are there, by descriptor. The kernel gives a descriptor again as soon as it is
 * free, so the connection of a number is the one accepted last.
 */
export class Connections {
  readonly #byDescriptor = new Map<number, Connection>();
  readonly #onDue: (connection: Connection, nowMs: number) => void;
  #ended: Connection[] = [];
  /** Connections that have ended and messages of which may still be unread, by descriptor. */
  readonly #unread = new Map<number, Connection[]>();

  /** @param onDue see {@linkcode Connection} */
  constructor(onDue: (connection: Connection, nowMs: number) => void) {
    this.#onDue = onDue;
  }

  /** How many are there. */
  get size(): number {
    return this.#byDescriptor.size;
  }

  /** The one that has a descriptor now. */
  get(descriptor: number): Connection | undefined {
    return this.#byDescriptor.get(descriptor);
  }

  /** A new one. */
  accepted(descriptor: number): Connection {
    // Its end must have come before; if it was never told of, this is how it is known.
    this.disconnected(descriptor);
    const connection = new Connection(descriptor, this.#onDue);
    this.#byDescriptor.set(descriptor, connection);
    return connection;
  }

  /** The end of one; undefined when it was not known. */
  disconnected(descriptor: number): Connection | undefined {
    const connection = this.#byDescriptor.get(descriptor);
    if (connection === undefined) return undefined;
    this.#byDescriptor.delete(descriptor);
    connection.hasEnded = true;
    const before = this.#unread.get(descriptor);
    if (before === undefined) this.#unread.set(descriptor, [connection]);
    else before.push(connection);
    if (connection.session !== undefined) this.#ended.push(connection);
    return connection;
  }

  /**
   * Whether a message may have come by an earlier connection with the same descriptor: a message knows
   * only the number. A connection is of one identity, so it did not come by one that was another's.
   */
  isUnsure({ descriptor }: Connection, speaker: Uint8Array): boolean {
    const before = this.#unread.get(descriptor);
    return before !== undefined &&
      before.some((connection) =>
        connection.speaker === undefined || isSame(connection.speaker, speaker)
      );
  }

  /**
   * All that had come by connections that have ended was read.
   *
   * @returns those of them that were somebody's
   */
  caughtUp(): readonly Connection[] {
    if (this.#unread.size > 0) this.#unread.clear();
    const ended = this.#ended;
    if (ended.length > 0) this.#ended = [];
    return ended;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
