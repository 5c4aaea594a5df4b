/**
 * Chooses the seam: the one place that asks which runtime this is.
 *
 * @module
 */

import { openBun } from "./bun.ts";
import { openDeno } from "./deno.ts";
import type { NativeRuntime } from "./native.ts";

/**
 * The seam of the runtime this runs on.
 *
 * @throws {TypeError} on a runtime without the FFI callsign knows (Node, a browser)
 */
export function currentRuntime(): NativeRuntime {
  const runtime = openDeno() ?? openBun();
  if (runtime === undefined) {
    throw new TypeError("Cannot call libzmq here: callsign runs on Deno 2.4 or Bun 1.2 and later");
  }
  return runtime;
}
