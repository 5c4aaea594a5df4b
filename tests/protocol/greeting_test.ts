import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodeJson,
  encodeJson,
  type Hello,
  parseHello,
  parseWelcome,
  type Welcome,
} from "../../src/protocol/greeting.ts";
import { whyNoCallsign } from "../../src/protocol/identity.ts";
import * as limits from "../../src/protocol/limits.ts";
import { Random } from "../support/random.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const hello = (json: unknown): Hello | string => parseHello(encodeJson(json));
const least = { role: "worker", instance: "i" };

/** Frames that are no JSON object, whatever is expected of it. */
const noObjects: Readonly<Record<string, Uint8Array>> = {
  "nothing": utf8(""),
  "a space": utf8(" "),
  "text": utf8("worker"),
  "an array": utf8('[{"role":"worker","instance":"i"}]'),
  "a string": utf8('"worker"'),
  "a number": utf8("1"),
  "null": utf8("null"),
  "true": utf8("true"),
  "an object cut short": utf8('{"role":"worker","instance":"i"'),
  "two objects": utf8('{"role":"worker","instance":"i"}{}'),
  "an object and a zero byte": utf8('{"role":"worker","instance":"i"}\0'),
  "a trailing comma": utf8('{"role":"worker","instance":"i",}'),
  "single quotes": utf8("{'role':'worker','instance':'i'}"),
  "a comment": utf8('{"role":"worker","instance":"i"/**/}'),
  "no UTF-8": Uint8Array.of(...utf8('{"role":"worker","instance":"i","x":"'), 0xff, 0x22, 0x7d),
  "half a character": Uint8Array.of(...utf8('{"x":"'), 0xc3),
  "a surrogate as UTF-8": Uint8Array.of(...utf8('{"x":"'), 0xed, 0xa0, 0x80, 0x22, 0x7d),
  "UTF-16": Uint8Array.from([...'{"role":"worker"}'].flatMap((it) => [it.charCodeAt(0), 0])),
  "a control character in a string": utf8('{"x":"\n"}'),
  "only zeros": new Uint8Array(64),
  "brackets without end": utf8("[".repeat(16_000)),
  "objects without end": utf8('{"a":'.repeat(3000)),
  "an array nested 8,000 deep": utf8("[".repeat(8000) + "]".repeat(8000)),
};

describe("decodeJson", () => {
  it("reads what encodeJson wrote", () => {
    for (const value of [null, 0, "é東🙂", [], {}, [{ a: [1, "\n", "\u2028"] }], "\ud800"]) {
      assert.deepEqual(decodeJson(encodeJson(value)), value);
    }
  });

  it("is undefined for what is no JSON in UTF-8", () => {
    for (const frame of [utf8(""), utf8("{"), Uint8Array.of(0x22, 0xff, 0x22)]) {
      assert.equal(decodeJson(frame), undefined);
    }
  });

  it("is not spoilt by the frame before", () => {
    assert.equal(decodeJson(Uint8Array.of(0x22, 0xe6, 0x9d)), undefined);
    assert.equal(decodeJson(utf8('"東"')), "東");
  });
});

describe("parseHello", () => {
  it("reads all there may be", () => {
    const all = {
      role: "worker",
      instance: "!~".repeat(32),
      groups: ["print", "都", "g".repeat(246)],
      capacity: 65_535,
      agent: "wörker 1.0 🙂",
    };
    assert.deepEqual(hello(all), all);
  });

  it("fills in what may be left out", () => {
    assert.deepEqual(hello(least), { ...least, groups: [], capacity: 1, agent: "" });
    const client = { role: "client", instance: "i" };
    assert.deepEqual(hello(client), { ...client, groups: [], capacity: 0, agent: "" });
  });

  it("gives a client no capacity", () => {
    const read = hello({ role: "client", instance: "i", capacity: 7 });
    assert.ok(typeof read === "object");
    assert.equal(read.capacity, 0);
  });

  it("takes a worker that takes nothing for now", () => {
    const read = hello({ ...least, capacity: 0 });
    assert.ok(typeof read === "object");
    assert.equal(read.capacity, 0);
  });

  it("names a group once", () => {
    const read = hello({ ...least, groups: ["b", "a", "b", "a"] });
    assert.ok(typeof read === "object");
    assert.deepEqual(read.groups, ["b", "a"]);
  });

  it("passes over keys it does not know, whatever they are called", () => {
    const names = ["colour", "__proto__", "constructor", "toString", "", "role "];
    const others = names.map((name) => `${JSON.stringify(name)}:{"groups":1,"agent":2}`);
    const read = parseHello(utf8(`{${others},"role":"worker","instance":"i"}`));
    assert.deepEqual(read, { ...least, groups: [], capacity: 1, agent: "" });
    assert.equal(
      typeof parseHello(utf8('{"__proto__":{"role":"worker","instance":"i"}}')),
      "string",
    );
  });

  it("takes spaces around it, and the last of two equal keys", () => {
    const read = parseHello(utf8(' \n{"role":"broker","role":"client","instance":"i"}\r\n\t'));
    assert.ok(typeof read === "object");
    assert.equal(read.role, "client");
  });

  it("counts characters, not their bytes or halves", () => {
    const read = hello({ ...least, agent: "🙂".repeat(limits.agentCharactersMax) });
    assert.ok(typeof read === "object");
  });

  for (const [name, frame] of Object.entries(noObjects)) {
    it(`refuses ${name}`, () => assert.equal(parseHello(frame), "HELLO takes one JSON object"));
  }

  const refused: readonly (readonly [RegExp, Readonly<Record<string, readonly unknown[]>>])[] = [
    [/^role must be "worker" or "client"$/, {
      role: [undefined, null, "", "Worker", "broker", "worker ", 1, true, ["worker"], {}],
    }],
    [/^instance must be 1 to 64 printable ASCII characters/, {
      instance: [
        undefined,
        null,
        "",
        "i".repeat(65),
        "a b",
        "a\n",
        "é",
        "\0",
        "\x7f",
        1,
        ["i"],
        {},
      ],
    }],
    [/^groups must be at most 32 names, without @$/, {
      groups: [
        ...[null, "print", {}, 1, true, [1], [null], [[]], [["a"]], [""], ["@a"], ["0x41"], ["a*"]],
        ...[["a?"], ["[a"], ["a]"], ["a b"], ["a\n"], ["a\x1fb"], ["\u202ea"], ["\ud800"]],
        ...[["g".repeat(247)], ["é".repeat(124)], ["a", "b", "@c"], Array(33).fill("a")],
        { length: 1, 0: "a" },
      ],
    }],
    [/^capacity must be a number from 0 to 65535$/, {
      capacity: [null, "1", "", -1, 0.5, 65_536, 1e308, true, [], [1], {}],
    }],
    [/^agent must be at most 128 characters$/, {
      agent: [null, 1, true, [], ["a"], {}, "a".repeat(129), "🙂".repeat(129)],
    }],
  ];
  for (const [reason, cases] of refused) {
    for (const [key, values] of Object.entries(cases)) {
      it(`refuses any other ${key}`, () => {
        for (const value of values) {
          const read = hello({ ...least, [key]: value });
          assert.ok(typeof read === "string", `${key} of ${JSON.stringify(value)}`);
          assert.match(read, reason);
        }
      });
    }
  }

  it("refuses numbers that no double holds", () => {
    for (const number of ["1e999", "-1e999", "0.1", "65535.000001", "1e5", "-0.5"]) {
      const read = parseHello(utf8(`{"role":"worker","instance":"i","capacity":${number}}`));
      assert.match(`${read}`, /^capacity must be/, number);
    }
  });

  it("refuses more bytes than JSON from a peer may have", () => {
    const filled = (bytes: number): Uint8Array => {
      const empty = encodeJson({ ...least, x: "" }).length;
      return encodeJson({ ...least, x: "x".repeat(bytes - empty) });
    };
    assert.equal(typeof parseHello(filled(limits.jsonBytesMax)), "object");
    assert.match(
      `${parseHello(filled(limits.jsonBytesMax + 1))}`,
      /at most 16384 bytes, not 16385$/,
    );
  });

  it("has room for a HELLO with as many groups as can be, of full length", () => {
    const groups = Array.from({ length: limits.groupsMax }, (_, i) => `${i}`.padStart(246, "g"));
    assert.equal(typeof hello({ ...least, groups, agent: "🙂".repeat(128) }), "object");
  });
});

/** What is true of each HELLO that was let in. */
function assertWellFormed(read: Hello): void {
  assert.deepEqual(Object.keys(read).sort(), ["agent", "capacity", "groups", "instance", "role"]);
  assert.ok(read.role === "worker" || read.role === "client");
  assert.match(read.instance, /^[!-~]{1,64}$/);
  assert.ok(read.groups.length <= 32 && new Set(read.groups).size === read.groups.length);
  for (const group of read.groups) assert.equal(whyNoCallsign(group), undefined);
  assert.ok(Number.isInteger(read.capacity) && read.capacity >= 0 && read.capacity <= 65_535);
  assert.ok(read.role === "worker" || read.capacity === 0);
  assert.ok([...read.agent].length <= 128);
  // JSON can be read as -0, which is as good as 0, and is never written so.
  assert.deepEqual(hello(read), { ...read, capacity: read.capacity + 0 });
}

/** Spoils frames: a few bytes of them, or a value in them. */
class Spoiler {
  readonly #random: Random;
  readonly #seeds: readonly Uint8Array[];

  constructor(seed: number, seeds: readonly unknown[]) {
    this.#random = new Random(seed);
    this.#seeds = seeds.map(encodeJson);
  }

  frame(): Uint8Array {
    let frame = this.#random.of(this.#seeds);
    const changes = 1 + this.#random.below(3);
    for (let i = 0; i < changes; i++) frame = this.#change(frame);
    return frame;
  }

  #change(frame: Uint8Array): Uint8Array {
    const random = this.#random;
    const at = random.below(frame.length + 1);
    const end = Math.min(frame.length, at + random.below(8));
    const put = (...middle: readonly number[]): Uint8Array =>
      Uint8Array.of(...frame.subarray(0, at), ...middle, ...frame.subarray(end));
    switch (random.below(10)) {
      case 0:
        return put(...random.times(4, () => random.below(256)));
      case 1:
        return put();
      case 2:
        return put(...utf8(random.of(tokens)));
      case 3:
        return put(...random.of(this.#seeds).subarray(random.below(20), 20 + random.below(60)));
      case 4:
        return put(...frame.subarray(at, end), ...frame.subarray(at, end));
      default: {
        // A whole value for another, so that more than the syntax is tried.
        const text = new TextDecoder().decode(frame);
        const values = [...text.matchAll(/(?<=:)("[^"]*"|\[[^\]]*\]|\d+)/g)];
        const value = values[random.below(Math.max(1, values.length))];
        if (value === undefined) return frame;
        const after = text.slice(value.index + value[0].length);
        return utf8(text.slice(0, value.index) + random.of(tokens) + after);
      }
    }
  }
}

const tokens = [
  ...[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    "\\",
    "\\u",
    "\\ud800",
    "\\u0000",
    "\u202e",
    "\ufeff",
    "🙂",
  ],
  ...[
    "null",
    "true",
    "-0",
    "-1",
    "65535",
    "65536",
    "1e999",
    "0.5",
    "{}",
    "[]",
    '""',
    '"@a"',
    '"0x"',
  ],
  ...[
    '"worker"',
    '"client"',
    '"a b"',
    '["a","a"]',
    '[["a"]]',
    '"role":',
    '"groups":',
    '"__proto__":',
  ],
  `"${"a".repeat(200)}"`,
];

const hellos = [
  least,
  { role: "client", instance: "i", agent: "client.py" },
  { role: "worker", instance: "9f8e", groups: ["print", "都"], capacity: 4, agent: "wörker 🙂" },
];
const welcome: Welcome = {
  broker: "f00d",
  version: "0.1.0",
  heartbeatMs: 5000,
  goneAfterMs: 15_000,
  limitMs: 60_000,
  limitMsMax: 86_400_000,
  messageBytes: 2 ** 28,
  frames: 64,
};

describe("parseHello, given 150,000 spoilt greetings", () => {
  it("never throws, and lets in none that is not as it should be", () => {
    const spoiler = new Spoiler(4, hellos);
    const counts: Record<string, number> = {};
    for (let round = 0; round < 150_000; round++) {
      const frame = spoiler.frame();
      let read: Hello | string;
      try {
        read = parseHello(frame);
      } catch (error) {
        assert.fail(`round ${round}: ${error}: ${new TextDecoder().decode(frame)}`);
      }
      if (typeof read === "object") assertWellFormed(read);
      const outcome = typeof read === "object" ? "accepted" : read.split(" ")[0] as string;
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    // The first word of each sentence there is: none was out of reach.
    const outcomes = ["HELLO", "accepted", "agent", "capacity", "groups", "instance", "role"];
    assert.deepEqual(Object.keys(counts).sort(), outcomes);
    assert.ok(Object.values(counts).every((count) => count > 1000), JSON.stringify(counts));
  });
});

describe("parseWelcome", () => {
  it("reads a welcome, and passes over keys it does not know", () => {
    assert.deepEqual(parseWelcome(encodeJson(welcome)), welcome);
    const { broker, frames } = parseWelcome(encodeJson({ ...welcome, colour: 1 })) ?? assert.fail();
    assert.deepEqual({ broker, frames }, { broker: "f00d", frames: 64 });
  });

  for (const [name, frame] of Object.entries(noObjects)) {
    it(`refuses ${name}`, () => assert.equal(parseWelcome(frame), undefined));
  }

  for (const key of Object.keys(welcome) as (keyof Welcome)[]) {
    it(`refuses one without ${key}, or another kind of it`, () => {
      const isText = typeof welcome[key] === "string";
      const others = isText ? [1] : ["1", -1, 0.5, 2 ** 53, true];
      for (const value of [undefined, null, [], {}, ...others]) {
        assert.equal(parseWelcome(encodeJson({ ...welcome, [key]: value })), undefined);
      }
    });
  }

  it("never throws, and lets in none that is not as it should be", () => {
    const spoiler = new Spoiler(5, [welcome]);
    let accepted = 0;
    for (let round = 0; round < 50_000; round++) {
      const read = parseWelcome(spoiler.frame());
      if (read === undefined) continue;
      accepted++;
      for (const [key, value] of Object.entries(welcome) as [keyof Welcome, unknown][]) {
        assert.equal(typeof read[key], typeof value, key);
        if (typeof value === "number") assert.ok(Number.isSafeInteger(read[key]), key);
      }
    }
    assert.ok(accepted > 1000, `${accepted}`);
  });
});
