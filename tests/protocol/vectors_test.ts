// Every vector of docs/protocol.vectors.json, which a program in Python wrote, read and written by
// src/protocol; the layout of the frames is taken from the table of docs/protocol.md itself.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { Buffer } from "node:buffer";
import path from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { errorCodes, isErrorCode } from "../../src/protocol/codes.ts";
import { compileGlob, isGlob } from "../../src/protocol/glob.ts";
import { decodeJson, encodeJson, parseHello, parseWelcome } from "../../src/protocol/greeting.ts";
import {
  decodeHeader,
  encodeHeader,
  flags,
  isHeader,
  type Verb,
  verbs,
} from "../../src/protocol/header.ts";
import {
  callsignOf,
  parseSessionIdentity,
  sessionIdentity,
  shortName,
} from "../../src/protocol/identity.ts";
import { root, skipWithout } from "../support/programs.ts";
import { type Direction, layouts, type Meaning, vectors, vectorsText } from "./contract.ts";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (frame: Uint8Array): string => Buffer.from(frame).toString("hex");
const textOf = (frame: Uint8Array): string =>
  new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(frame);
const littleEndian = (value: number): Uint8Array => {
  const frame = new Uint8Array(4);
  new DataView(frame.buffer).setUint32(0, value, true);
  return frame;
};

const bitOf = (flag: string): number => flags[flag.toLowerCase() as keyof typeof flags];
const numberOf = (verb: string): number => verbs[verb.toLowerCase() as Verb];
const layoutOf = (verb: string, direction: Direction) =>
  layouts.find((layout) => layout.verb === verb && layout.directions.includes(direction));

/** The names of the frames a message of this layout may have, and which it must have. */
function partsOf(frames: string, flags: readonly string[]) {
  return [...frames.matchAll(/\[([^\]]+)\](\?|…)?(?: if (\w+))?/g)].map(([, name, sign, flag]) => ({
    name: name === "JSON array" ? "JSON" : name as string,
    isMany: sign === "…",
    isOptional: sign === "?",
    isThere: flag === undefined || flags.includes(flag),
  })).filter(({ isThere }) => isThere);
}

/** What a message means, read by the contract's table. */
function decode(direction: Direction, frames: readonly Uint8Array[]): Meaning {
  const { verb: number, flags: bits, status, id } = decodeHeader(frames[0] as Uint8Array);
  const [verb] = Object.entries(verbs).find(([, value]) => value === number) ?? [];
  const word = verb?.toUpperCase() ?? assert.fail(`no verb ${number}`);
  const set = Object.entries(flags).filter(([, bit]) => (bits & bit) !== 0);
  const names = set.map(([name]) => name.toUpperCase());
  const meaning: Record<string, unknown> = { verb: word, flags: names, status, id: `${id}` };
  const layout = layoutOf(word, direction) ?? assert.fail(`no ${word} ${direction}`);
  const rest = frames.slice(1);
  for (const { name, isMany, isOptional } of partsOf(layout.frames, names)) {
    if (isMany) meaning[name] = rest.splice(0).map(hex);
    else if (!isOptional || rest.length > 0) {
      meaning[name] = decodeFrame(name, rest.shift() ?? assert.fail(`no frame ${name}`));
    }
  }
  assert.equal(rest.length, 0, "frames are left over");
  return meaning as Meaning;
}

function decodeFrame(name: string, frame: Uint8Array): unknown {
  if (name === "JSON") return decodeJson(frame);
  if (name !== "limit") return textOf(frame);
  assert.equal(frame.length, 4);
  return new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
}

function encode(direction: Direction, meaning: Meaning): readonly Uint8Array[] {
  const { verb, flags: names, status, id } = meaning;
  const bits = names.reduce((sum, name) => sum | bitOf(name), 0);
  const header = encodeHeader(numberOf(verb), BigInt(id), { flags: bits, status });
  const layout = layoutOf(verb, direction) ?? assert.fail(`no ${verb} ${direction}`);
  const parts = partsOf(layout.frames, names);
  return [header, ...parts.flatMap(({ name }) => encodeFrames(name, meaning[name]))];
}

function encodeFrames(name: string, value: unknown): readonly Uint8Array[] {
  if (value === undefined) return [];
  if (name === "body") return (value as string[]).map(bytes);
  if (name === "limit") return [littleEndian(value as number)];
  return [name === "JSON" ? encodeJson(value) : new TextEncoder().encode(value as string)];
}

const messages = vectors.messages;

describe("The vectors of messages", () => {
  for (const { name, direction, frames, means } of messages) {
    it(`${name} (${direction})`, () => {
      const [header] = frames.map(bytes);
      assert.ok(header !== undefined && isHeader(header));
      assert.deepEqual(decode(direction, frames.map(bytes)), means);
      assert.deepEqual(encode(direction, means).map(hex), frames);
      const allowed = layoutOf(means.verb, direction)?.flags ?? [];
      assert.deepEqual(means.flags.filter((flag) => !allowed.includes(flag)), []);
    });
  }

  it("leave out no verb, direction, or flag of theirs", () => {
    const missing = layouts.flatMap(({ verb, directions, flags }) =>
      directions.flatMap((direction) => {
        const same = messages.filter((it) => it.means.verb === verb && it.direction === direction);
        const unseen = flags.filter((flag) => !same.some((it) => it.means.flags.includes(flag)));
        return same.length === 0 ? [`${verb} ${direction}`] : unseen.map((flag) => verb + flag);
      })
    );
    assert.deepEqual(missing, []);
  });

  it("have every code of ERROR, each with its number", () => {
    const errors = messages.filter(({ means }) => means.verb === "ERROR").map(({ means }) => means);
    for (const { code, status } of errors) {
      assert.ok(typeof code === "string" && isErrorCode(code));
      assert.equal(status, errorCodes[code], code);
    }
    const codes = new Set(errors.map(({ code }) => code));
    assert.deepEqual([...codes].sort(), Object.keys(errorCodes).sort());
  });

  it("have the ids and statuses that a double or a byte would spoil", () => {
    const ids = new Set(messages.map(({ means }) => means.id));
    for (const id of [0n, 1n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
      assert.ok(ids.has(`${id}`));
    }
    assert.ok(messages.some(({ means }) => means.status === 65_535));
  });

  it("greet as parseHello and parseWelcome read it", () => {
    const greetings = messages.filter(({ means }) => /^(HELLO|WELCOME)$/.test(means.verb));
    for (const { frames, means } of greetings) {
      const json = bytes(frames[1] as string);
      const read = means.verb === "HELLO" ? parseHello(json) : parseWelcome(json);
      const said = means.JSON as Record<string, unknown>;
      assert.ok(typeof read === "object");
      for (const [key, value] of Object.entries(read)) {
        const byDefault: Record<string, unknown> = { groups: [], capacity: 0, agent: "" };
        assert.deepEqual(value, said[key] ?? byDefault[key], key);
      }
    }
  });
});

describe("The vectors of plain messages", () => {
  for (const { name, frames } of vectors.plain) {
    it(name, () => assert.equal(isHeader(bytes(frames[0] as string)), false));
  }
});

describe("The vectors of refused messages", () => {
  for (const { name, frames, code } of vectors.refused) {
    it(`${name}: ${code}`, () => {
      const [header, second] = frames.map(bytes);
      assert.ok(header !== undefined && isHeader(header) && isErrorCode(code));
      const { version, verb, flags } = decodeHeader(header);
      assert.equal(version !== 1, code === "unknown-version");
      if (code === "unknown-verb") {
        const sent = layouts.filter(({ directions }) => directions.includes("to-broker"));
        assert.equal(sent.some(({ no }) => no === verb), false);
      }
      if (code === "bad-message" && verb === verbs.hello && frames.length === 2 && flags === 0) {
        assert.equal(typeof parseHello(second as Uint8Array), "string");
      }
    });
  }
});

describe("The vectors of identities", () => {
  for (const { name, hex: identity, callsign, session } of vectors.identities) {
    it(`${name}: ${callsign === null ? "none of a session" : session}`, () => {
      const parsed = parseSessionIdentity(bytes(identity));
      if (callsign === null || session === null) {
        assert.equal(parsed, undefined);
      } else {
        assert.deepEqual(parsed, { callsign, session });
        assert.equal(hex(sessionIdentity(callsign, session)), identity);
        assert.equal(shortName(bytes(identity)), callsign);
      }
    });
  }

  it("of plain peers are shown as the contract says", () => {
    for (const { hex: identity, callsign } of vectors.plainCallsigns) {
      assert.equal(callsignOf(bytes(identity)), callsign);
    }
  });
});

describe("The vectors of globs", () => {
  for (const pattern of new Set(vectors.globs.map((glob) => glob.pattern))) {
    it(pattern, () => {
      const matches = compileGlob(pattern);
      const same = vectors.globs.filter((glob) => glob.pattern === pattern);
      const expected = same.map(({ callsign, matches }) => ({ callsign, matches }));
      const actual = same.map(({ callsign }) => ({ callsign, matches: matches(callsign) }));
      assert.deepEqual(actual, expected);
      assert.equal(isGlob(pattern), pattern !== "web");
    });
  }
});

const python = process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3";
const program = spawnSync(python, [path.join(root, "docs", "protocol.vectors.py")], {
  encoding: "utf8",
  env: { ...process.env, PYTHONIOENCODING: "utf-8" },
});
const skip = skipWithout("python3", program.error === undefined);

describe("docs/protocol.vectors.json", () => {
  it("is what docs/protocol.vectors.py prints", { skip }, () => {
    assert.equal(program.stderr, "");
    assert.ok(program.stdout === vectorsText, "print it anew");
  });
});
