/**
 * What a command is given beside its arguments.
 *
 * @module
 */

import type { NativeLibrary } from "../ffi/native.ts";
import type { Output } from "./output.ts";
import type { StopRequest } from "./signals.ts";

/** Everything through which a command meets the world. */
export interface Surroundings {
  readonly library: NativeLibrary;
  /** Results, to stdout. */
  readonly output: Output;
  /** Writes a line to stderr, the program's name in front. */
  readonly tell: (text: string) => void;
  /** Who asks the command to end. */
  readonly stop: StopRequest;
}
