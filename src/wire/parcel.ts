/**
 * Bodies on their way through the broker: frames that stay with libzmq.
 *
 * @module
 */

import type { NativeLibrary } from "../ffi/native.ts";
import type { Parcel } from "../routing/wire.ts";
import { Message } from "../zmq/message.ts";

/** Frames kept for the next message; more are given back. */
const spareMax = 1024;

/** The frames of one body. */
export class MessageParcel implements Parcel {
  bytes = 0;
  frames = 0;
  /** The first {@linkcode MessageParcel.frames} of them hold the body, unless it was sent. */
  messages: Message[] = [];
  /** Whether its frames hold anything. */
  isFull = false;
}

/** Where frames come from and go back to: none is made for a message that finds a spare one. */
export class MessagePool {
  readonly #library: NativeLibrary;
  readonly #spare: Message[] = [];

  /** Begins without any. */
  constructor(library: NativeLibrary) {
    this.#library = library;
  }

  /** An empty frame. */
  take(): Message {
    return this.#spare.pop() ?? new Message(this.#library);
  }

  /** Gives an empty frame back. */
  give(message: Message): void {
    if (this.#spare.length < spareMax) this.#spare.push(message);
    else message.close();
  }

  /** Closes all that were given back. */
  close(): void {
    for (const message of this.#spare) message.close();
    this.#spare.length = 0;
  }
}
