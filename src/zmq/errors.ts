/**
 * Failures of libzmq as errors: the one place that makes a {@linkcode ZmqError}.
 *
 * @module
 */

import os from "node:os";
import type { NativeLibrary } from "../ffi/native.ts";
import { readText } from "./memory.ts";

/** A call of libzmq that failed. */
export class ZmqError extends Error {
  /** The name of the class. */
  override readonly name = "ZmqError";
  /** The symbolic name of the failure, such as `EADDRINUSE`; `E<number>` when it has none. */
  readonly code: string;
  /** The number `zmq_errno` gave right after the call. */
  readonly errno: number;
  /** What was tried: `bind`, `connect`, `send`… */
  readonly operation: string;

  /** Made by `lastError`; `message` says what could not be done, why, and what to do. */
  constructor(code: string, errno: number, operation: string, message: string) {
    super(message);
    this.code = code;
    this.errno = errno;
    this.operation = operation;
  }
}

// libzmq's own numbers start here, so that they meet none of the system's (ZMQ_HAUSNUMERO).
const zmqBase = 156384712;

// Second names of numbers that libzmq's manual calls by the first.
const aliases = ["EWOULDBLOCK", "EOPNOTSUPP", "EDEADLOCK"];

const codesByErrno: ReadonlyMap<number, string> = new Map([
  ...Object.entries(os.constants.errno)
    .filter(([code]) => !aliases.includes(code))
    .map(([code, errno]) => [errno, code] as const),
  // What Windows lacks, libzmq numbers itself.
  [zmqBase + 1, "ENOTSUP"],
  [zmqBase + 2, "EPROTONOSUPPORT"],
  [zmqBase + 3, "ENOBUFS"],
  [zmqBase + 5, "EADDRINUSE"],
  [zmqBase + 6, "EADDRNOTAVAIL"],
  [zmqBase + 9, "ENOTSOCK"],
  [zmqBase + 17, "EHOSTUNREACH"],
  [zmqBase + 51, "EFSM"],
  [zmqBase + 52, "ENOCOMPATPROTO"],
  [zmqBase + 53, "ETERM"],
  [zmqBase + 54, "EMTHREAD"],
]);

/** `EAGAIN` on this system: nothing to receive, or no room to send. */
export const EAGAIN: number = os.constants.errno.EAGAIN;
/** `EINTR` on this system: a signal came in between. */
export const EINTR: number = os.constants.errno.EINTR;

/** Whether an errno says that the peer named in the first frame is not connected. */
export function isUnreachable(errno: number): boolean {
  return codesByErrno.get(errno) === "EHOSTUNREACH";
}

/** What went wrong, in the words of our users, and what to do about it. */
const explanations: Readonly<Record<string, string>> = {
  "bind EACCES": "permission denied (EACCES); use a port above 1023, or a path you may write to",
  "bind EADDRINUSE":
    "the address is in use (EADDRINUSE); stop the program that holds it, or choose another port",
  "bind EADDRNOTAVAIL":
    "the address is not one of this machine's (EADDRNOTAVAIL); use one that is, or * for all",
  "bind ENODEV":
    "the host cannot be resolved to an address of this machine (ENODEV); use an IP address, the " +
    "name of a network interface, or * for all",
  "bind ENOENT": "the directory of the path does not exist (ENOENT); create it first",
  "ENAMETOOLONG": "the path is too long (ENAMETOOLONG); use one of at most 107 bytes",
  "EMFILE": "too many open files (EMFILE); raise the limit with ulimit -n",
  "EPROTONOSUPPORT":
    "this libzmq was built without the transport (EPROTONOSUPPORT); use tcp:// or ipc://",
  "ENOCOMPATPROTO":
    "the transport cannot carry this type of socket (ENOCOMPATPROTO); use tcp:// or ipc://",
  "ETERM": "the context has been closed (ETERM)",
  "ENOTSOCK": "the socket has been closed (ENOTSOCK)",
};

/**
 * The error for a call that has just failed.
 *
 * Must be called in the same synchronous turn as the failing call, before any other: it reads errno.
 *
 * @param library the library whose call failed
 * @param operation what was tried, one word
 * @param subject what it was tried on, quoted in the message
 */
export function lastError(library: NativeLibrary, operation: string, subject?: string): ZmqError {
  return errorOf(library, library.zmq.zmq_errno(), operation, subject);
}

/** As {@linkcode lastError}, for an errno that was read already. */
export function errorOf(
  library: NativeLibrary,
  errno: number,
  operation: string,
  subject?: string,
): ZmqError {
  const code = codesByErrno.get(errno) ?? `E${errno}`;
  const explanation = explanations[`${operation} ${code}`] ?? explanations[code] ??
    `${readText(library, library.zmq.zmq_strerror(errno))} (${code})`;
  const object = subject === undefined ? "" : ` ${JSON.stringify(subject)}`;
  return new ZmqError(code, errno, operation, `Cannot ${operation}${object}: ${explanation}`);
}
