/**
 * The numbers of `zmq.h` that are not options: socket types, flags, events, properties.
 *
 * @module
 */

/** Socket types, the stable ones, by the name users type. */
export const socketTypes = {
  pair: 0,
  pub: 1,
  sub: 2,
  req: 3,
  rep: 4,
  dealer: 5,
  router: 6,
  pull: 7,
  push: 8,
  xpub: 9,
  xsub: 10,
  stream: 11,
} as const;

/** The name of a socket type. */
export type SocketType = keyof typeof socketTypes;

/** `ZMQ_DONTWAIT`: every call here is made with it, so that none can block the JavaScript thread. */
export const DONTWAIT = 1;
/** `ZMQ_SNDMORE`: more frames of the same message follow. */
export const SNDMORE = 2;

/** `ZMQ_POLLIN`, a bit of the `events` option: a message can be received. */
export const POLLIN = 1;
/** `ZMQ_POLLOUT`, a bit of the `events` option: a message can be sent. */
export const POLLOUT = 2;

/** `ZMQ_SRCFD`, a message property: the descriptor of the connection a frame came by. */
export const SRCFD = 2;

/** Bytes of a `zmq_msg_t`. */
export const messageStructBytes = 64;

/** Monitor events, the stable ones, by number. */
export const monitorEvents = {
  connected: 0x0001,
  connectDelayed: 0x0002,
  connectRetried: 0x0004,
  listening: 0x0008,
  bindFailed: 0x0010,
  accepted: 0x0020,
  acceptFailed: 0x0040,
  closed: 0x0080,
  closeFailed: 0x0100,
  disconnected: 0x0200,
  monitorStopped: 0x0400,
  handshakeFailed: 0x0800,
  handshakeSucceeded: 0x1000,
  handshakeFailedProtocol: 0x2000,
  handshakeFailedAuth: 0x4000,
} as const;

/** The name of a monitor event. */
export type MonitorEventName = keyof typeof monitorEvents;

/** `ZMQ_EVENT_ALL`, as far as it is stable. */
export const allMonitorEvents = 0xffff;
