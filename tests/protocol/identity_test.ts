import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import {
  callsignOf,
  IdentityError,
  identityOf,
  parseSessionIdentity,
  sessionIdentity,
  shortName,
  whyNoCallsign,
} from "../../src/protocol/identity.ts";
import { callsignBytesMax, identityBytesMax } from "../../src/protocol/limits.ts";
import { escapeText } from "../../src/protocol/text.ts";
import { Random } from "../support/random.ts";

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

  it("shows in hexadecimal what would be read as a group, a pattern or an identity in hex", () => {
    for (const name of ["@print", "@", "web-*", "a?", "[a", "a]", "0x", "0x41", "0xzz", ""]) {
      assert.equal(callsignOf(utf8(name)), `0x${Buffer.from(name).toString("hex")}`, name);
    }
    for (const name of ["a@b", "print@", "0X41", "x0x", "0", "!a", "a-z", "a\\b"]) {
      assert.equal(callsignOf(utf8(name)), name);
    }
  });

  it("shows a session's identity in hexadecimal: it is no plain peer's name", () => {
    assert.match(callsignOf(sessionIdentity("web-3", "a1B2c3D4")), /^0x[0-9a-f]{28}$/);
  });

  it("cuts what is longer than an identity may be", () => {
    const shown = callsignOf(new Uint8Array(1_000_000).fill(65));
    assert.equal(shown, `0x${"41".repeat(16)}... (more than 255 bytes)`);
  });
});

describe("whyNoCallsign", () => {
  it("finds nothing wrong with what can be a callsign", () => {
    const names = [
      "a",
      "WORKER_A",
      "wörker-東京",
      "🙂",
      "a:b/c=d#e",
      "a@b",
      "x0x",
      "0X41",
      "0",
      "!",
    ];
    for (const name of [...names, "x".repeat(246), "é".repeat(123)]) {
      assert.equal(whyNoCallsign(name), undefined, name);
    }
  });

  const refused: readonly (readonly [RegExp, readonly string[]])[] = [
    [/^it is empty; give 1 to 246 bytes$/, [""]],
    [/^it has 247 bytes; give at most 246$/, ["x".repeat(247), `${"é".repeat(123)}x`]],
    [/^it has 248 bytes; give at most 246$/, ["🙂".repeat(62)]],
    [/^it has a control or invisible character; remove it$/, [
      ...["a\0", "\0", "a\n", "\r\n", "a\x1fb", "\x1b[2J", "a\x7f", "a\x9b", "a\u00ad", "a\u200b"],
      ...["\ufeffa", "\u202ea", "a\u2028b", "\ud800", "a\udc00", "\ue000", "\u{e0041}", "\uffff"],
    ]],
    [/^it has a space; use a dash or an underscore$/, [
      " ",
      "a b",
      "a\u00a0",
      "\u3000",
      "a\u2009b",
    ]],
    [/^it begins with @, which stands for a group; remove it$/, ["@", "@print", "@@"]],
    [/^it begins with 0x, which stands for an identity in hex$/, ["0x", "0x41", "0xzz", "0xé"]],
    [/^it has one of \* \? \[ \], which make a pattern$/, ["*", "a*", "?", "[", "]", "a]b", "[a]"]],
  ];
  for (const [reason, names] of refused) {
    it(`says ${reason.source}`, () => {
      for (const name of names) assert.match(whyNoCallsign(name) ?? "", reason, escapeText(name));
    });
  }
});

describe("sessionIdentity", () => {
  it("is the callsign, 0x1F and the session", () => {
    assert.deepEqual(sessionIdentity("wörker", "a1B2c3D4"), utf8("wörker\x1fa1B2c3D4"));
    const longest = sessionIdentity("x".repeat(callsignBytesMax), "a1B2c3D4");
    assert.equal(longest.length, identityBytesMax);
  });

  it("refuses a callsign that cannot be one, and says why", () => {
    assert.throws(() => sessionIdentity("@print", "a1B2c3D4"), (error) => {
      assert.ok(error instanceof IdentityError);
      assert.equal(
        error.message,
        'Cannot use "@print" as a name: it begins with @, which stands for a group; remove it',
      );
      return true;
    });
    assert.throws(() => sessionIdentity("x".repeat(247), "a1B2c3D4"), IdentityError);
  });
});

describe("parseSessionIdentity", () => {
  it("reads what sessionIdentity made", () => {
    for (const callsign of ["a", "wörker-東京", "🙂", "x".repeat(246), "é".repeat(123)]) {
      const identity = sessionIdentity(callsign, "00zzZZ99");
      assert.deepEqual(parseSessionIdentity(identity), { callsign, session: "00zzZZ99" });
      assert.equal(shortName(identity), callsign);
    }
  });

  it("reads a part of a larger buffer", () => {
    const whole = utf8("xxweb-3\x1fa1B2c3D4yy");
    const read = parseSessionIdentity(whole.subarray(2, -2));
    assert.deepEqual(read, { callsign: "web-3", session: "a1B2c3D4" });
  });

  it("takes each byte of the session for a letter or digit of ASCII, or refuses it", () => {
    for (let byte = 0; byte < 256; byte++) {
      const identity = utf8("web-3\x1fa1B2c3D4");
      identity[10] = byte;
      const isOne = /^[A-Za-z0-9]$/.test(String.fromCharCode(byte));
      assert.equal(parseSessionIdentity(identity) !== undefined, isOne, `byte ${byte}`);
    }
  });

  it("never throws; what it lets in is what sessionIdentity makes of it", () => {
    const random = new Random(6);
    const pieces = ["web", "\x1f", "a1B2c3D4", "é", "東", "🙂", "@", "0x", "*", "]", "\0", " "].map(
      utf8,
    );
    let parsed = 0;
    for (let round = 0; round < 100_000; round++) {
      const ends = [...utf8("\x1fa1B2c3D4")];
      const drawn = random.times(4, () => [...random.of(pieces)]).flat();
      const identity = Uint8Array.from(random.below(2) === 0 ? drawn : [...drawn, ...ends]);
      if (random.below(4) === 0 && identity.length > 0) {
        identity[random.below(identity.length)] = random.below(256);
      }
      const read = parseSessionIdentity(identity);
      assert.equal(typeof shortName(identity), "string");
      if (read === undefined) continue;
      parsed++;
      assert.deepEqual(sessionIdentity(read.callsign, read.session), identity);
    }
    assert.ok(parsed > 1000, `${parsed}`);
  });
});
