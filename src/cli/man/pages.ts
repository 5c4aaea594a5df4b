/**
 * The man pages, made from the table of commands and flags.
 *
 * @module
 */

import { type Command, commands } from "../commands.ts";
import { commandPage } from "./command_page.ts";
import { overviewPage } from "./overview_page.ts";

/** Every page, by the name of its file: `callsign.1`, and `callsign-COMMAND.1` for each command. */
export function manPages(): ReadonlyMap<string, string> {
  const all: readonly Command[] = Object.values(commands);
  return new Map([
    ["callsign.1", overviewPage(all)],
    ...all.map((command): [string, string] => [`callsign-${command.name}.1`, commandPage(command)]),
  ]);
}
