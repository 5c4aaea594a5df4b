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
  /**
   * Whether messages of an earlier connection with this descriptor may still be unread. Nobody can tell
   * them from its own: a message knows only the number.
   */
  isUnsure = false;

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
  /** Descriptors of connections that have ended, messages of which may still be unread. */
  readonly #unread = new Set<number>();

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
    connection.isUnsure = this.#unread.has(descriptor);
    this.#byDescriptor.set(descriptor, connection);
    return connection;
  }

  /** The end of one; undefined when it was not known. */
  disconnected(descriptor: number): Connection | undefined {
    const connection = this.#byDescriptor.get(descriptor);
    if (connection === undefined) return undefined;
    this.#byDescriptor.delete(descriptor);
    connection.hasEnded = true;
    this.#unread.add(descriptor);
    if (connection.session !== undefined) this.#ended.push(connection);
    return connection;
  }

  /**
   * All that had come by connections that have ended was read.
   *
   * @returns those of them that were somebody's
   */
  caughtUp(): readonly Connection[] {
    for (const descriptor of this.#unread) {
      const connection = this.#byDescriptor.get(descriptor);
      if (connection !== undefined) connection.isUnsure = false;
    }
    this.#unread.clear();
    const ended = this.#ended;
    if (ended.length > 0) this.#ended = [];
    return ended;
  }
}
