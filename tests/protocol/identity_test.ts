import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { callsignOf, IdentityError, identityOf } from "../../src/protocol/identity.ts";
import { escapeText } from "../../src/protocol/text.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("identityOf", () => {
  it("is the name's bytes", () => {
    for (const name of ["WORKER_A", "007", "w", "wörker-東京", "x".repeat(255)]) {
      assert.deepEqual(identityOf(name), utf8(name));
    }
  });

  const refused: readonly (readonly [string, RegExp])[] = [
    ["", /it is empty; give 1 to 255 bytes$/],
    ["x".repeat(256), /it has 256 bytes; give at most 255$/],
    ["ö".repeat(128), /it has 256 bytes; give at most 255$/],
    ["\0abc", /it begins with a zero byte/],
    ["a\nb", /control or invisible character; remove it$/],
    ["\x1b[2J", /control or invisible character/],
    ["a\x7f", /control or invisible character/],
    ["a\u202eb", /control or invisible character/],
    ["a\u200bb", /control or invisible character/],
    ["a b", /it has a space; use a dash or an underscore$/],
    ["a\u00a0b", /it has a space/],
  ];
  for (const [name, reason] of refused) {
    it(`refuses ${escapeText(JSON.stringify(name.slice(0, 10)))} of ${name.length} characters`, () => {
      assert.throws(() => identityOf(name), (error) => {
        assert.ok(error instanceof IdentityError);
        assert.match(error.message, reason);
        return true;
      });
    });
  }
});

describe("callsignOf", () => {
  it("shows what can be printed as it is", () => {
    for (const name of ["WORKER_A", "wörker-東京", "a:b/c"]) {
      assert.equal(callsignOf(utf8(name)), name);
    }
  });

  it("shows everything else in hexadecimal", () => {
    assert.equal(callsignOf(Uint8Array.of(0, 1, 2, 3, 4)), "0x0001020304");
    assert.equal(callsignOf(Uint8Array.of(0xff, 0xfe)), "0xfffe");
    assert.equal(callsignOf(new Uint8Array(0)), "0x");
    for (const name of ["\x1b[2J", "a b", "a\nb", "\u202eabc", "\ufeffabc"]) {
      assert.match(callsignOf(utf8(name)), /^0x[0-9a-f]+$/);
    }
  });

  it("shows no two identities alike", () => {
    assert.notEqual(callsignOf(utf8("0x41")), callsignOf(utf8("A")));
    assert.equal(callsignOf(utf8("0x01")), "0x30783031");
  });

  it("cuts what is longer than an identity may be", () => {
    const shown = callsignOf(new Uint8Array(1_000_000).fill(65));
    assert.equal(shown, `0x${"41".repeat(16)}... (1000000 bytes)`);
  });
});
