/**
 * The man page of a command.
 *
 * @module
 */

import { type Command, commands } from "../commands.ts";
import { statusMeanings } from "../exit.ts";
import { commonFlags } from "../flags.ts";
import { beginning, flagEntry, pageText, statusEntry } from "./page.ts";
import { bold, paragraphs, reference, section, usage, verbatim } from "./roff.ts";

/** The text of `callsign-COMMAND.1`. */
export function commandPage(command: Command): string {
  const { name, operands, summary, description, example } = command;
  const words = [bold(`callsign ${name}`), usage("[FLAG]..."), usage(operands)].filter(Boolean);
  return pageText([
    ...beginning(`callsign-${name}`, summary),
    ...section("SYNOPSIS", words.join(" ")),
    ...section("DESCRIPTION", ...paragraphs(description)),
    ...section("OPTIONS", ...[...command.flags, ...commonFlags].flatMap(flagEntry)),
    ...statusSection(command),
    ...section("EXAMPLE", ...verbatim(example).slice(1)),
    ...section("SEE ALSO", seeAlso(command)),
  ]);
}

/** What its exit statuses mean that no other command has. */
function statusSection({ name }: Command): string[] {
  const start = `${name}: `;
  const own = statusMeanings.filter(([, meaning]) => meaning.startsWith(start));
  if (own.length === 0) return [];
  const entries = own.map(([statuses, meaning]) => {
    const text = meaning.slice(start.length);
    return statusEntry([statuses, text.slice(0, 1).toUpperCase() + text.slice(1)]);
  });
  return section(
    "EXIT STATUS",
    ...entries.flat(),
    ".PP",
    `All others are as ${reference("callsign")} tells.`,
  );
}

/** The overview, and the commands that its own page names. */
function seeAlso({ name, description, example }: Command): string {
  const named = Object.keys(commands).filter((other) =>
    other !== name && new RegExp(`callsign ${other}\\b`).test(`${description}\n${example}`)
  );
  return ["callsign", ...named.map((other) => `callsign-${other}`)].map(reference).join(",\n");
}
