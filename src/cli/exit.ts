/**
 * Exit statuses: one table, and the one place that maps an error to a row of it.
 *
 * @module
 */

import { LoadError } from "../ffi/load.ts";
import { IdentityError } from "../protocol/identity.ts";
import { ConnectionError } from "../worker.ts";
import { EndpointError } from "../zmq/endpoint.ts";
import { ZmqError } from "../zmq/errors.ts";
import { UsageError } from "./usage.ts";

/** What each status means; the numbers are those of sysexits.h, timeout(1) and 128 + signal. */
export const exitStatus = {
  done: 0,
  usage: 64,
  unavailable: 69,
  bug: 70,
  tryAgain: 75,
  denied: 77,
  interrupted: 130,
  brokenPipe: 141,
  terminated: 143,
} as const;

const statusByCode: Readonly<Record<string, number>> = {
  EACCES: exitStatus.denied,
  EPERM: exitStatus.denied,
  EMFILE: exitStatus.tryAgain,
  ENFILE: exitStatus.tryAgain,
  EINVAL: exitStatus.usage,
  ENAMETOOLONG: exitStatus.usage,
  ENOCOMPATPROTO: exitStatus.usage,
  EPROTONOSUPPORT: exitStatus.usage,
};

/** The status a program ends with after an error; 70 for what only a bug of ours can cause. */
export function statusOf(error: unknown): number {
  if (error instanceof UsageError) return exitStatus.usage;
  if (error instanceof EndpointError || error instanceof IdentityError) return exitStatus.usage;
  if (error instanceof LoadError || error instanceof ConnectionError) {
    return error.failure === "denied" ? exitStatus.denied : exitStatus.unavailable;
  }
  if (error instanceof ZmqError) return statusByCode[error.code] ?? exitStatus.unavailable;
  return exitStatus.bug;
}
