/**
 * The closed list of what can go wrong with a message; docs/protocol.md, section 7, gives each its
 * exact meaning.
 *
 * @module
 */

/** Numbers of the codes, as the status of an ERROR carries them. */
export const errorCodes = {
  "bad-message": 1,
  "unknown-verb": 2,
  "unknown-version": 3,
  "unknown-peer": 4,
  "bad-identity": 5,
  "name-taken": 6,
  "superseded": 7,
  "kicked": 8,
  "unreachable": 9,
  "not-serving": 10,
  "busy": 11,
  "lost": 12,
  "timeout": 13,
  "expired": 14,
  "too-large": 15,
  "duplicate-id": 16,
  "cancelled": 17,
  "not-waiting": 18,
} as const;

/** A code's word. */
export type ErrorCode = keyof typeof errorCodes;

/** Whether a word from the wire is a code of this version. */
export function isErrorCode(word: string): word is ErrorCode {
  return Object.hasOwn(errorCodes, word);
}
