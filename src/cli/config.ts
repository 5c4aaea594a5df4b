/**
 * The config file: lines of `NAME = VALUE`, where a name is that of a flag's setting.
 *
 * @module
 */

import fs from "node:fs";
import path from "node:path";
import { settings } from "./flags.ts";
import { UsageError } from "./usage.ts";

/** What the config file says of one setting. */
export interface Setting {
  /** Every value it is given, in order. */
  readonly texts: readonly string[];
  /** Where the last of them stands, for messages. */
  readonly source: string;
}

/** What a config file says, by setting. */
export type Settings = ReadonlyMap<string, Setting>;

/**
 * Reads a config file.
 *
 * @param given the file to read; undefined for the usual one, which need not be there
 * @param variable tells environment variables
 * @throws {UsageError} for a file that cannot be read, a line that is none, an unknown name
 */
export function readConfig(
  given: string | undefined,
  variable: (name: string) => string | undefined,
): Settings {
  const file = given ?? usualFile(variable);
  if (file === undefined) return new Map();
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    // The usual one may be absent, and a Deno that may not look says so by another error each time.
    if (given === undefined) return new Map();
    const reason = (error as { code?: string }).code ?? (error as Error).message;
    throw new UsageError(`Cannot read the config file ${JSON.stringify(file)}: ${reason}`);
  }
  return parseConfig(text, file);
}

/** As {@linkcode readConfig}, of a file's text. */
export function parseConfig(text: string, file: string): Settings {
  const found = new Map<string, Setting>();
  text.split("\n").forEach((line, at) => {
    if (/^\s*(#|$)/.test(line)) return;
    const where = `${file}, line ${at + 1}`;
    const [, name, value] = /^\s*([^\s=]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`Cannot read ${where}: write NAME = VALUE, such as timeout = 10s`);
    }
    if (!settings.has(name) || name === "config") {
      throw new UsageError(
        `Unknown setting ${JSON.stringify(name)} in ${where}; write a flag's variable without ` +
          "CALLSIGN_, in lower case and with dashes, such as max-output",
      );
    }
    const texts = [...found.get(name)?.texts ?? [], value];
    found.set(name, { texts, source: `${name} in ${where}` });
  });
  return found;
}

function usualFile(variable: (name: string) => string | undefined): string | undefined {
  const own = variable("XDG_CONFIG_HOME") ?? "";
  // An empty or relative one is to be passed over, says the XDG specification.
  if (path.isAbsolute(own)) return path.join(own, "callsign/config");
  const home = variable("HOME") ?? "";
  return home === "" ? undefined : path.join(home, ".config/callsign/config");
}
