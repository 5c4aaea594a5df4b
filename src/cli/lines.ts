/**
 * Bytes as lines.
 *
 * @module
 */

const newline = 0x0a;

/** Bytes whose last line has an end; none stay none. */
export function withLineEnd(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0 || bytes.at(-1) === newline) return bytes;
  const ended = new Uint8Array(bytes.length + 1);
  ended.set(bytes);
  ended[bytes.length] = newline;
  return ended;
}
