/**
 * Identities as bytes, and the names people read and type for them.
 *
 * @module
 */

import { identityBytesMax } from "./limits.ts";
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

/**
 * The name by which a peer of any identity is shown: the identity where that can be printed and read
 * back, else `0x` and its bytes in hexadecimal.
 *
 * @param identity as it came from the wire, where libzmq checks nothing
 */
export function callsignOf(identity: Uint8Array): string {
  if (identity.length > identityBytesMax) {
    return `${toHex(identity.subarray(0, 16))}... (${identity.length} bytes)`;
  }
  let text: string;
  try {
    text = decoder.decode(identity);
  } catch {
    return toHex(identity);
  }
  const isAmbiguous = text === "" || text.startsWith("0x");
  return isAmbiguous || hasUnprintable(text) || /\s/u.test(text) ? toHex(identity) : text;
}
