/**
 * The C functions callsign calls, as data: one neutral table from which both runtimes are derived.
 *
 * Each row is written beside its C declaration; `tests/ffi/symbols_test.ts` compares the table with
 * the installed `zmq.h`. Pointers are `pointer` when libzmq gave them to us and `buffer` when they
 * are the address of a typed array of ours.
 *
 * @module
 */

/** A C type in neutral words; `buffer` is the address of a typed array, valid for the call only. */
export type NativeType = "void" | "i32" | "i64" | "usize" | "pointer" | "buffer";

/** The C types a function can return here. */
export type NativeResult = "void" | "i32" | "usize" | "pointer";

/** One C function: its parameters in order and its result. */
export interface NativeFunction {
  readonly parameters: readonly Exclude<NativeType, "void">[];
  readonly result: NativeResult;
}

/** Functions by their C name. */
export type NativeTable = Readonly<Record<string, NativeFunction>>;

/** Enough of libzmq to ask for its version before anything else is trusted. */
export const versionFunctions = {
  zmq_version: {
    parameters: [
      "buffer", // int *major
      "buffer", // int *minor
      "buffer", // int *patch
    ],
    result: "void",
  },
} as const;

/** The libzmq functions used, `zmq.h` of 4.3. */
export const zmqFunctions = {
  zmq_errno: { parameters: [], result: "i32" },
  zmq_ctx_term: {
    parameters: [
      "pointer", // void *context
    ],
    result: "i32",
  },
  zmq_strerror: {
    parameters: [
      "i32", // int errnum
    ],
    result: "pointer", // const char *
  },
  zmq_has: {
    parameters: [
      "buffer", // const char *capability
    ],
    result: "i32",
  },

  zmq_ctx_new: { parameters: [], result: "pointer" },
  zmq_ctx_set: {
    parameters: [
      "pointer", // void *context
      "i32", // int option
      "i32", // int optval
    ],
    result: "i32",
  },
  zmq_ctx_get: {
    parameters: [
      "pointer", // void *context
      "i32", // int option
    ],
    result: "i32",
  },

  zmq_socket: {
    parameters: [
      "pointer", // void *context
      "i32", // int type
    ],
    result: "pointer",
  },
  zmq_close: {
    parameters: [
      "pointer", // void *socket
    ],
    result: "i32",
  },
  zmq_setsockopt: {
    parameters: [
      "pointer", // void *socket
      "i32", // int option
      "buffer", // const void *optval
      "usize", // size_t optvallen
    ],
    result: "i32",
  },
  zmq_getsockopt: {
    parameters: [
      "pointer", // void *socket
      "i32", // int option
      "buffer", // void *optval
      "buffer", // size_t *optvallen
    ],
    result: "i32",
  },
  zmq_bind: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const char *endpoint
    ],
    result: "i32",
  },
  zmq_unbind: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const char *endpoint
    ],
    result: "i32",
  },
  zmq_connect: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const char *endpoint
    ],
    result: "i32",
  },
  zmq_disconnect: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const char *endpoint
    ],
    result: "i32",
  },
  zmq_send: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const void *buf
      "usize", // size_t len
      "i32", // int flags
    ],
    result: "i32",
  },
  zmq_recv: {
    parameters: [
      "pointer", // void *socket
      "buffer", // void *buf
      "usize", // size_t len
      "i32", // int flags
    ],
    result: "i32",
  },
  zmq_socket_monitor: {
    parameters: [
      "pointer", // void *socket
      "buffer", // const char *endpoint
      "i32", // int events
    ],
    result: "i32",
  },

  zmq_msg_init: {
    parameters: [
      "buffer", // zmq_msg_t *msg
    ],
    result: "i32",
  },
  zmq_msg_close: {
    parameters: [
      "buffer", // zmq_msg_t *msg
    ],
    result: "i32",
  },
  zmq_msg_copy: {
    parameters: [
      "buffer", // zmq_msg_t *dest
      "buffer", // zmq_msg_t *src
    ],
    result: "i32",
  },
  zmq_msg_send: {
    parameters: [
      "buffer", // zmq_msg_t *msg
      "pointer", // void *socket
      "i32", // int flags
    ],
    result: "i32",
  },
  zmq_msg_recv: {
    parameters: [
      "buffer", // zmq_msg_t *msg
      "pointer", // void *socket
      "i32", // int flags
    ],
    result: "i32",
  },
  zmq_msg_data: {
    parameters: [
      "buffer", // zmq_msg_t *msg
    ],
    result: "pointer",
  },
  zmq_msg_size: {
    parameters: [
      "buffer", // const zmq_msg_t *msg
    ],
    result: "usize",
  },
  zmq_msg_more: {
    parameters: [
      "buffer", // const zmq_msg_t *msg
    ],
    result: "i32",
  },
  zmq_msg_get: {
    parameters: [
      "buffer", // const zmq_msg_t *msg
      "i32", // int property
    ],
    result: "i32",
  },
  zmq_msg_gets: {
    parameters: [
      "buffer", // const zmq_msg_t *msg
      "buffer", // const char *property
    ],
    result: "pointer", // const char *
  },
} as const;

/** Copying out of C. */
export const memoryFunctions = {
  memcpy: {
    parameters: [
      "buffer", // void *dest
      "pointer", // const void *src
      "usize", // size_t n
    ],
    result: "pointer",
  },
  strlen: {
    parameters: [
      "pointer", // const char *s
    ],
    result: "usize",
  },
} as const;

/**
 * What waiting needs of POSIX: a short look at descriptors, the pipe through which a long `poll(2)`
 * under way is called back, and writing without waiting.
 */
export const waitFunctions = {
  poll: {
    parameters: [
      "buffer", // struct pollfd *fds
      "usize", // nfds_t nfds
      "i32", // int timeout, ms
    ],
    result: "i32",
  },
  pipe: {
    parameters: [
      "buffer", // int pipefd[2]
    ],
    result: "i32",
  },
  open: {
    parameters: [
      "buffer", // const char *pathname
      "i32", // int flags; no mode: nothing is created
    ],
    result: "i32",
  },
  read: {
    parameters: [
      "i32", // int fd
      "buffer", // void *buf
      "usize", // size_t count
    ],
    result: "i32",
  },
  write: {
    parameters: [
      "i32", // int fd
      "buffer", // const void *buf
      "usize", // size_t count
    ],
    result: "i32",
  },
  close: {
    parameters: [
      "i32", // int fd
    ],
    result: "i32",
  },
} as const;

/** Of the connections that libzmq has accepted: whose one is, and how to end it. */
export const connectionFunctions = {
  getpeername: {
    parameters: [
      "i32", // int sockfd
      "buffer", // struct sockaddr *addr
      "buffer", // socklen_t *addrlen
    ],
    result: "i32",
  },
  shutdown: {
    parameters: [
      "i32", // int sockfd
      "i32", // int how
    ],
    result: "i32",
  },
} as const;

/** What may take long, and so is bound beside the JavaScript thread as well (`native.ts`). */
export const contextFunctions = {
  zmq_ctx_term: {
    parameters: [
      "pointer", // void *context
    ],
    result: "i32",
  },
} as const;
