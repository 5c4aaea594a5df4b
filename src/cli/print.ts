/**
 * Texts that were asked for, printed whole, without the help of libzmq's library.
 *
 * @module
 */

import fs from "node:fs";
import { exitStatus } from "./exit.ts";
import { lastWord, type LogOptions, plainLog } from "./log.ts";

const encoder = new TextEncoder();

/**
 * Prints a text.
 *
 * @param options how to say why that is not possible
 * @returns the exit status: 141 when nobody reads it, 69 when it cannot be written otherwise
 */
export function print(text: string, options: LogOptions = plainLog): number {
  try {
    let bytes = encoder.encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(fs.writeSync(1, bytes));
    return exitStatus.done;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EPIPE") return exitStatus.brokenPipe;
    lastWord(`Cannot write to stdout: ${code}`, options);
    return exitStatus.unavailable;
  }
}
