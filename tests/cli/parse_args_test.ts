import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type Args, parseArgs, type ParseOptions } from "../../src/cli/parse_args.ts";

interface RecordedCase {
  readonly args: readonly string[];
  readonly options: ParseOptions;
  /** Absent where the real package threw the error named in `throws`. */
  readonly result?: unknown;
  readonly throws?: string;
  /** JSON has no undefined: an argument not passed is null. */
  readonly unknownCalls: unknown;
  readonly resultWhenUnknownReturnsFalse: unknown;
}

interface Recording {
  readonly source: string;
  readonly count: number;
  readonly cases: readonly RecordedCase[];
}

interface Answer {
  readonly result?: Args;
  readonly throws?: string;
  readonly unknownCalls: unknown[];
}

function readRecording(name: string): Recording {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8"));
}

function answer(args: readonly string[], options: ParseOptions): Answer {
  const unknownCalls: unknown[] = [];
  const unknown = (arg: string, key?: string, value?: unknown): void => {
    unknownCalls.push([arg, key ?? null, value ?? null]);
  };
  try {
    return { result: parseArgs(args, { ...options, unknown }), unknownCalls };
  } catch (error) {
    return { throws: (error as Error).name, unknownCalls };
  }
}

const RECORDINGS = [
  {
    name: "std-cli-vectors.json",
    about: "350 cases that came with the design",
    count: 350,
    throwing: 0,
  },
  {
    name: "callsign-vectors.json",
    about: "128 cases of this program's flags",
    count: 128,
    throwing: 1,
  },
];

for (const { name, about, count, throwing } of RECORDINGS) {
  describe(`parseArgs answers the ${about} as @std/cli 1.0.32 does`, () => {
    const { cases, ...recording } = readRecording(name);

    it("and leaves none of them out", () => {
      assert.match(recording.source, /^@std\/cli 1\.0\.32 /);
      assert.equal(recording.count, count);
      assert.equal(cases.length, count);
      assert.equal(cases.filter((it) => it.throws !== undefined).length, throwing);
      assert.equal(new Set(cases.map((it) => JSON.stringify([it.args, it.options]))).size, count);
    });

    it("when unknown flags and positionals are kept", () => {
      for (const { resultWhenUnknownReturnsFalse: _, args, options, ...recorded } of cases) {
        // The arguments stand on both sides so that a failure shows them.
        assert.deepEqual({ args, options, ...answer(args, options) }, {
          args,
          options,
          ...recorded,
        });
      }
    });

    it("when unknown flags and positionals are dropped", () => {
      for (const { args, options, resultWhenUnknownReturnsFalse: result } of cases) {
        const dropped = parseArgs(args, { ...options, unknown: () => false });
        assert.deepEqual({ args, options, result: dropped }, { args, options, result });
      }
    });
  });
}

describe("parseArgs calls unknown", () => {
  it("with the argument alone for a positional and with key and value for a flag", () => {
    const calls: unknown[][] = [];
    parseArgs(["NAME", "--flag=7"], { unknown: (...call) => calls.push(call) });
    assert.deepEqual(calls, [["NAME"], ["--flag=7", "flag", "7"]]);
  });

  it("and drops what it was called with only for the answer false", () => {
    for (const kept of [undefined, null, 0, "", Number.NaN]) {
      assert.deepEqual(parseArgs(["NAME", "--flag"], { unknown: () => kept }), {
        _: ["NAME"],
        flag: true,
      });
    }
    assert.deepEqual(parseArgs(["NAME", "--flag"], { unknown: () => false }), { _: [] });
  });

  it("never for a flag that collect or alias names, nor for what follows two dashes", () => {
    const options: ParseOptions = { collect: ["all"], alias: { short: "long" } };
    const { unknownCalls } = answer(["--all", "1", "--long", "2", "--", "--flag", "NAME"], options);
    assert.deepEqual(unknownCalls, []);
  });
});

describe("parseArgs without options", () => {
  it("keeps every flag, and makes numbers of what looks like one", () => {
    assert.deepEqual(parseArgs(["--size", "1e3", "-v", "007", "--name=x"]), {
      _: [],
      size: 1000,
      v: 7,
      name: "x",
    });
  });

  it("takes an option that is undefined for one that is absent", () => {
    const options = { string: undefined, alias: undefined, unknown: undefined };
    assert.deepEqual(parseArgs(["NAME"], options as unknown as ParseOptions), { _: ["NAME"] });
  });
});

type Tried = readonly [title: string, args: string[], options: ParseOptions, result: unknown];

const TRIED: readonly Tried[] = [
  [
    "where the negation of a collected flag starts the list anew",
    ["--all=1", "--no-all", "--all=2"],
    { collect: ["all"], negatable: ["all"] },
    { _: [], all: [2] },
  ],
  [
    "where the negation of a collected flag comes last",
    ["--all=1", "--no-all"],
    { collect: ["all"], negatable: ["all"] },
    { _: [], all: false },
  ],
  [
    "where one alias of two is boolean, so the flag takes no value",
    ["--a", "NAME"],
    { alias: { a: ["x", "y"], b: "x" }, boolean: ["b"] },
    { _: ["NAME"], a: true, x: true, y: true, b: false },
  ],
  [
    "where a collected alias already has a single value",
    ["--a=1", "--x=2"],
    { alias: { a: "x", b: "x" }, collect: ["x"] },
    { _: [], a: 1, x: [1, 2], b: [2] },
  ],
  [
    "where lists hold an empty name, which counts for nothing",
    [],
    { string: [""], boolean: [""], collect: [""] },
    { _: [] },
  ],
  [
    "where defaults and booleans have dots in their names",
    ["--a.b=1"],
    { default: { "a.b": 2, "a.c": 3, d: [] }, alias: { "a.c": "e" }, boolean: ["f.g"] },
    { _: [], a: { b: 1, c: 3 }, e: 3, d: [], f: { g: false } },
  ],
];

describe("parseArgs gives the real package's answer, tried by hand,", () => {
  for (const [title, args, options, result] of TRIED) {
    it(title, () => assert.deepEqual(parseArgs(args, options), result));
  }
});

describe("parseArgs leaves alone", () => {
  it("the arguments and the options it is given", () => {
    const options: ParseOptions = Object.freeze({
      string: Object.freeze(["bind", "_"]),
      collect: Object.freeze(["bind"]),
      alias: Object.freeze({ bind: Object.freeze(["b", "listen"]) }),
      stopEarly: true,
    });
    const args = Object.freeze(["-b", "x", "NAME", "-b", "--", "y"]);
    assert.deepEqual(parseArgs(args, options), {
      _: ["NAME", "-b", "y"],
      bind: ["x"],
      b: ["x"],
      listen: ["x"],
    });
  });

  it("what objects inherit, whatever the flags are called", () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "_.push", "a.valueOf"];
    for (const name of names) {
      for (
        const path of [name, `${name}.planted`, `${name}.prototype.planted`, `x.${name}.planted`]
      ) {
        const flags: ParseOptions[] = [{}, { string: [path] }, { collect: [path] }];
        for (const options of flags) {
          parseArgs([`--${path}=1`, `--${path}`, "2"], { "--": true, ...options });
        }
      }
    }
    const shared = [Object, Array, Function].flatMap((it) => [it, it.prototype]);
    const methods = [Object.prototype.toString, Object.prototype.valueOf, Array.prototype.push];
    for (const it of [...shared, ...methods, Object.prototype.hasOwnProperty]) {
      assert.deepEqual(Object.keys(it), [], "an object of the runtime was given a property");
    }
    assert.equal("planted" in {}, false);
  });
});

const REFUSED: readonly [title: string, options: unknown, message: string][] = [
  [
    "for an option it does not know",
    { negate: ["a"] },
    'Cannot use option "negate": not supported',
  ],
  [
    "for an option named like a method",
    { toString: 1 },
    'Cannot use option "toString": not supported',
  ],
  [
    "when all flags are to be boolean",
    { boolean: true },
    'Cannot use option "boolean" set to true: want a list of flag names',
  ],
  [
    "for one name where a list is wanted",
    { string: "bind" },
    `Cannot use option "string" set to 'bind': want a list of flag names`,
  ],
  [
    "for a list of anything but names",
    { collect: [1] },
    'Cannot use option "collect" set to [ 1 ]: want a list of flag names',
  ],
  [
    "for null",
    { negatable: null },
    'Cannot use option "negatable" set to null: want a list of flag names',
  ],
  [
    "for a default that is a list",
    { default: [] },
    'Cannot use option "default" set to []: want an object',
  ],
  [
    "for a switch that is text",
    { "--": "yes" },
    `Cannot use option "--" set to 'yes': want a boolean`,
  ],
  [
    "for a number to stop early at",
    { stopEarly: 1 },
    'Cannot use option "stopEarly" set to 1: want a boolean',
  ],
  [
    "for an unknown that cannot be called",
    { unknown: false },
    'Cannot use option "unknown" set to false: want a function',
  ],
  [
    "for an alias without a name",
    { alias: { h: undefined } },
    'Cannot use option "alias" set to { h: undefined }: want an object of names',
  ],
  [
    "for a flag that is its own alias",
    { alias: { h: ["help", "h"] } },
    'Cannot alias "h" to itself',
  ],
];

describe("parseArgs throws a TypeError", () => {
  for (const [title, options, message] of REFUSED) {
    it(title, () => {
      assert.throws(() => parseArgs([], options as ParseOptions), { name: "TypeError", message });
    });
  }

  it("for a positional after the line has replaced the list of them", () => {
    const message = 'Cannot add to "_": already set to "x"';
    const options: ParseOptions = { string: ["_"] };
    assert.throws(() => parseArgs(["--_=x", "NAME"], options), { name: "TypeError", message });
    assert.throws(() => parseArgs(["--_=x"], options), { name: "TypeError", message });
  });

  it("for a flag inside the value of another that is not an object", () => {
    const options: ParseOptions = { boolean: ["quiet"] };
    assert.throws(() => parseArgs(["--quiet", "--quiet.x"], options), { name: "TypeError" });
  });
});
