/**
 * Bytes from the wire as text that is safe to print.
 *
 * @module
 */

// Control characters, line and paragraph separators, and what hides or turns text around (zero
// width, bidirectional overrides), unassigned and private characters among them.
const unprintable = /[\p{C}\u2028\u2029]/u;
const eachUnprintable = /[\p{C}\u2028\u2029]/gu;

/** Most texts, seen without these two, which take a program half a millisecond to get ready. */
const plain = /^[\x20-\x7e]*$/;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether a text has characters that would not show, or would do something to a terminal. */
export function hasUnprintable(text: string): boolean {
  return !plain.test(text) && unprintable.test(text);
}

/** `0x` and the bytes in hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let hex = "0x";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

/** Text in which everything unprintable is written as an escape: `\n`, `\x1b`, `\u{202e}`. */
export function escapeText(text: string): string {
  return hasUnprintable(text) ? text.replace(eachUnprintable, escapeCharacter) : text;
}

function escapeCharacter(character: string): string {
  const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) as number;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/**
 * A frame as one line of text: escaped where it is UTF-8, else in hexadecimal.
 *
 * @param bytes the frame, or its beginning
 * @param size the frame's whole length in bytes, told when it is more than `bytes`
 */
export function printableFrame(bytes: Uint8Array, size: number = bytes.length): string {
  let text: string;
  try {
    // The cut may fall inside a character: what is incomplete at the end is left out.
    text = escapeText(decoder.decode(size > bytes.length ? wholeCharacters(bytes) : bytes));
  } catch {
    text = toHex(bytes);
  }
  return size > bytes.length ? `${text}... (${size} bytes)` : text;
}

function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  // Continuation bytes are 10xxxxxx; a character has at most three of them.
  while (end > bytes.length - 4 && end > 0 && ((bytes[end - 1] as number) & 0xc0) === 0x80) end--;
  const lead = bytes[end - 1] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return end - 1 + length > bytes.length ? bytes.subarray(0, end - 1) : bytes;
}
