/**
 * What a flag is, and its numbers as a user writes them.
 *
 * @module
 */

/**
 * How a flag's text is read. A `switch` takes no value; a `level` takes none and counts how often it
 * is given; a `list` may be given more than once; a `choice` is one of the flag's choices.
 */
export type FlagKind =
  | "switch"
  | "level"
  | "list"
  | "text"
  | "bytes"
  | "count"
  | "duration"
  | "choice";

/** One flag. */
export interface Flag {
  /** Its name after `--`. */
  readonly name: string;
  /** Its letter after `-`. */
  readonly short?: string;
  readonly kind: FlagKind;
  /** Its name in the config file; undefined when it can be given on the command line only. */
  readonly setting?: string;
  /** The environment variable that gives it when the command line does not. */
  readonly variable?: string;
  /** What stands for its value in the help. */
  readonly placeholder?: string;
  /** What a `choice` may be. */
  readonly choices?: readonly string[];
  /** What it does, in one line. */
  readonly help: string;
  /** The value it has when nobody gives one, as the help shows it. */
  readonly default?: string;
}

/** Whether a flag stands alone, without a value. */
export function isBare({ kind }: Flag): boolean {
  return kind === "switch" || kind === "level";
}

/** A number of milliseconds as a user writes it. */
export function durationText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** A number of bytes as a user writes it. */
export function bytesText(bytes: number): string {
  return bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20}M` : `${bytes}`;
}
