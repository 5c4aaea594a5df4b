/**
 * A ZeroMQ socket whose every call returns at once.
 *
 * @module
 */

import type { NativeLibrary, Pointer } from "../ffi/native.ts";
import { allMonitorEvents, DONTWAIT, POLLIN, SNDMORE, type SocketType } from "./constants.ts";
import { socketTypes } from "./constants.ts";
import { checkEndpoint, isIpv6, isWildcard } from "./endpoint.ts";
import { EAGAIN, EINTR, errorOf, isUnreachable, lastError } from "./errors.ts";
import { cString } from "./memory.ts";
import type { Message } from "./message.ts";
import { decodeValue, encodeValue, valueBytes } from "./option_value.ts";
import {
  type Option,
  type ReadableOption,
  socketOptions,
  type SocketOptionValue,
  type SocketOptionValues,
  type WritableOption,
} from "./options.ts";

/**
 * How a send ended: `sent` means that libzmq has taken the frame; `full` that the peer's queue, or
 * every peer's, is full, or that there is no peer (EAGAIN); `unreachable` that a ROUTER knows no
 * peer of that identity (EHOSTUNREACH).
 */
export type SendResult = "sent" | "full" | "unreachable";

/** What {@linkcode Socket.receiveInto} and {@linkcode Socket.receive} answer when nothing is there. */
export const nothing = -1;

/** A signal came during the call, which did nothing: it is made again. */
const interrupted = -2;

/**
 * A socket, `zmq_socket`. Belongs to the thread that made it; made by {@linkcode Context.socket}.
 *
 * Its descriptor is edge-triggered: after any call here, look at {@linkcode Socket.readable} and
 * receive until it is false before waiting.
 */
export class Socket {
  /** The kind of socket. */
  readonly type: SocketType;

  readonly #library: NativeLibrary;
  readonly #zmq: NativeLibrary["zmq"];
  readonly #size: NativeLibrary["size"];
  readonly #onClose: (socket: Socket) => void;
  readonly #int = new Int32Array(1);
  readonly #intLength = new BigUint64Array([4n]);
  #isDrained = false;
  #pointer: Pointer | null;

  /**
   * @param context the `void *` of the context
   * @param onClose told once, when the socket is closed
   * @throws {ZmqError} EMFILE at the limit of sockets or descriptors, ETERM on a closed context
   */
  constructor(
    library: NativeLibrary,
    context: Pointer,
    type: SocketType,
    onClose: (socket: Socket) => void,
  ) {
    this.type = type;
    this.#library = library;
    this.#zmq = library.zmq;
    this.#size = library.size;
    this.#onClose = onClose;
    this.#pointer = this.#zmq.zmq_socket(context, socketTypes[type]);
    if (this.#pointer === null) throw lastError(library, "open", `${type} socket`);
  }

  /**
   * Whether the last call on the socket found nothing to receive. Until the next call, its descriptor
   * then tells of everything that comes; otherwise {@linkcode Socket.readable} must be asked.
   */
  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** Whether {@linkcode Socket.close} was called. */
  get closed(): boolean {
    return this.#pointer === null;
  }

  /** Sets options, in the order given. Throws as {@linkcode Socket.set}. */
  configure(values: SocketOptionValues): void {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined) this.set(name as WritableOption, value as never);
    }
  }

  /**
   * Sets an option, `zmq_setsockopt`.
   *
   * @throws {ZmqError} EINVAL for a value out of range or an option this libzmq lacks, ENOTSOCK on a
   *   closed socket
   */
  set<O extends WritableOption>(name: O, value: SocketOptionValue<O>): void {
    const { number, kind }: Option = socketOptions[name];
    const bytes = encodeValue(kind, value);
    this.#isDrained = false;
    if (this.#zmq.zmq_setsockopt(this.#pointer, number, bytes, this.#size(bytes.length)) !== 0) {
      throw lastError(this.#library, "set option", name);
    }
  }

  /**
   * Reads an option, `zmq_getsockopt`.
   *
   * @throws {ZmqError} EINVAL for an option this libzmq lacks, ENOTSOCK on a closed socket
   */
  get<O extends ReadableOption>(name: O): SocketOptionValue<O> {
    const { number, kind }: Option = socketOptions[name];
    const bytes = new Uint8Array(valueBytes(kind));
    const length = new BigUint64Array([BigInt(bytes.length)]);
    this.#isDrained = false;
    if (this.#zmq.zmq_getsockopt(this.#pointer, number, bytes, length) !== 0) {
      throw lastError(this.#library, "read option", name);
    }
    return decodeValue(kind, bytes.subarray(0, Number(length[0]))) as SocketOptionValue<O>;
  }

  /**
   * Whether a message can be received now: `ZMQ_EVENTS`, which also lets libzmq do its housekeeping.
   *
   * @throws {ZmqError} ENOTSOCK on a closed socket
   */
  get readable(): boolean {
    const isReadable = (this.#readInt("events") & POLLIN) !== 0;
    this.#isDrained = !isReadable;
    return isReadable;
  }

  /**
   * Whether more frames of the message follow the one received last, `ZMQ_RCVMORE`: for frames received
   * by {@linkcode Socket.receiveInto}; a {@linkcode Message} tells itself.
   *
   * @throws {ZmqError} ENOTSOCK on a closed socket
   */
  get hasMore(): boolean {
    return this.#readInt("receiveMore") !== 0;
  }

  /**
   * Listens at an endpoint, `zmq_bind`.
   *
   * @param endpoint such as `tcp://127.0.0.1:5555`; port `*` takes any free one
   * @returns the endpoint as given, with the real address where it left a choice to the system
   * @throws {EndpointError} for an endpoint that cannot be
   * @throws {ZmqError} EADDRINUSE, EADDRNOTAVAIL, EACCES, ENODEV for a host that is not here, ENOENT
   *   without the directory of an ipc path
   */
  bind(endpoint: string): string {
    checkEndpoint(endpoint, "bind");
    this.#isDrained = false;
    if (isIpv6(endpoint)) this.set("ipv6", true);
    if (this.#zmq.zmq_bind(this.#pointer, cString(endpoint)) !== 0) {
      throw lastError(this.#library, "bind", endpoint);
    }
    return isWildcard(endpoint) ? this.get("lastEndpoint") : endpoint;
  }

  /**
   * Connects to an endpoint, `zmq_connect`. Answers before there is a connection, and goes on trying.
   *
   * @throws {EndpointError} for an endpoint that cannot be
   * @throws {ZmqError} ENAMETOOLONG for an ipc path, ENOCOMPATPROTO, EPROTONOSUPPORT
   */
  connect(endpoint: string): void {
    checkEndpoint(endpoint, "connect");
    this.#isDrained = false;
    if (isIpv6(endpoint)) this.set("ipv6", true);
    if (this.#zmq.zmq_connect(this.#pointer, cString(endpoint)) !== 0) {
      throw lastError(this.#library, "connect", endpoint);
    }
  }

  /**
   * Sends one frame copied from `buffer`, `zmq_send`.
   *
   * @param length how many bytes of it
   * @param more whether more frames of the same message follow
   * @throws {ZmqError} EFSM for a REQ or REP out of turn, ETERM, ENOTSOCK
   */
  send(buffer: Uint8Array, length: number, more: boolean): SendResult {
    const flags = more ? DONTWAIT | SNDMORE : DONTWAIT;
    this.#isDrained = false;
    for (;;) {
      if (this.#zmq.zmq_send(this.#pointer, buffer, this.#size(length), flags) >= 0) return "sent";
      const result = this.#notSent();
      if (result !== interrupted) return result;
    }
  }

  /**
   * Sends one frame and leaves `message` empty, `zmq_msg_send`. When it is not sent, the message
   * keeps its content. Throws as {@linkcode Socket.send}.
   */
  sendMessage(message: Message, more: boolean): SendResult {
    const flags = more ? DONTWAIT | SNDMORE : DONTWAIT;
    this.#isDrained = false;
    for (;;) {
      if (this.#zmq.zmq_msg_send(message.struct, this.#pointer, flags) >= 0) return "sent";
      const result = this.#notSent();
      if (result !== interrupted) return result;
    }
  }

  /**
   * Receives one frame into `buffer`, `zmq_recv`; what does not fit is lost.
   *
   * @returns the frame's whole length, which may be more than the buffer's, or {@linkcode nothing}
   * @throws {ZmqError} EFSM for a REQ or REP out of turn, ETERM, ENOTSOCK
   */
  receiveInto(buffer: Uint8Array): number {
    this.#isDrained = false;
    for (;;) {
      const size = this.#zmq.zmq_recv(this.#pointer, buffer, this.#size(buffer.length), DONTWAIT);
      if (size >= 0) return size;
      if (this.#notReceived() !== interrupted) return nothing;
    }
  }

  /**
   * Receives one frame into `message`, `zmq_msg_recv`, giving back what it held before.
   *
   * @returns the frame's length, or {@linkcode nothing}; throws as {@linkcode Socket.receiveInto}
   */
  receive(message: Message): number {
    this.#isDrained = false;
    for (;;) {
      const size = this.#zmq.zmq_msg_recv(message.struct, this.#pointer, DONTWAIT);
      if (size >= 0) return size;
      if (this.#notReceived() !== interrupted) return nothing;
    }
  }

  /**
   * Reports what happens to the socket's connections to a PAIR at `endpoint`, `zmq_socket_monitor`.
   *
   * @param endpoint an `inproc://` address, or undefined to stop
   * @throws {ZmqError} EADDRINUSE for an endpoint in use, ETERM, ENOTSOCK
   */
  reportTo(endpoint: string | undefined): void {
    const address = endpoint === undefined ? null : cString(endpoint);
    this.#isDrained = false;
    const rc = this.#zmq.zmq_socket_monitor(this.#pointer, address, allMonitorEvents);
    if (rc !== 0) throw lastError(this.#library, "monitor", endpoint);
  }

  /** Closes the socket, `zmq_close`; what it has still to send goes on for its linger time. */
  close(): void {
    const pointer = this.#pointer;
    if (pointer === null) return;
    this.#pointer = null;
    this.#zmq.zmq_close(pointer);
    this.#onClose(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads an option without an object for it: this is asked for every message. */
  #readInt(name: "events" | "receiveMore"): number {
    this.#isDrained = false;
    const { number } = socketOptions[name];
    while (this.#zmq.zmq_getsockopt(this.#pointer, number, this.#int, this.#intLength) !== 0) {
      const errno = this.#zmq.zmq_errno();
      if (errno !== EINTR) throw errorOf(this.#library, errno, "read option", name);
    }
    return this.#int[0] as number;
  }

  #notSent(): SendResult | typeof interrupted {
    const errno = this.#zmq.zmq_errno();
    if (errno === EAGAIN) return "full";
    if (errno === EINTR) return interrupted;
    if (isUnreachable(errno)) return "unreachable";
    throw errorOf(this.#library, errno, "send");
  }

  #notReceived(): typeof nothing | typeof interrupted {
    const errno = this.#zmq.zmq_errno();
    if (errno === EINTR) return interrupted;
    this.#isDrained = true;
    if (errno === EAGAIN) return nothing;
    throw errorOf(this.#library, errno, "receive");
  }
}
