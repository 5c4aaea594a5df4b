/**
 * `callsign help`.
 *
 * @module
 */

import type { Arguments } from "../args.ts";
import { type CommandName, commands } from "../commands.ts";
import { commandHelp, programHelp } from "../help.ts";
import { someOperands } from "../operands.ts";
import { print } from "../print.ts";
import { UsageError } from "../usage.ts";

/** Prints the help of all commands, or of one. */
export function runHelp(args: Arguments): number {
  const [name] = someOperands(commands.help, args, 0, 1);
  if (name === undefined) return print(programHelp());
  if (!Object.hasOwn(commands, name)) {
    throw new UsageError(`Unknown command ${JSON.stringify(name)}; see callsign --help`);
  }
  return print(commandHelp(commands[name as CommandName], `callsign ${name}`));
}
