/**
 * What a peer says of itself.
 *
 * @module
 */

import process from "node:process";
import type { NativeLibrary } from "../ffi/native.ts";
import { encodeJson, type Hello, parseHello } from "../protocol/greeting.ts";
import { instanceCharacters } from "../protocol/limits.ts";
import { randomWord } from "../random_word.ts";
import { version } from "../version.ts";

/**
 * The HELLO of a new peer, with an instance of its own: all its sessions are one peer's, and another
 * peer of its name in the same process is another.
 *
 * @param agent what it runs; default our version, the runtime and the process
 * @throws {RangeError} for groups, a capacity or an agent that no broker takes
 */
export function introduce(
  library: NativeLibrary,
  { agent = `callsign/${version} ${library.runtime} pid ${process.pid}`, ...rest }: {
    readonly role: Hello["role"];
    readonly groups: readonly string[];
    readonly capacity: number;
    readonly agent: string | undefined;
  },
): Hello {
  const hello: Hello = { ...rest, agent, instance: randomWord(instanceCharacters) };
  const checked = parseHello(encodeJson(hello));
  if (typeof checked === "string") {
    throw new RangeError(`Cannot introduce a ${rest.role}: ${checked}`);
  }
  return hello;
}
