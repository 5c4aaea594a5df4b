// How many cells of a terminal characters take, and columns that stand under each other.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tableLines, textWidth } from "../../src/cli/table.ts";

/** Texts by how many cells they take, as terminals that follow Unicode show them. */
const widths: Readonly<Record<string, readonly (readonly [text: string, cells: number])[]>> = {
  "letters, digits and signs": [
    ["", 0],
    ["web-3", 5],
    ["~ !", 3],
    ["äöü", 3],
    ["Ωя", 2],
    ["…—·", 3],
    ["שלום", 4],
  ],
  "Chinese, Japanese and Korean": [
    ["東京", 4],
    ["カタカナ", 8],
    // Half width, and its own mark.
    ["ｶﾀｶﾅ", 4],
    ["ＡＢ！", 6],
    ["한글", 4],
    ["㐀𠀀", 4],
    ["、。「」", 8],
    ["\u3000", 2],
    // The one of its block that is narrow.
    ["\u303f", 1],
    ["￥", 2],
  ],
  "syllables written as their parts": [
    ["\u1112\u1161\u11ab", 2],
    ["\u1100\u1161\u1102\u1161", 4],
    ["\ua960\ud7b0\ud7cb", 2],
  ],
  "combining marks": [
    ["e\u0301", 1],
    ["cafe\u0301", 4],
    ["a\u0323\u0302\u0308", 1],
    ["か\u3099", 2],
    ["\u20dd", 0],
    // With a cell of their own.
    ["ก\u0e33", 2],
    ["न\u093f", 2],
  ],
  "what does not show": [
    ["\u200b", 0],
    ["a\u200db", 2],
    ["\u2060\ufeff", 0],
  ],
  "pictures": [
    ["😀", 2],
    ["🚀🐘", 4],
    ["⌚", 2],
    ["🀄", 2],
    ["⭐", 2],
  ],
  "signs that are pictures when they are asked to be": [
    ["❤", 1],
    ["❤\ufe0f", 2],
    ["☀\ufe0fx", 3],
    ["❤\ufe0e", 1],
    ["©", 1],
    ["©\ufe0f", 2],
    ["1\ufe0f\u20e3", 2],
  ],
  "pictures made of several": [
    ["👩\u200d💻", 2],
    ["👨\u200d👩\u200d👧\u200d👦", 2],
    ["🏳\ufe0f\u200d🌈", 2],
    ["👍🏽", 2],
    ["🇩🇪", 2],
    ["🇩🇪🇫🇷", 4],
    ["🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}", 2],
  ],
};

describe("textWidth", () => {
  for (const [what, texts] of Object.entries(widths)) {
    it(`counts the cells of ${what}`, () => {
      for (const [text, cells] of texts) {
        assert.equal(textWidth(text), cells, `${JSON.stringify(text)} (${escape(text)})`);
      }
    });
  }

  it("counts what stands beside each other one by one", () => {
    assert.equal(textWidth("東a京b"), 6);
    assert.equal(textWidth("a👩\u200d💻e\u0301東"), 6);
  });
});

describe("tableLines", () => {
  it("makes each column as wide as its widest cell", () => {
    const rows = [["NAME", "ROLE", "AGE"], ["a", "worker", "3s"], ["web-12", "x", "12m"]];
    assert.deepEqual(tableLines(rows), [
      "NAME    ROLE    AGE",
      "a       worker  3s",
      "web-12  x       12m",
    ]);
  });

  it("measures in cells, not in characters", () => {
    const names = ["NAME", "東京", "cafe\u0301", "👩\u200d💻", "❤\ufe0f", "web-10"];
    const lines = tableLines(names.map((name) => [name, "|"]));
    assert.deepEqual(lines, [
      "NAME    |",
      "東京    |",
      "cafe\u0301    |",
      "👩\u200d💻      |",
      "❤\ufe0f      |",
      "web-10  |",
    ]);
    assert.deepEqual(new Set(lines.map(textWidth)), new Set([9]));
  });

  it("leaves nothing behind the last cell, and takes rows that are shorter", () => {
    assert.deepEqual(tableLines([["a", "bb"], ["ccc", "d"], ["e"], ["", "f"], ["", ""]]), [
      "a    bb",
      "ccc  d",
      "e",
      "     f",
      "",
    ]);
  });

  it("makes nothing of nothing", () => {
    assert.deepEqual(tableLines([]), []);
    assert.deepEqual(tableLines([[]]), [""]);
  });
});

/** What a text consists of, for whoever reads that it has failed. */
function escape(text: string): string {
  return [...text].map((character) => `U+${character.codePointAt(0)?.toString(16)}`).join(" ");
}
