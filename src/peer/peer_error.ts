/**
 * What went wrong with something that was asked of a broker, or of a peer.
 *
 * @module
 */

import { peerName } from "./body.ts";
import type { Received } from "./connection.ts";
import { type ErrorCode, isErrorCode } from "../protocol/codes.ts";
import { decodeJson } from "../protocol/greeting.ts";
import { escapeText } from "../protocol/text.ts";

/** What an error is about, beside its code and its text. */
export interface PeerErrorInit {
  /** The callsign of the peer it is about, or `peer` as it was asked for. */
  readonly peer?: string | undefined;
  /** What else is known, such as who holds a name: `holder`, `address`, `since`. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
  /** Whether it was found here, and not told by the broker. */
  readonly isLocal?: boolean | undefined;
}

/**
 * An error by the name the protocol gives it; docs/protocol.md, section 7, has the exact meanings.
 *
 * Some of them are found on this side, with {@linkcode PeerError.isLocal} set: `unreachable` (no
 * broker was there within the time limit; it was not sent), `expired` (the broker's connection had
 * no room within the limit; it was not sent), `lost` (the broker's connection ended before the
 * answer: it may or may not have been done), `timeout` (the broker said nothing within the limit),
 * `busy` (too much waits to be sent, or to be read), `too-large` (more than the broker takes) and
 * `cancelled` (this peer was closed).
 */
export class PeerError extends Error {
  /** The name of the class. */
  override readonly name = "PeerError";
  /** Which one of the closed list it is. */
  readonly code: ErrorCode;
  /** The callsign of the peer it is about, or `peer` as it was asked for; undefined when of none. */
  readonly peer: string | undefined;
  /** What else is known, such as who holds a name: `holder`, `address`, `since`. */
  readonly detail: Readonly<Record<string, unknown>> | undefined;
  /** Whether it was found here, and not told by the broker. */
  readonly isLocal: boolean;

  /** Made by workers and clients; `message` is a sentence for people. */
  constructor(code: ErrorCode, message: string, init: PeerErrorInit = {}) {
    super(message);
    this.code = code;
    this.peer = init.peer;
    this.detail = init.detail;
    this.isLocal = init.isLocal ?? false;
  }
}

const decoder = new TextDecoder();

/** The error a broker's ERROR tells of: `[code] [text] [peer]? [JSON]?`. */
export function readPeerError({ frames }: Received): PeerError {
  const [codeFrame, textFrame, peer, json] = frames;
  const word = decoder.decode(codeFrame);
  const text = escapeText(decoder.decode(textFrame));
  const isKnown = isErrorCode(word);
  return new PeerError(
    isKnown ? word : "bad-message",
    isKnown ? text : `Unknown error ${JSON.stringify(word)}: ${text}`,
    {
      peer: peer === undefined ? undefined : peerName(peer),
      detail: json === undefined ? undefined : asRecord(decodeJson(json)),
    },
  );
}

/** An error that is found on this side. */
export function localError(code: ErrorCode, message: string, peer?: string): PeerError {
  return new PeerError(code, message, { peer, isLocal: true });
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null
    ? value as Readonly<Record<string, unknown>>
    : undefined;
}
