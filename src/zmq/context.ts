/**
 * A ZeroMQ context: where sockets come from, and what ends them all.
 *
 * @module
 */

import { loadLibrary } from "../ffi/load.ts";
import type { NativeLibrary, Pointer } from "../ffi/native.ts";
import type { SocketType } from "./constants.ts";
import { lastError } from "./errors.ts";
import { type ContextOption, contextOptions, type SocketOptionValues } from "./options.ts";
import { learnLayout } from "./message_layout.ts";
import { Poller } from "./poller.ts";
import { Socket } from "./socket.ts";

let loaded: NativeLibrary | undefined;

/** One for the process: whoever shares it waits in one `poll(2)`, and nobody holds up the others. */
function sharedLibrary(): NativeLibrary {
  loaded ??= loadLibrary();
  return loaded;
}

/** A context, `zmq_ctx_new`. One for a process is enough; close it to let the process end cleanly. */
export class Context {
  /** The libzmq that is used. */
  readonly library: NativeLibrary;
  /** What waits for the sockets of this context. */
  readonly poller: Poller;

  readonly #sockets = new Set<Socket>();
  readonly #pointer: Pointer;
  readonly #mayBlock: boolean;
  #closing: Promise<void> | undefined;

  /**
   * @param library default: libzmq as {@linkcode loadLibrary} finds it, loaded once
   * @param mayBlock whether closing may block this thread, which spares the start of another
   * @throws {LoadError} when libzmq cannot be loaded
   * @throws {ZmqError} EMFILE at the limit of descriptors
   */
  constructor(library: NativeLibrary = sharedLibrary(), mayBlock = false) {
    this.library = library;
    this.#mayBlock = mayBlock;
    const pointer = library.zmq.zmq_ctx_new();
    if (pointer === null) throw lastError(library, "open", "context");
    this.#pointer = pointer;
    this.poller = Poller.of(library);
  }

  /** Sockets made and not closed yet. */
  get openSockets(): number {
    return this.#sockets.size;
  }

  /**
   * Sets an option, `zmq_ctx_set`.
   *
   * @throws {ZmqError} EINVAL for a value out of range, or too late: most count before the first
   *   socket only
   */
  set(name: ContextOption, value: number): void {
    if (this.library.zmq.zmq_ctx_set(this.#pointer, contextOptions[name].number, value) !== 0) {
      throw lastError(this.library, "set option", name);
    }
  }

  /**
   * Opens a socket with its options set.
   *
   * @throws {ZmqError} EMFILE at the limit of sockets, ETERM after close; EINVAL for an option
   */
  socket(type: SocketType, options: SocketOptionValues = {}): Socket {
    // Not before: options of the context count from the first socket on. A program that only asks and
    // ends has too few messages for it to pay.
    if (!this.#mayBlock) learnLayout(this.library, this.#pointer);
    const socket = new Socket(
      this.library,
      this.#pointer,
      type,
      (closed) => this.#sockets.delete(closed),
    );
    this.#sockets.add(socket);
    try {
      socket.configure(options);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /**
   * Closes every socket that is still open and ends the context, `zmq_ctx_term`, beside the
   * JavaScript thread: it takes as long as the longest linger of a socket with something to send.
   * May be called again.
   */
  close(): Promise<void> {
    this.#closing ??= this.#terminate();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #terminate(): Promise<void> {
    for (const socket of [...this.#sockets]) socket.close();
    // The only failure left is a signal in between (EINTR), after which it must be asked again.
    const { offThread, zmq } = this.library;
    const terminate = this.#mayBlock ? zmq.zmq_ctx_term : offThread.terminate;
    while (await terminate(this.#pointer) !== 0);
    await this.poller.release();
  }
}
