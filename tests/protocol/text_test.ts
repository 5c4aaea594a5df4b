import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { escapeText, printableFrame } from "../../src/protocol/text.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("printableFrame", () => {
  it("leaves ordinary text alone, backslashes too", () => {
    for (const text of ["", "Hello from WORKER_A", "東京 ✓ 🙂", "C:\\new"]) {
      assert.equal(printableFrame(utf8(text)), text);
    }
  });

  it("escapes what would not show or would do something to a terminal", () => {
    assert.equal(printableFrame(utf8("a\nb\tc\r")), "a\\nb\\tc\\r");
    assert.equal(printableFrame(utf8("\x1b[2J\0\x7f")), "\\x1b[2J\\x00\\x7f");
    assert.equal(printableFrame(utf8("\u202egnp.exe\u200b")), "\\u{202e}gnp.exe\\u{200b}");
    assert.equal(printableFrame(utf8("\u2028\ufeff\u{e0001}")), "\\u{2028}\\u{feff}\\u{e0001}");
    assert.equal(escapeText("\x9b31m"), "\\x9b31m");
  });

  it("shows bytes that are no UTF-8 in hexadecimal", () => {
    assert.equal(printableFrame(Uint8Array.of(0xff, 0, 65)), "0xff0041");
    assert.equal(printableFrame(utf8("ab🙂").subarray(0, 4)), "0x6162f09f");
  });

  it("says how long a frame is of which only the beginning is shown", () => {
    assert.equal(printableFrame(utf8("abc"), 10), "abc... (10 bytes)");
    const text = utf8("aé東🙂");
    const whole = ["", "a", "a", "aé", "aé", "aé", "aé東", "aé東", "aé東", "aé東"];
    whole.forEach((shown, cut) =>
      assert.equal(printableFrame(text.subarray(0, cut), 99), `${shown}... (99 bytes)`)
    );
  });

  it("never lets a control byte through", () => {
    for (let byte = 0; byte < 256; byte++) {
      assert.doesNotMatch(printableFrame(Uint8Array.of(65, byte)), /\p{Cc}/u);
    }
  });
});
