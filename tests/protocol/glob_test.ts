import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileGlob, isGlob } from "../../src/protocol/glob.ts";
import { Random } from "../support/random.ts";
import { vectors } from "./contract.ts";

const matches = (pattern: string, callsign: string): boolean => compileGlob(pattern)(callsign);

/** The meaning of a pattern, written down as plainly as can be and as slow as it likes. */
function meansMatch(pattern: readonly string[], callsign: readonly string[]): boolean {
  const [sign, ...rest] = pattern;
  const [character, ...others] = callsign;
  if (sign === undefined) return character === undefined;
  if (sign === "*" && meansMatch(rest, callsign)) return true;
  if (character === undefined) return false;
  if (sign === "*") return meansMatch(pattern, others);
  const set = sign === "[" ? /^\[(!?)([^][^\]]*)\]/u.exec(pattern.join("")) : null;
  if (set !== null) {
    const [whole, not, members] = set as unknown as [string, string, string];
    const isIn = isOneOf(character, [...members]);
    return isIn !== (not === "!") && meansMatch(pattern.slice([...whole].length), others);
  }
  return (sign === "?" || sign === character) && meansMatch(rest, others);
}

function isOneOf(character: string, [from, dash, to, ...rest]: readonly string[]): boolean {
  if (from === undefined) return false;
  if (dash !== "-" || to === undefined) {
    return from === character || isOneOf(character, [dash, to, ...rest].filter((it) => it != null));
  }
  const point = (one: string): number => one.codePointAt(0) as number;
  const isBetween = point(from) <= point(character) && point(character) <= point(to);
  return isBetween || isOneOf(character, rest);
}

describe("isGlob", () => {
  it("asks for one of * ? [", () => {
    for (const text of ["*", "web-?", "[a]", "a[", "東*"]) assert.ok(isGlob(text), text);
    for (const text of ["", "web-3", "a]", "!", "-", "@print", "東"]) {
      assert.equal(isGlob(text), false, text);
    }
  });
});

describe("compileGlob", () => {
  it("takes a [ that nothing closes for itself", () => {
    assert.ok(matches("[ab", "[ab"));
    assert.ok(matches("*[", "web["));
    assert.ok(matches("[!", "[!"));
    assert.equal(matches("[ab", "a"), false);
  });

  it("takes a ] that comes first in a set for one of it", () => {
    assert.ok(matches("[]]", "]"));
    assert.ok(matches("[]a]", "a"));
    assert.ok(matches("[!]]", "a"));
    assert.equal(matches("[!]]", "]"), false);
    assert.ok(matches("[]", "[]"));
    assert.ok(matches("[!]", "[!]"));
  });

  it("matches nothing but the empty text without a pattern", () => {
    assert.ok(matches("", ""));
    assert.ok(matches("*", ""));
    assert.equal(matches("", "a"), false);
    assert.equal(matches("?", ""), false);
    assert.equal(matches("[!a]", ""), false);
  });

  it("makes a test that can be used again", () => {
    const test = compileGlob("*-[0-9]");
    const callsigns = ["web-1", "web-x", "web-1", "", "-0"];
    assert.deepEqual(callsigns.map(test), [true, false, true, false, true]);
  });

  it("agrees with a naive matcher", () => {
    for (const { pattern, callsign, matches } of vectors.globs) {
      assert.equal(meansMatch([...pattern], [...callsign]), matches, `${pattern} ${callsign}`);
    }
    const random = new Random(3);
    const signs = ["*", "*", "?", "[", "[", "]", "]", "!", "-", "a", "b", "c", "é", "～", "🙂"];
    const characters = ["a", "a", "b", "c", "-", "!", "]", "é", "～", "🙂", "*"];
    const counts = { matching: 0, others: 0 };
    for (let round = 0; round < 50_000; round++) {
      const pattern = random.times(8, () => random.of(signs));
      const callsign = random.times(6, () => random.of(characters));
      const expected = meansMatch(pattern, callsign);
      counts[expected ? "matching" : "others"]++;
      const label = `round ${round}: ${pattern.join("")} and ${callsign.join("")}`;
      assert.equal(matches(pattern.join(""), callsign.join("")), expected, label);
    }
    assert.ok(counts.matching > 2000 && counts.others > 2000, JSON.stringify(counts));
  });

  /** A callsign of 246 times `a`, which may be looked at only so often. */
  function watched(looksMax: number): { readonly callsign: string; readonly looks: () => number } {
    let looks = 0;
    const codePointAt = (): number => {
      assert.ok(++looks <= looksMax, `more than ${looksMax} looks`);
      return "a".charCodeAt(0);
    };
    // Not a string, but taken apart as one.
    const callsign = Array(246).fill({ codePointAt }) as unknown as string;
    return { callsign, looks: () => looks };
  }

  const pathological = [
    "*a*a*a*a*b",
    `${"*a".repeat(120)}*b`,
    `${"*".repeat(245)}b`,
    `${"a*".repeat(120)}[!a]`,
    `${"*?".repeat(100)}b`,
    `*${"a".repeat(122)}b`,
    `*${"[!b-z]".repeat(40)}b`,
    "*aaaaaaaa*aaaaaaaa*aaaaaaab",
  ];
  for (const pattern of pathological) {
    it(`goes over 246 characters in a bounded number of steps: ${pattern.slice(0, 30)}`, () => {
      // Sets ask a character for its code point, so each step is seen.
      const sets = pattern.replaceAll(/(?<!\[[^\]]*)[a-z]/g, "[$&]");
      const elements = sets.replaceAll(/\[[^\]]*\]/g, "x").length;
      const { callsign, looks } = watched(elements * 246);
      assert.equal(compileGlob(sets)(callsign), false);
      assert.ok(looks() > 0);
      assert.equal(matches(pattern, "a".repeat(246)), false);
    });
  }
});
