/**
 * The sentences of ERRORs, for people: what happened, and what to do.
 *
 * @module
 */

import type { ErrorCode } from "../protocol/codes.ts";
import { parseSessionIdentity } from "../protocol/identity.ts";
import { printableFrame } from "../protocol/text.ts";

type DeliveryCode = Extract<
  ErrorCode,
  | "unreachable"
  | "not-serving"
  | "busy"
  | "lost"
  | "timeout"
  | "expired"
  | "cancelled"
  | "too-large"
>;

const explanations: Readonly<Record<DeliveryCode, (peer: string) => string>> = {
  "unreachable": (peer) => `Nobody is online as ${peer}`,
  "not-serving": (peer) => `${peer} does not take messages of this kind`,
  "busy": (peer) => `Too much waits for ${peer} already; try again`,
  "lost": (peer) => `${peer} went away before it answered; it may have done it or not`,
  "timeout": (peer) => `${peer} did not answer in time; it may have done it or not`,
  "expired": (peer) => `${peer} could not be reached in time; it was not done`,
  "cancelled": (peer) => `The message to ${peer} was cancelled`,
  "too-large": (peer) => `${peer} answered with more than the broker takes`,
};

/** What has become of a message for a peer. */
export function explain(code: ErrorCode, peer: Uint8Array): string {
  const name = `"${parseSessionIdentity(peer)?.callsign ?? printableFrame(peer)}"`;
  return Object.hasOwn(explanations, code) ? explanations[code as DeliveryCode](name) : code;
}
