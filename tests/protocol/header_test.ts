import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import {
  decodeHeader,
  encodeHeader,
  flags,
  headerBytes,
  headerOffset,
  isHeader,
  protocolVersion,
  verbs,
} from "../../src/protocol/header.ts";
import { Random } from "../support/random.ts";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (frame: Uint8Array): string => Buffer.from(frame).toString("hex");
const idMax = 2n ** 64n - 1n;

describe("encodeHeader", () => {
  it("writes sixteen bytes, little-endian", () => {
    const frame = encodeHeader(verbs.reply, 0x0807060504030201n, {
      flags: flags.more,
      status: 0x2211,
    });
    assert.equal(hex(frame), "4353010708001122" + "0102030405060708");
  });

  it("leaves flags and status 0 unless they are given", () => {
    assert.equal(hex(encodeHeader(verbs.stats, 0n)), "4353010e" + "00".repeat(12));
    assert.equal(
      hex(encodeHeader(verbs.reply, 1n, { status: 65_535 })),
      "435301070000ffff" + "0100000000000000",
    );
  });

  it("makes a new frame each time", () => {
    const first = encodeHeader(verbs.heartbeat, 1n);
    encodeHeader(verbs.heartbeat, 2n);
    assert.equal(decodeHeader(first).id, 1n);
  });
});

describe("decodeHeader", () => {
  it("reads what encodeHeader wrote, whatever the numbers are", () => {
    const random = new Random(1);
    const ids = [0n, 1n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n, idMax];
    for (let round = 0; round < 10_000; round++) {
      const verb = random.below(256);
      const some = { flags: random.below(256), status: random.below(65_536) };
      const drawn = BigInt(random.next()) << 32n | BigInt(random.next());
      const id = round < ids.length ? ids[round] as bigint : drawn;
      assert.deepEqual(decodeHeader(encodeHeader(verb, id, some)), {
        version: protocolVersion,
        verb,
        ...some,
        id,
      });
    }
  });

  it("reads a frame that is a part of a larger buffer", () => {
    const whole = bytes("ff".repeat(7) + "4353010508000201" + "0300000000000000" + "ff".repeat(5));
    assert.deepEqual(decodeHeader(whole.subarray(7, 23)), {
      version: 1,
      verb: verbs.send,
      flags: flags.more,
      status: 0x0102,
      id: 3n,
    });
  });

  it("reads other versions, verbs and flags as they are", () => {
    const { version, verb, flags } = decodeHeader(bytes("43531ffeff09" + "00".repeat(10)));
    assert.deepEqual({ version, verb, flags }, { version: 31, verb: 254, flags: 255 });
  });
});

describe("isHeader", () => {
  it("holds for sixteen bytes that begin with CS and a version below 0x20", () => {
    const frame = encodeHeader(verbs.hello, 1n);
    for (let version = 0; version < 256; version++) {
      frame[headerOffset.version] = version;
      assert.equal(isHeader(frame), version < 0x20, `version ${version}`);
    }
  });

  it("does not care for what follows the version", () => {
    for (let offset = headerOffset.verb; offset < headerBytes; offset++) {
      for (const byte of [0, 1, 0x20, 0xff]) {
        const frame = encodeHeader(verbs.hello, 1n);
        frame[offset] = byte;
        assert.ok(isHeader(frame));
      }
    }
  });

  it("holds for no other length", () => {
    const long = new Uint8Array(64);
    long.set(encodeHeader(verbs.hello, 1n));
    for (let length = 0; length <= long.length; length++) {
      assert.equal(isHeader(long.subarray(0, length)), length === headerBytes, `${length} bytes`);
    }
  });

  it("holds for no other magic", () => {
    for (let offset = 0; offset < headerOffset.version; offset++) {
      for (let byte = 0; byte < 256; byte++) {
        const frame = encodeHeader(verbs.hello, 1n);
        const isMagic = frame[offset] === byte;
        frame[offset] = byte;
        assert.equal(isHeader(frame), isMagic);
      }
    }
  });

  it("holds for no text of sixteen printable characters", () => {
    const random = new Random(2);
    for (let round = 0; round < 1000; round++) {
      const text = "CS" + String.fromCharCode(...Array.from({ length: 14 }, printable));
      assert.equal(isHeader(new TextEncoder().encode(text)), false, text);
    }
    function printable(): number {
      return 0x20 + random.below(0x5f);
    }
  });
});
