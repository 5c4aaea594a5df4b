/**
 * What happens to a socket's connections, as libzmq reports it.
 *
 * @module
 */

import type { NativeLibrary } from "../ffi/native.ts";
import type { Context } from "./context.ts";
import { type MonitorEventName, monitorEvents } from "./constants.ts";
import { errorOf, ZmqError } from "./errors.ts";
import { Message } from "./message.ts";
import { nothing, type Socket } from "./socket.ts";

/** One event of a socket's connections, `zmq_socket_monitor`. */
export interface MonitorEvent {
  /** Its name; `unknown` for one that a newer libzmq brought. */
  readonly name: MonitorEventName | "unknown";
  /** Its number in `zmq.h`. */
  readonly number: number;
  /**
   * What libzmq tells with it: the descriptor for `connected`, `accepted`, `closed` and
   * `disconnected`; the wait in ms for `connectRetried`; an errno for the failures; the status code
   * for `handshakeFailedAuth`; the protocol error for `handshakeFailedProtocol`.
   */
  readonly value: number;
  /** The endpoint: the one bound on a socket that listens, the one connected to on one that calls. */
  readonly endpoint: string;
}

const namesByNumber: ReadonlyMap<number, MonitorEventName> = new Map(
  Object.entries(monitorEvents).map(([name, number]) => [number, name as MonitorEventName]),
);

const decoder = new TextDecoder();
let lastMonitor = 0;

/**
 * Reads the events of one socket.
 *
 * Drain it first on each turn: libzmq's own thread writes here. The queue has no limit, because at
 * one that thread would wait, and with it every peer (seen after 767 connections).
 */
export class Monitor {
  /** The PAIR that events arrive by; to be waited for beside the socket itself. */
  readonly socket: Socket;

  readonly #library: NativeLibrary;
  readonly #watched: Socket;
  readonly #frame: Message;
  #closed = false;

  /**
   * Begins to watch a socket; events from now on are kept until they are read.
   *
   * @throws {ZmqError} EMFILE at the limit of sockets, ENOTSOCK for a closed one
   */
  constructor(context: Context, watched: Socket) {
    const endpoint = `inproc://callsign-monitor-${++lastMonitor}`;
    watched.reportTo(endpoint);
    this.#library = context.library;
    this.#watched = watched;
    this.socket = context.socket("pair", { receiveHighWaterMark: 0, linger: 0 });
    this.socket.connect(endpoint);
    this.#frame = new Message(context.library);
  }

  /** The next event, or undefined when there is none now. */
  read(): MonitorEvent | undefined {
    if (this.socket.receive(this.#frame) === nothing) return undefined;
    const event = this.#frame.bytes();
    const view = new DataView(event.buffer);
    const number = view.getUint16(0, true);
    const value = view.getInt32(2, true);
    this.socket.receive(this.#frame);
    const endpoint = decoder.decode(this.#frame.bytes());
    return { name: namesByNumber.get(number) ?? "unknown", number, value, endpoint };
  }

  /**
   * Binds the watched socket. While a socket is watched libzmq 4.3 loses the errno of a bind that fails,
   * on its way through telling of it: what it tells is taken instead.
   *
   * @returns and throws as {@linkcode Socket.bind}
   */
  bind(endpoint: string): string {
    try {
      return this.#watched.bind(endpoint);
    } catch (error) {
      const errno = error instanceof ZmqError ? this.#bindErrno() : undefined;
      throw errno === undefined ? error : errorOf(this.#library, errno, "bind", endpoint);
    }
  }

  /** Stops watching. The PAIR goes last: without a reader libzmq's thread would wait on it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#watched.closed) this.#watched.reportTo(undefined);
    this.socket.close();
    this.#frame.close();
  }

  #bindErrno(): number | undefined {
    for (let event = this.read(); event !== undefined; event = this.read()) {
      if (event.name === "bindFailed" && event.value > 0) return event.value;
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
