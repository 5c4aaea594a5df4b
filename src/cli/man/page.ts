/**
 * What the man pages have in common.
 *
 * @module
 */

import type { Flag } from "../flag.ts";
import { version } from "../../version.ts";
import { bold, entry, escaped, italic, section } from "./roff.ts";

/** A page must have a date: when its wording was last gone through. */
const date = "2026-11-23";

/** The comment, the heading and the name that a page begins with. */
export function beginning(page: string, summary: string): string[] {
  return [
    '.\\" Made by scripts/man.sh from src/cli; change it there.',
    `.TH ${escaped(page.toUpperCase())} 1 ${date} "${escaped(`callsign ${version}`)}"`,
    ...section("NAME", `${escaped(page)} \\- ${escaped(lowerFirst(summary))}`),
  ];
}

/** The lines of a page as its text. */
export function pageText(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

/** What there is to say of a flag. */
export function flagEntry(flag: Flag): string[] {
  const { name, short, placeholder, help, variable, setting } = flag;
  const names = [...short === undefined ? [] : [`-${short}`], `--${name}`].map(bold).join(", ");
  const lines = [`${escaped(help)}.`];
  if (flag.default !== undefined) lines.push(`Default: ${escaped(flag.default)}.`);
  if (variable !== undefined) lines.push(`Variable: ${bold(variable)}.`);
  if (setting !== undefined && setting !== name) lines.push(`Setting: ${bold(setting)}.`);
  return entry(placeholder === undefined ? names : `${names} ${italic(placeholder)}`, ...lines);
}

/** Exit statuses and what they mean. */
export function statusEntry([statuses, meaning]: readonly [string, string]): string[] {
  return entry(bold(statuses), `${escaped(meaning)}.`);
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
