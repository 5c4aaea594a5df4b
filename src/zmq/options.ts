/**
 * Socket and context options: one row each, so that another option is another row.
 *
 * @module
 */

/**
 * How libzmq keeps an option: `int` and `bool` are a C int, `int64` and `uint64` eight bytes, `bytes`
 * any bytes, `text` a string that ends in NUL when it is read, `fd` the system's descriptor.
 */
export type OptionKind = "int" | "bool" | "int64" | "uint64" | "bytes" | "text" | "fd";

/** What is known of one option. */
export interface Option {
  /** The number of `zmq.h`. */
  readonly number: number;
  /** How libzmq keeps it. */
  readonly kind: OptionKind;
  /** `r` can be read, `w` written. */
  readonly access: "r" | "w" | "rw";
  /** The unit of its value, when it has one. */
  readonly unit?: "ms" | "bytes" | "messages" | "s" | "kbit/s";
  /** The libzmq version that brought it; everything without one is in 4.0. */
  readonly since?: string;
}

/** Socket options by name; libzmq's own names are these in capitals after `ZMQ_`. */
export const socketOptions = {
  affinity: { number: 4, kind: "uint64", access: "rw" },
  routingId: { number: 5, kind: "bytes", access: "rw" },
  subscribe: { number: 6, kind: "bytes", access: "w" },
  unsubscribe: { number: 7, kind: "bytes", access: "w" },
  receiveMore: { number: 13, kind: "bool", access: "r" },
  fd: { number: 14, kind: "fd", access: "r" },
  events: { number: 15, kind: "int", access: "r" },
  type: { number: 16, kind: "int", access: "r" },
  linger: { number: 17, kind: "int", access: "rw", unit: "ms" },
  reconnectInterval: { number: 18, kind: "int", access: "rw", unit: "ms" },
  backlog: { number: 19, kind: "int", access: "rw" },
  reconnectIntervalMax: { number: 21, kind: "int", access: "rw", unit: "ms" },
  maxMessageSize: { number: 22, kind: "int64", access: "rw", unit: "bytes" },
  sendHighWaterMark: { number: 23, kind: "int", access: "rw", unit: "messages" },
  receiveHighWaterMark: { number: 24, kind: "int", access: "rw", unit: "messages" },
  lastEndpoint: { number: 32, kind: "text", access: "r" },
  routerMandatory: { number: 33, kind: "bool", access: "w" },
  tcpKeepalive: { number: 34, kind: "int", access: "rw" },
  immediate: { number: 39, kind: "bool", access: "rw" },
  ipv6: { number: 42, kind: "bool", access: "rw" },
  probeRouter: { number: 51, kind: "bool", access: "w" },
  requestCorrelate: { number: 52, kind: "bool", access: "w" },
  requestRelaxed: { number: 53, kind: "bool", access: "w" },
  zapDomain: { number: 55, kind: "text", access: "rw" },
  routerHandover: { number: 56, kind: "bool", access: "w", since: "4.1" },
  handshakeInterval: { number: 66, kind: "int", access: "rw", unit: "ms", since: "4.1" },
  heartbeatInterval: { number: 75, kind: "int", access: "rw", unit: "ms", since: "4.2" },
  heartbeatTimeToLive: { number: 76, kind: "int", access: "rw", unit: "ms", since: "4.2" },
  heartbeatTimeout: { number: 77, kind: "int", access: "rw", unit: "ms", since: "4.2" },
} as const;

/** The name of a socket option. */
export type SocketOption = keyof typeof socketOptions;

type KindOf<O extends SocketOption> = (typeof socketOptions)[O]["kind"];

interface ValueOfKind {
  int: number;
  bool: boolean;
  int64: number;
  uint64: number;
  bytes: Uint8Array;
  text: string;
  fd: number;
}

/** The JavaScript type of an option's value. */
export type SocketOptionValue<O extends SocketOption> = ValueOfKind[KindOf<O>];

/** Socket options that can be read. */
export type ReadableOption = {
  [O in SocketOption]: (typeof socketOptions)[O]["access"] extends "w" ? never : O;
}[SocketOption];

/** Socket options that can be written. */
export type WritableOption = {
  [O in SocketOption]: (typeof socketOptions)[O]["access"] extends "r" ? never : O;
}[SocketOption];

/** Values for the options of a socket, set in one go; all but a few count from the next bind on. */
export type SocketOptionValues = {
  readonly [O in WritableOption]?: SocketOptionValue<O> | undefined;
};

/** Context options by name. */
export const contextOptions = {
  ioThreads: { number: 1, kind: "int", access: "rw" },
  maxSockets: { number: 2, kind: "int", access: "rw" },
  blocky: { number: 70, kind: "bool", access: "rw", since: "4.2" },
} as const;

/** The name of a context option. */
export type ContextOption = keyof typeof contextOptions;
