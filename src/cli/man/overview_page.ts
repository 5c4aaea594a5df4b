/**
 * The man page of callsign as a whole.
 *
 * @module
 */

import type { Command } from "../commands.ts";
import { statusMeanings } from "../exit.ts";
import type { Flag } from "../flag.ts";
import { commonFlags, otherVariables, settings } from "../flags.ts";
import { beginning, flagEntry, pageText, statusEntry } from "./page.ts";
import {
  bold,
  entry,
  escaped,
  italic,
  paragraphs,
  reference,
  section,
  usage,
  verbatim,
} from "./roff.ts";

const summary = "Reach a process by its name instead of its address";

const description = `A broker listens at an address that all know.
A worker connects to it under a name, and who wants something of it asks for that name, wherever it
runs. A name belongs to one worker at a time; several can be in a group, and whichever has room is
asked.

Times are such as 500ms, 10s, 2m, 1h; without a unit they are seconds.
Bytes are such as 65536, 64K, 1M, 1G, by powers of 1024.

Results go to stdout, and all else to stderr.
Each command prints its flags with --help.`;

const configFile = `Each line is NAME = VALUE; one that is empty, or begins with #, means nothing.
The names are those of the flags, or what ENVIRONMENT says below, without the dashes before them.
A list has a line for each of its values, and a switch is 1 or 0.
A name that no command knows is an error; those of other commands are passed over.

What the command line says counts before the environment, and that before the file.`;

const environment = `Each flag has a variable.
A list has spaces between its values, a switch is 1 or 0, and --verbose a number up to 2.
A variable that is empty counts as not set.`;

/** The commands whose examples show what it is about. */
const exemplary: readonly string[] = ["broker", "worker", "request"];

/** The text of `callsign.1`. */
export function overviewPage(commands: readonly Command[]): string {
  const [file = ""] = commonFlags.filter(({ name }) => name === "config").map((flag) =>
    flag.default
  );
  return pageText([
    ...beginning("callsign", summary),
    ...section("SYNOPSIS", `${bold("callsign")} ${usage("COMMAND [ARGUMENT]... [FLAG]...")}`),
    ...section("DESCRIPTION", ...paragraphs(description)),
    ...section("COMMANDS", ...commands.flatMap(commandEntry)),
    ...section("OPTIONS", "Every command has these.", ...commonFlags.flatMap(flagEntry)),
    ...section(
      "CONFIG FILE",
      ...paragraphs(configFile),
      ...verbatim("connect = tcp://localhost:5555"),
    ),
    ...section(
      "ENVIRONMENT",
      ...paragraphs(environment),
      ...[...settings.values()].flatMap((flag) => settingEntry(flag, commands)),
      ...Object.entries(otherVariables).flatMap(([name, text]) =>
        entry(bold(name), `${escaped(text)}.`)
      ),
    ),
    ...section("EXIT STATUS", ...statusMeanings.flatMap(statusEntry)),
    ...section(
      "FILES",
      ...entry(italic(file), "The config file, where no other is named. It need not be there."),
    ),
    ...section("EXAMPLES", ...commands.flatMap(exampleLines)),
    ...section("SEE ALSO", commands.map(({ name }) => reference(`callsign-${name}`)).join(",\n")),
  ]);
}

function commandEntry({ name, operands, summary }: Command): string[] {
  const head = [bold(name), usage(operands)].filter(Boolean).join(" ");
  return entry(head, `${escaped(summary)}; see`, `${reference(`callsign-${name}`)}.`);
}

/** Which flag of which commands a variable stands for, and what it is called in the config file. */
function settingEntry(flag: Flag, commands: readonly Command[]): string[] {
  const names = commands.filter(({ flags }) => flags.includes(flag)).map(({ name }) => name);
  const owners = commonFlags.includes(flag) ? "every command" : names.join(", ");
  const lines = [`${bold(`--${flag.name}`)} of ${escaped(owners)}.`];
  if (flag.setting !== flag.name) {
    lines.push(`In the config file it is called ${bold(flag.setting ?? "")}.`);
  }
  return entry(bold(flag.variable ?? ""), ...lines);
}

function exampleLines({ name, summary, example }: Command, at: number): string[] {
  if (!exemplary.includes(name)) return [];
  return [...at === 0 ? [] : [".PP"], `${escaped(summary)}:`, ...verbatim(example)];
}
