/**
 * Exit statuses: one table, and the one place that maps an error to a row of it.
 *
 * @module
 */

import { LoadError } from "../ffi/load.ts";
import { ConnectionError } from "../peer/connection_error.ts";
import { PeerError } from "../peer/peer_error.ts";
import type { ErrorCode } from "../protocol/codes.ts";
import { IdentityError } from "../protocol/identity.ts";
import { EndpointError } from "../zmq/endpoint.ts";
import { ZmqError } from "../zmq/errors.ts";
import { UsageError } from "./usage.ts";

/** What each status means; the numbers are those of sysexits.h, timeout(1) and 128 + signal. */
export const exitStatus = {
  done: 0,
  usage: 64,
  badData: 65,
  unavailable: 69,
  bug: 70,
  nameTaken: 73,
  tryAgain: 75,
  denied: 77,
  timedOut: 124,
  cannotStart: 126,
  notFound: 127,
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const;

/** When a program ends with each, for people; of `request` and `doctor` there is more to say. */
export const statusMeanings: readonly (readonly [statuses: string, meaning: string])[] = [
  ["0", "Done"],
  ["any", "request: what the peer's program ended with (128 + n: by signal n)"],
  ["1-8", "doctor: the step that failed"],
  ["64", "The command line, a variable or the config file is wrong"],
  ["65", "What was sent cannot be taken: too large, or no line"],
  ["69", "The broker or the peer cannot be reached, or was lost"],
  ["70", "A bug in callsign"],
  ["73", "Somebody else holds the name"],
  ["75", "Too busy now: try again"],
  ["77", "Not allowed"],
  ["124", "The time has passed"],
  ["126, 127", "worker: its command cannot be started, is not there"],
  ["130, 143", "Ended by SIGINT, SIGTERM"],
  ["141", "Nobody reads stdout any more"],
];

const statusByErrno: Readonly<Record<string, number>> = {
  EACCES: exitStatus.denied,
  EPERM: exitStatus.denied,
  EMFILE: exitStatus.tryAgain,
  ENFILE: exitStatus.tryAgain,
  EINVAL: exitStatus.usage,
  ENAMETOOLONG: exitStatus.usage,
  ENOCOMPATPROTO: exitStatus.usage,
  EPROTONOSUPPORT: exitStatus.usage,
};

const statusByCode: Readonly<Record<ErrorCode, number>> = {
  "bad-message": exitStatus.badData,
  "unknown-verb": exitStatus.unavailable,
  "unknown-version": exitStatus.unavailable,
  "unknown-peer": exitStatus.unavailable,
  "bad-identity": exitStatus.usage,
  "name-taken": exitStatus.nameTaken,
  "superseded": exitStatus.nameTaken,
  "kicked": exitStatus.denied,
  "unreachable": exitStatus.unavailable,
  "not-serving": exitStatus.unavailable,
  "busy": exitStatus.tryAgain,
  "lost": exitStatus.unavailable,
  "timeout": exitStatus.timedOut,
  "expired": exitStatus.timedOut,
  "too-large": exitStatus.badData,
  "duplicate-id": exitStatus.bug,
  "cancelled": exitStatus.unavailable,
  "not-waiting": exitStatus.unavailable,
};

/** The status a program ends with after an error; 70 for what only a bug of ours can cause. */
export function statusOf(error: unknown): number {
  if (error instanceof UsageError) return exitStatus.usage;
  if (error instanceof EndpointError || error instanceof IdentityError) return exitStatus.usage;
  if (error instanceof PeerError) return statusByCode[error.code];
  if (error instanceof LoadError || error instanceof ConnectionError) {
    return error.failure === "denied" ? exitStatus.denied : exitStatus.unavailable;
  }
  if (error instanceof ZmqError) return statusByErrno[error.code] ?? exitStatus.unavailable;
  return exitStatus.bug;
}
