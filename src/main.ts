/**
 * The `callsign` executable.
 *
 * @module
 */

import { runProgram } from "./cli/program.ts";

export { runProgram };

if (import.meta.main) void runProgram();
