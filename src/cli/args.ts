/**
 * A command line and an environment as the values of a command's flags.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { type Command, commonFlags, type Flag } from "./flags.ts";
import { UsageError } from "./usage.ts";
import { parseBytes, parseChoice, parseCount, parseDuration, parseSwitch } from "./values.ts";

/** What a command line says. Flags that nobody gave are undefined. */
export interface Arguments {
  readonly operands: readonly string[];
  readonly list: (name: string) => readonly string[] | undefined;
  readonly number: (name: string) => number | undefined;
  readonly text: (name: string) => string | undefined;
  readonly switch: (name: string) => boolean;
}

/** Environment variables by name; `process.env` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Value = boolean | number | string | readonly string[];

/**
 * Reads a command line.
 *
 * @param command whose flags to look for
 * @param words what follows the command's name
 * @param environment where a flag that is not given may have its value
 * @throws {UsageError} for an unknown flag, a missing or unreadable value
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
    const value = isOff ? false : givenValue(flag, parsed[flag.name]);
    if (value !== undefined) values.set(flag.name, value);
  }
  // Who asks for help is not to be stopped by what the environment says.
  const isForHelp = commonFlags.some((flag) => values.get(flag.name) === true);
  for (const flag of isForHelp ? [] : flags) {
    if (values.has(flag.name)) continue;
    const value = environmentValue(flag, environment);
    if (value !== undefined) values.set(flag.name, value);
  }
  return {
    operands: [...parsed._.map(String), ...(parsed["--"] ?? []) as string[]],
    list: (name) => values.get(name) as readonly string[] | undefined,
    number: (name) => values.get(name) as number | undefined,
    text: (name) => values.get(name) as string | undefined,
    switch: (name) => values.get(name) === true,
  };
}

/**
 * Writes `--switch=VALUE` with `true` or `false` for the value, the only ones the parser knows: to it
 * any other would be on.
 */
function plainSwitches(flags: readonly Flag[], words: readonly string[]): readonly string[] {
  const end = words.includes("--") ? words.indexOf("--") : words.length;
  return words.map((word, i) => {
    const [, name, text] = /^--([a-z-]+)=(.*)$/s.exec(word) ?? [];
    const flag = flags.find((one) => one.kind === "switch" && one.name === name);
    if (i >= end || flag === undefined || text === undefined) return word;
    return `--${flag.name}=${parseSwitch(`--${flag.name}`, text)}`;
  });
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
    string: ["_", ...namesOf(flags, (flag) => flag.kind !== "switch")],
    boolean: namesOf(flags, (flag) => flag.kind === "switch"),
    collect: namesOf(flags, (flag) => flag.kind !== "switch"),
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
function givenValue(flag: Flag, parsed: unknown): Value | undefined {
  const source = `--${flag.name}`;
  if (flag.kind === "switch") {
    if (typeof parsed !== "boolean") {
      throw new UsageError(`Cannot use ${JSON.stringify(parsed)} for ${source}: it takes no value`);
    }
    return parsed ? true : undefined;
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

/** The value a flag has in the environment, where an empty variable counts as not set. */
function environmentValue(flag: Flag, environment: Environment): Value | undefined {
  const text = flag.variable === undefined ? undefined : read(environment, flag.variable);
  if (text === undefined || text.trim() === "") return undefined;
  const source = flag.variable as string;
  if (flag.kind === "switch") return parseSwitch(source, text);
  return valueOf(flag, source, flag.kind === "list" ? text.trim().split(/\s+/) : [text]);
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
    default:
      return texts;
  }
}
