/**
 * Bodies and names of messages, between what a program writes and the frames of the wire.
 *
 * @module
 */

import { concat } from "../bytes.ts";
import { isGlob } from "../protocol/glob.ts";
import { parseSessionIdentity, sessionSeparator } from "../protocol/identity.ts";
import { identityBytesMax } from "../protocol/limits.ts";
import { escapeText } from "../protocol/text.ts";

/**
 * What a message carries: text is sent as UTF-8, a list as one frame each. Bytes are not copied, so
 * leave them as they are until the message has been sent.
 */
export type MessageBody = string | Uint8Array | readonly (string | Uint8Array)[];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The frames of a body; none for undefined and for an empty list.
 *
 * @throws {TypeError} for what is neither text nor bytes nor a list of them
 */
export function bodyFrames(body: MessageBody | undefined): readonly Uint8Array[] {
  if (body === undefined) return [];
  return Array.isArray(body) ? body.map(toFrame) : [toFrame(body as string | Uint8Array)];
}

function toFrame(frame: string | Uint8Array): Uint8Array {
  if (typeof frame === "string") return encoder.encode(frame);
  if (frame instanceof Uint8Array) return frame;
  throw new TypeError(`Cannot send a body of type ${typeof frame}: give text or bytes`);
}

/** All frames of a body, one after the other, as text. Bytes that are not UTF-8 become U+FFFD. */
export function bodyText(frames: readonly Uint8Array[]): string {
  return decoder.decode(concat(frames));
}

/**
 * The frame that says who is meant.
 *
 * @param peer a callsign, `@group`, a pattern, or a full identity as bytes
 * @throws {RangeError} for an empty one, or one of more than 255 bytes
 */
export function peerFrame(peer: string | Uint8Array): Uint8Array {
  const frame = typeof peer === "string" ? encoder.encode(peer) : peer;
  if (frame.length === 0 || frame.length > identityBytesMax) {
    throw new RangeError(
      `Cannot send to ${JSON.stringify(peerName(frame))}: a peer's name has 1 to ` +
        `${identityBytesMax} bytes, not ${frame.length}`,
    );
  }
  return frame;
}

/** Whether a frame means several peers; docs/protocol.md, section 5. */
export function isPattern(peer: Uint8Array): boolean {
  const text = decoder.decode(peer);
  return !peer.includes(sessionSeparator) && !text.startsWith("@") && isGlob(text);
}

/** The name in a frame that says whose a message is, or who is meant: its callsign when it has one. */
export function peerName(frame: Uint8Array): string {
  return parseSessionIdentity(frame)?.callsign ?? escapeText(decoder.decode(frame));
}
