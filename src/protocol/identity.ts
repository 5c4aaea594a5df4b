/**
 * Identities as bytes, and the names people read and type for them.
 *
 * @module
 */

import { isGlob } from "./glob.ts";
import { callsignBytesMax, identityBytesMax } from "./limits.ts";
import { hasUnprintable, toHex } from "./text.ts";

/** A name that cannot be an identity; the message says why. */
export class IdentityError extends Error {
  /** The name of the class. */
  override readonly name = "IdentityError";
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The identity a name stands for: its UTF-8 bytes.
 *
 * @param name 1 to 255 bytes of printable text without spaces
 * @throws {IdentityError} for an empty or too long one, and for control characters and spaces
 */
export function identityOf(name: string): Uint8Array {
  const fail = (reason: string): never => {
    throw new IdentityError(`Cannot use ${JSON.stringify(name)} as a name: ${reason}`);
  };
  const bytes = encoder.encode(name);
  if (bytes.length === 0) return fail("it is empty; give 1 to 255 bytes");
  if (bytes.length > identityBytesMax) {
    return fail(`it has ${bytes.length} bytes; give at most ${identityBytesMax}`);
  }
  if (bytes[0] === 0) return fail("it begins with a zero byte, which libzmq keeps for itself");
  if (hasUnprintable(name)) return fail("it has a control or invisible character; remove it");
  if (/\s/u.test(name)) return fail("it has a space; use a dash or an underscore");
  return bytes;
}

/** What stands between callsign and session in a protocol peer's identity. */
export const sessionSeparator = 0x1f;

/** Characters of a session, drawn anew for each socket so that no two identities are the same. */
export const sessionCharacters = 8;

const sessionAlphabet = /^[A-Za-z0-9]{8}$/;

/** The parts of a protocol peer's identity. */
export interface SessionIdentity {
  /** The name it is reached by. */
  readonly callsign: string;
  /** Tells one socket of it from another. */
  readonly session: string;
}

/**
 * Reads a protocol peer's identity, `callsign 0x1F session`.
 *
 * @returns undefined when it is not of that form, or the callsign cannot be one
 */
export function parseSessionIdentity(identity: Uint8Array): SessionIdentity | undefined {
  const separator = identity.length - sessionCharacters - 1;
  if (separator < 1 || identity[separator] !== sessionSeparator) return undefined;
  let text: string;
  try {
    text = decoder.decode(identity);
  } catch {
    return undefined;
  }
  const session = text.slice(-sessionCharacters);
  const callsign = text.slice(0, -sessionCharacters - 1);
  return sessionAlphabet.test(session) && whyNoCallsign(callsign) === undefined
    ? { callsign, session }
    : undefined;
}

/**
 * The identity of a session, as bytes for `ZMQ_ROUTING_ID`.
 *
 * @param callsign 1 to 246 bytes of printable text without spaces, not read as anything else
 * @param session eight letters and digits
 * @throws {IdentityError} for a callsign that cannot be one
 */
export function sessionIdentity(callsign: string, session: string): Uint8Array {
  const reason = whyNoCallsign(callsign);
  if (reason !== undefined) {
    throw new IdentityError(`Cannot use ${JSON.stringify(callsign)} as a name: ${reason}`);
  }
  return encoder.encode(`${callsign}\x1f${session}`);
}

/** The callsign in the identity of a protocol peer, for people to read; else as {@linkcode callsignOf}. */
export function shortName(identity: Uint8Array): string {
  return parseSessionIdentity(identity)?.callsign ?? callsignOf(identity);
}

/**
 * Why a text cannot be the callsign of a protocol peer, or the name of a group.
 *
 * @returns what is wrong and what to do, or undefined when it can be one
 */
export function whyNoCallsign(text: string): string | undefined {
  const length = encoder.encode(text).length;
  if (length === 0) return `it is empty; give 1 to ${callsignBytesMax} bytes`;
  if (length > callsignBytesMax) return `it has ${length} bytes; give at most ${callsignBytesMax}`;
  if (hasUnprintable(text)) return "it has a control or invisible character; remove it";
  if (/\s/u.test(text)) return "it has a space; use a dash or an underscore";
  if (text.startsWith("@")) return "it begins with @, which stands for a group; remove it";
  if (text.startsWith("0x")) return "it begins with 0x, which stands for an identity in hex";
  if (isGlob(text) || text.includes("]")) return "it has one of * ? [ ], which make a pattern";
  return undefined;
}

/**
 * The name by which a peer of any identity is shown: the identity where that can be printed and read
 * back, else `0x` and its bytes in hexadecimal.
 *
 * @param identity as it came from the wire, where libzmq checks nothing
 */
export function callsignOf(identity: Uint8Array): string {
  if (identity.length > identityBytesMax) {
    return `${toHex(identity.subarray(0, 16))}... (more than ${identityBytesMax} bytes)`;
  }
  let text: string;
  try {
    text = decoder.decode(identity);
  } catch {
    return toHex(identity);
  }
  // What would be read as hex, a group or a pattern when somebody typed it.
  const isAmbiguous = text === "" || /^(0x|@)|[*?[\]]/.test(text);
  return isAmbiguous || hasUnprintable(text) || /\s/u.test(text) ? toHex(identity) : text;
}
