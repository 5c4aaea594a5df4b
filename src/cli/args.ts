/**
 * A command line and an environment as the values of a command's flags.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import type { Command } from "./commands.ts";
import { readConfig, type Settings } from "./config.ts";
import { type Flag, isBare } from "./flag.ts";
import { commonFlags } from "./flags.ts";
import { UsageError } from "./usage.ts";
import {
  parseBytes,
  parseChoice,
  parseCount,
  parseDuration,
  parseLevel,
  parseSwitch,
} from "./values.ts";

/**
 * What a command line, the environment and the config file say. Flags are asked for by their setting's
 * name; those that nobody gave are undefined.
 */
export interface Arguments {
  /** The words that are no flags, up to `--`. */
  readonly operands: readonly string[];
  /** The words after `--`; undefined when there is none. */
  readonly rest: readonly string[] | undefined;
  readonly list: (setting: string) => readonly string[] | undefined;
  readonly number: (setting: string) => number | undefined;
  readonly text: (setting: string) => string | undefined;
  readonly switch: (setting: string) => boolean;
}

/** Environment variables by name; `process.env` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Value = boolean | number | string | readonly string[];

/**
 * Reads a command line. A flag that it does not give may be given by its variable, and one that this
 * does not give by the config file.
 *
 * @param command whose flags to look for
 * @param words what follows the command's name
 * @param environment where the variables are
 * @throws {UsageError} for an unknown flag, a missing or unreadable value, an unreadable config file
 */
export function readArguments(
  command: Command,
  words: readonly string[],
  environment: Environment,
): Arguments {
  const flags = [...commonFlags, ...command.flags];
  const values = new Map<string, Value>();
  const plainWords = plainSwitches(flags, words);
  const parsed = parse(command, flags, plainWords);
  for (const flag of flags) {
    // Turned off is given too, and not for the environment to turn on.
    const isOff = plainWords.includes(`--${flag.name}=false`) && parsed[flag.name] === false;
    const value = isOff ? false : givenValue(flag, parsed[flag.name], words);
    if (value !== undefined) values.set(keyOf(flag), value);
  }
  // Who asks for help is not to be stopped by what the environment says.
  const isForHelp = values.get("help") === true || values.get("version") === true;
  if (!isForHelp) addSettings(flags, values, environment);
  return {
    operands: parsed._.map(String),
    rest: words.includes("--") ? (parsed["--"] ?? []) as string[] : undefined,
    list: (setting) => values.get(setting) as readonly string[] | undefined,
    number: (setting) => values.get(setting) as number | undefined,
    text: (setting) => values.get(setting) as string | undefined,
    switch: (setting) => values.get(setting) === true,
  };
}

function keyOf(flag: Flag): string {
  return flag.setting ?? flag.name;
}

/** Adds what the environment says, and then the config file that it or the command line names. */
function addSettings(
  flags: readonly Flag[],
  values: Map<string, Value>,
  environment: Environment,
): void {
  const addFrom = (valueOf: (flag: Flag) => Value | undefined): void => {
    for (const flag of flags) {
      const value = values.has(keyOf(flag)) ? undefined : valueOf(flag);
      if (value !== undefined) values.set(keyOf(flag), value);
    }
  };
  addFrom((flag) => environmentValue(flag, environment));
  const file = values.get("config") as string | undefined;
  const found = readConfig(file, (name) => read(environment, name));
  addFrom((flag) => configValue(flag, found));
}

/**
 * Writes `--switch=VALUE` with `true` or `false` for the value, the only ones the parser knows: to it
 * any other would be on.
 */
function plainSwitches(flags: readonly Flag[], words: readonly string[]): readonly string[] {
  const end = endOfFlags(words);
  return words.map((word, i) => {
    const [, name, text] = /^--([a-z-]+)=(.*)$/s.exec(word) ?? [];
    const flag = flags.find((one) => one.kind === "switch" && one.name === name);
    if (i >= end || flag === undefined || text === undefined) return word;
    return `--${flag.name}=${parseSwitch(`--${flag.name}`, text)}`;
  });
}

function endOfFlags(words: readonly string[]): number {
  return words.includes("--") ? words.indexOf("--") : words.length;
}

interface Parsed {
  readonly _: readonly (string | number)[];
  readonly [name: string]: unknown;
}

function parse(command: Command, flags: readonly Flag[], words: readonly string[]): Parsed {
  const refuse = (word: string): never => {
    throw new UsageError(
      `Unknown flag ${JSON.stringify(word)}; see callsign ${command.name} --help`,
    );
  };
  // To the parser `--_` would stand for the operands.
  for (const word of words) {
    if (word === "--") break;
    if (/^--_(=|$)/.test(word)) refuse(word);
  }
  return parseArgs([...words], {
    string: ["_", ...namesOf(flags, (flag) => !isBare(flag))],
    boolean: namesOf(flags, isBare),
    collect: namesOf(flags, (flag) => !isBare(flag)),
    alias: Object.fromEntries(
      flags.filter((flag) => flag.short !== undefined).map((flag) => [flag.short, flag.name]),
    ) as Record<string, string>,
    "--": true,
    unknown: (word: string, name?: string) => name === undefined ? true : refuse(word),
  }) as Parsed;
}

function namesOf(flags: readonly Flag[], isWanted: (flag: Flag) => boolean): string[] {
  return flags.filter(isWanted).map((flag) => flag.name);
}

/** The value a flag has on the command line; undefined when it is not there. */
function givenValue(flag: Flag, parsed: unknown, words: readonly string[]): Value | undefined {
  const source = `--${flag.name}`;
  if (isBare(flag)) {
    if (typeof parsed !== "boolean") {
      throw new UsageError(`Cannot use ${JSON.stringify(parsed)} for ${source}: it takes no value`);
    }
    if (!parsed) return undefined;
    return flag.kind === "switch" ? true : timesGiven(flag, words);
  }
  const texts = parsed as readonly string[];
  if (texts.length === 0) return undefined;
  if (texts.some((text) => text === "")) {
    throw new UsageError(
      `Missing value for ${source}: give it as ${source} ${flag.placeholder}` +
        (flag.short === undefined ? "" : ` or -${flag.short} ${flag.placeholder}`),
    );
  }
  return valueOf(flag, source, texts);
}

/** How often a flag is given: `-vv` is twice. */
function timesGiven({ name, short }: Flag, words: readonly string[]): number {
  let count = 0;
  for (const word of words.slice(0, endOfFlags(words))) {
    if (word === `--${name}`) count++;
    else if (/^-[^-]/.test(word)) count += word.split(short as string).length - 1;
  }
  return count;
}

/** The value a flag has in the environment, where an empty variable counts as not set. */
function environmentValue(flag: Flag, environment: Environment): Value | undefined {
  const text = flag.variable === undefined ? undefined : read(environment, flag.variable);
  if (text === undefined || text.trim() === "") return undefined;
  const source = flag.variable as string;
  return settingValue(flag, source, [text]);
}

/** The value a flag has in the config file; an empty one counts as not set there too. */
function configValue(flag: Flag, found: Settings): Value | undefined {
  const setting = flag.setting === undefined ? undefined : found.get(flag.setting);
  const texts = setting?.texts.filter((text) => text !== "") ?? [];
  if (setting === undefined || texts.length === 0) return undefined;
  return settingValue(flag, setting.source, texts);
}

function settingValue(flag: Flag, source: string, texts: readonly string[]): Value {
  const last = texts.at(-1) as string;
  if (flag.kind === "switch") return parseSwitch(source, last);
  if (flag.kind === "level") return parseLevel(source, last);
  if (flag.kind !== "list") return valueOf(flag, source, texts);
  return valueOf(flag, source, texts.flatMap((text) => text.trim().split(/\s+/)));
}

/** Deno without `--allow-env` refuses to tell; that counts as not set. */
function read(environment: Environment, name: string): string | undefined {
  try {
    return environment[name];
  } catch {
    return undefined;
  }
}

/** Of a flag given more than once the last counts, unless it is a list. */
function valueOf(flag: Flag, source: string, texts: readonly string[]): Value {
  const last = texts.at(-1) as string;
  switch (flag.kind) {
    case "duration":
      return parseDuration(source, last);
    case "bytes":
      return parseBytes(source, last);
    case "count":
      return parseCount(source, last);
    case "choice":
      return parseChoice(source, last, flag.choices ?? []);
    case "text":
      return last;
    default:
      return texts;
  }
}
