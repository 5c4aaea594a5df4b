/**
 * What is wrong with a command line.
 *
 * @module
 */

/** A command line that cannot be followed; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
