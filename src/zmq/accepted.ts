/**
 * The connections a listening socket has accepted, by descriptor, and how to cut one.
 *
 * @module
 */

import type { NativeLibrary } from "../ffi/native.ts";

/** `SHUT_RDWR` of `shutdown(2)`, the same on Linux and macOS. */
const SHUT_RDWR = 2;

/** Room for any `struct sockaddr`. */
const addressBytes = 128;

/** One connection. */
interface Accepted {
  /** The peer's address as the kernel has it; empty where it could not be read. */
  readonly address: Uint8Array;
}

/**
 * Cuts connections by their descriptor, `shutdown(2)`. libzmq has no call for it; it finds its
 * connection ended and closes it as any other. The descriptor stays libzmq's.
 */
export class AcceptedConnections {
  readonly #library: NativeLibrary;
  readonly #byDescriptor = new Map<number, Accepted>();

  /** Knows of none yet. */
  constructor(library: NativeLibrary) {
    this.#library = library;
  }

  /** Notes a connection that was accepted. */
  add(descriptor: number): void {
    this.#byDescriptor.set(descriptor, { address: this.#addressOf(descriptor) });
  }

  /** Notes that a connection has ended. */
  delete(descriptor: number): void {
    this.#byDescriptor.delete(descriptor);
  }

  /**
   * Cuts the connection that has this descriptor.
   *
   * @param refresh notes what has happened to connections up to now
   * @returns whether it was there to be cut
   */
  cut(descriptor: number, refresh: () => void): boolean {
    const { connection } = this.#library;
    const accepted = this.#byDescriptor.get(descriptor);
    if (connection === undefined || accepted === undefined) return false;
    // The kernel gives a descriptor again as soon as it is free. Only who is still there is cut.
    refresh();
    if (this.#byDescriptor.get(descriptor) !== accepted) return false;
    if (!isSame(this.#addressOf(descriptor), accepted.address)) return false;
    return connection.shutdown(descriptor, SHUT_RDWR) === 0;
  }

  #addressOf(descriptor: number): Uint8Array {
    const address = new Uint8Array(addressBytes);
    const length = new Int32Array([addressBytes]);
    if (this.#library.connection?.getpeername(descriptor, address, length) !== 0) {
      return new Uint8Array(0);
    }
    return address.slice(0, Math.min(length[0] as number, addressBytes));
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
