/**
 * Stands in for `@std/cli/parse-args` on Bun and wherever JSR cannot be reached: the same call and
 * the same answers for the options in {@linkcode ParseOptions}. `node:util` cuts the line; what its
 * pieces mean follows the real package's answers recorded in `tests/cli/fixtures`.
 *
 * @module
 */

import { inspect, parseArgs as cutLine } from "node:util";

/** What to read out of a command line; every list holds flag names without dashes. */
export interface ParseOptions {
  /** `true` puts what follows `--` in the result `"--"`; `false`, the default, adds it to `_`. */
  readonly "--"?: boolean;
  /** Other names of a flag, by flag; a value is answered under all of them. None by default. */
  readonly alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Flags that are `false` until given and take only `true` or `false`. None by default. */
  readonly boolean?: readonly string[];
  /** Flags whose values pile up in an array. None by default: the last value wins. */
  readonly collect?: readonly string[];
  /** Values of flags the line does not name, by flag. None by default. */
  readonly default?: Readonly<Record<string, unknown>>;
  /** Flags that `--no-<flag>` sets to `false`. None by default. */
  readonly negatable?: readonly string[];
  /** `true` leaves everything after the first positional unread in `_`. `false` by default. */
  readonly stopEarly?: boolean;
  /** Flags whose values stay text; `"_"` stands for the positionals. None by default. */
  readonly string?: readonly string[];
  /**
   * Called with each positional as `(arg)` and with each flag no list or alias names as
   * `(arg, key, value)`. `false` drops it from the result; by default all are kept.
   */
  readonly unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What was read. */
export interface Args {
  /** The values of flags and aliases, by name; of a dotted name (`--a.b`), nested objects. */
  [name: string]: unknown;
  /** The positionals in order; finite numbers as numbers, unless `string` names `"_"`. */
  _: (string | number)[];
  /** What followed `--`, untouched; there only if the option `"--"` is `true`. */
  "--"?: string[];
}

/**
 * Reads a command line as `parseArgs` of `@std/cli` 1.0.32 does.
 *
 * @param args The arguments, without the program's name; left as they are.
 * @param options What to expect among them; without it every flag is unknown and kept.
 * @returns The flags by name, the positionals in `_`, and what followed `--`.
 * @throws {TypeError} If an option is not in {@linkcode ParseOptions} or not of the type there, if
 *   a flag is its own alias, if the line sets `_` (`--_=x`) and then adds to it, or if it sets a
 *   property of a value that is not an object (`--quiet --quiet.x`).
 *
 * @example Usage
 * ```ts
 * import { type Args, parseArgs, type ParseOptions } from "./parse_args.ts";
 * import assert from "node:assert/strict";
 *
 * const options: ParseOptions = { boolean: ["quiet"], string: ["_"], alias: { q: "quiet" } };
 * const args: Args = parseArgs(["-q", "007"], options);
 * assert.deepEqual(args, { _: ["007"], quiet: true, q: true });
 * ```
 */
export function parseArgs(args: readonly string[], options: ParseOptions = {}): Args {
  for (const [name, value] of Object.entries(options)) checkOption(name, value);
  return new Reader(options).read(args);
}

const CHECKS: readonly (readonly [string, readonly string[], (it: unknown) => boolean])[] = [
  ["a boolean", ["--", "stopEarly"], (it) => typeof it === "boolean"],
  ["a function", ["unknown"], (it) => typeof it === "function"],
  ["a list of flag names", ["boolean", "collect", "negatable", "string"], areTexts],
  ["an object", ["default"], isObject],
  ["an object of names", ["alias"], (it) => isObject(it) && areTexts(Object.values(it).flat())],
];

function checkOption(name: string, value: unknown): void {
  const [wanted, , fits] = CHECKS.find(([, options]) => options.includes(name)) ?? [];
  if (fits === undefined) throw new TypeError(`Cannot use option "${name}": not supported`);
  if (value === undefined || fits(value)) return;
  throw new TypeError(`Cannot use option "${name}" set to ${inspect(value)}: want ${wanted}`);
}

function areTexts(it: unknown): boolean {
  return Array.isArray(it) && it.every((text) => typeof text === "string");
}

function isObject(it: unknown): it is object {
  return typeof it === "object" && it !== null && !Array.isArray(it);
}

class Reader {
  readonly #options: ParseOptions;
  readonly #out: Args = { _: [] };
  readonly #aliases = new Map<string, ReadonlySet<string>>();
  readonly #booleans: ReadonlySet<string>;
  readonly #collected: ReadonlySet<string>;
  readonly #negatable: ReadonlySet<string>;
  readonly #strings: ReadonlySet<string>;

  constructor(options: ParseOptions) {
    this.#options = options;
    for (const [name, others] of Object.entries(options.alias ?? {})) {
      const family = [name].concat(others);
      if (family.includes(name, 1)) throw new TypeError(`Cannot alias "${name}" to itself`);
      // A name in two families stays in the later one only, as in the real package.
      for (const it of family) this.#aliases.set(it, new Set(family.filter((one) => one !== it)));
    }
    this.#booleans = this.#expand(options.boolean);
    this.#collected = this.#expand(options.collect);
    this.#negatable = this.#expand(options.negatable);
    this.#strings = this.#expand(options.string);
  }

  read(line: readonly string[]): Args {
    const { tokens } = cutLine({ args: line.map(cuttable), strict: false, tokens: true });
    const end = tokens.find((it) => it.kind === "option-terminator")?.index ?? line.length;
    const args = line.slice(0, end);
    for (let at = 0; at < args.length; at++) {
      const [arg, token] = [args[at] ?? "", tokens[at]];
      if (token?.kind === "option") {
        const name = arg.slice(2, 2 + token.name.length);
        if (this.#readFlag(arg, name, token.value, args[at + 1] ?? "")) at++;
        continue;
      }
      if (this.#options.unknown?.(arg) !== false) this.#append([this.#typed("_", arg)]);
      if (this.#options.stopEarly) this.#append(args.splice(at + 1));
    }
    this.#fillGaps();
    const rest = line.slice(end + 1);
    if (this.#options["--"]) this.#out["--"] = rest;
    else this.#append(rest);
    return this.#out;
  }

  /** Answers whether the next argument was taken as the value, as the two below do. */
  #readFlag(arg: string, name: string, value: string | undefined, next: string): boolean {
    if (!arg.startsWith("--")) return this.#readCluster(arg, next);
    const negated = /^no-(.+)$/s.exec(name)?.[1];
    if (value === undefined && (negated === undefined || !this.#negatable.has(negated))) {
      return this.#readBare(name, arg, next, /^[^-]/);
    }
    // With a value `no-` is dropped and means nothing: `--no-quiet=true` turns quiet on.
    const key = negated ?? name;
    const given = value !== undefined && this.#booleans.has(key) ? value !== "false" : value;
    this.#set(key, given ?? false, arg, value !== undefined);
    return false;
  }

  #readCluster(arg: string, next: string): boolean {
    for (let at = 1; at < arg.length - 1; at++) {
      const value = valueInCluster(arg.charAt(at), arg.slice(at + 1));
      this.#set(arg.charAt(at), value, arg);
      if (value !== undefined) return false;
    }
    return this.#readBare(arg.slice(-1), arg, next, /^(?!--?[^-])./s);
  }

  #readBare(key: string, arg: string, next: string, valueLike: RegExp): boolean {
    const isBoolean = this.#family(key).some((name) => this.#booleans.has(name));
    const taken = (isBoolean ? /^(?:true|false)$/ : valueLike).test(next);
    this.#set(key, !taken ? undefined : isBoolean ? next === "true" : next, arg);
    return taken;
  }

  #set(key: string, given: string | boolean | undefined, arg: string, collects = true): void {
    const value = given ?? (this.#strings.has(key) ? "" : true);
    const isKnown = [this.#booleans, this.#strings, this.#aliases, this.#collected]
      .some((names) => names.has(key));
    if (!isKnown && this.#options.unknown?.(arg, key, value) === false) return;
    const typed = typeof value === "string" ? this.#typed(key, value) : value;
    const piles = collects && this.#collected.has(key);
    for (const name of this.#family(key)) store(this.#out, name, typed, piles);
  }

  #fillGaps(): void {
    for (const [key, value] of Object.entries(this.#options.default ?? {})) {
      if (isSet(this.#out, key)) continue;
      for (const name of this.#family(key)) store(this.#out, name, value, false);
    }
    for (const key of new Set([...this.#booleans, ...this.#strings])) {
      const gap = this.#collected.has(key) ? [] : this.#booleans.has(key) ? false : undefined;
      if (gap !== undefined && !isSet(this.#out, key)) store(this.#out, key, gap, false);
    }
  }

  #append(positionals: readonly (string | number)[]): void {
    const { _: list } = this.#out;
    // `--_=x` replaces the list; the real package fails here too, in its own words.
    if (!Array.isArray(list)) throw new TypeError(`Cannot add to "_": already set to "${list}"`);
    list.push(...positionals);
  }

  #typed(key: string, text: string): string | number {
    const isText = this.#strings.has(key) || text.trim() === "" || !Number.isFinite(Number(text));
    return isText ? text : Number(text);
  }

  #family(key: string): string[] {
    return [key, ...(this.#aliases.get(key) ?? [])];
  }

  #expand(names: readonly string[] = []): ReadonlySet<string> {
    return new Set(names.filter((name) => name !== "").flatMap((name) => this.#family(name)));
  }
}

function cuttable(arg: string): string {
  // node:util cuts a cluster into letters, where Deno takes `-a-` for `-a` and `--`. An equals sign
  // right after the dashes is part of the name, and the runtimes cut there differently.
  return /^-[^-]/.test(arg) ? arg.slice(0, 2) : arg.replace(/^(--(?:no-)?)=/, "$1:");
}

/** What a letter takes from the rest of its cluster; undefined if the rest are flags themselves. */
function valueInCluster(letter: string, tail: string): string | undefined {
  if (tail === "-") return tail;
  if (tail === "=") return "";
  if (/[A-Za-z]/.test(letter)) {
    // The equals sign may be further on, and the letters before it are lost: `-qb=x` sets q to x.
    const assigned = /=(.+)/.exec(tail)?.[1];
    if (assigned !== undefined) return assigned;
    if (/\d(?:\.\d*)?(?:e-?\d+)?$/.test(tail)) return tail;
  }
  return /^\W./s.test(tail) ? tail : undefined;
}

/** Follows the dots of `path`, making objects on the way, but never into what objects inherit. */
function store(out: Args, path: string, value: unknown, piles: boolean): void {
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  let object: Record<string, unknown> = out;
  for (const step of steps) {
    if (isInherited(object, step)) return;
    object = (object[step] ??= {}) as Record<string, unknown>;
  }
  if (/^(?:__proto__|constructor)$/.test(last) && isInherited(object, last)) return;
  const before = object[last];
  if (piles && Array.isArray(before)) before.push(value);
  else object[last] = !piles ? value : before ? [before, value] : [value];
}

function isInherited(object: Record<string, unknown>, name: string): boolean {
  return name === "__proto__" || (!Object.hasOwn(object, name) && object[name] !== undefined);
}

function isSet(out: Args, path: string): boolean {
  let value: unknown = out;
  for (const step of path.split(".")) {
    if (!Object.hasOwn(value as object, step)) return false;
    value = (value as Record<string, unknown>)[step];
  }
  return true;
}
