/**
 * Step 1: libzmq is there, and not too old.
 *
 * @module
 */

import { LoadError, loadLibrary } from "../../ffi/load.ts";
import type { NativeLibrary } from "../../ffi/native.ts";
import { failureOf, type Finding } from "./step.ts";

/**
 * Loads libzmq.
 *
 * @param load loads it
 * @throws {StepFailure} with everything that was tried
 */
export function findLibrary(load: () => NativeLibrary = loadLibrary): Finding<NativeLibrary> {
  try {
    const library = load();
    return { detail: `${library.version.join(".")} (${library.path})`, value: library };
  } catch (error) {
    throw error instanceof LoadError ? failureOf(error, "See callsign --version") : error;
  }
}
