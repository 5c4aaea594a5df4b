// Durations, sizes and switches as texts; exit statuses of errors.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitStatus, statusOf } from "../../src/cli/exit.ts";
import { bytesText, durationText } from "../../src/cli/flag.ts";
import { UsageError } from "../../src/cli/usage.ts";
import { parseBytes, parseDuration, parseSwitch } from "../../src/cli/values.ts";
import { LoadError, type LoadFailure } from "../../src/ffi/load.ts";
import { IdentityError } from "../../src/protocol/identity.ts";
import { ConnectionError } from "../../src/worker.ts";
import { EndpointError } from "../../src/zmq/endpoint.ts";
import { ZmqError } from "../../src/zmq/errors.ts";

function assertRefused(read: (source: string, text: string) => unknown, text: string): void {
  assert.throws(() => read("--flag", text), (error) => {
    assert.ok(error instanceof UsageError, `${JSON.stringify(text)}: ${error}`);
    assert.ok(error.message.startsWith(`Cannot use ${JSON.stringify(text)} for --flag: give `));
    return true;
  });
}

describe("A duration", () => {
  const ms = (text: string): number => parseDuration("--flag", text);

  it("is a number with a unit, and without one a number of seconds", () => {
    const cases: readonly [string, number][] = [
      ["0", 0],
      ["0ms", 0],
      ["1ms", 1],
      ["500ms", 500],
      ["2", 2000],
      ["2s", 2000],
      ["1.5s", 1500],
      [".5", 500],
      ["0.0004", 0],
      ["0.0005", 1],
      ["010s", 10_000],
      ["2m", 120_000],
      ["1h", 3_600_000],
      ["24d", 2_073_600_000],
    ];
    for (const [text, wanted] of cases) assert.equal(ms(text), wanted, text);
  });

  it("ends at the largest C int of milliseconds", () => {
    assert.equal(ms("2147483647ms"), 2 ** 31 - 1);
    for (const text of ["2147483648ms", "25d", "2147484", "9".repeat(400)]) {
      assertRefused(parseDuration, text);
    }
  });

  it("is nothing else", () => {
    const texts = ["", " ", "-1", "+1", "1 s", " 1s", "1s ", "1y", "1S", "1MS", "s", "ms", "."];
    texts.push("1.", "1e3", "0x10", "1_000", "1,5", "NaN", "Infinity", "1s1s", "1s\n", "١");
    for (const text of texts) assertRefused(parseDuration, text);
  });

  it("is shown as it can be given", () => {
    for (const text of ["0s", "1s", "10s", "1500ms", "1ms"]) {
      assert.equal(durationText(ms(text)), text);
    }
  });
});

describe("A number of bytes", () => {
  const bytes = (text: string): number => parseBytes("--flag", text);

  it("is a whole number, with K, M and G for powers of 1024", () => {
    const cases: readonly [string, number][] = [
      ["1", 1],
      ["65536", 65536],
      ["0064", 64],
      ["64K", 65536],
      ["64k", 65536],
      ["64KB", 65536],
      ["64KiB", 65536],
      ["100B", 100],
      ["256M", 2 ** 28],
      ["2G", 2 ** 31],
    ];
    for (const [text, wanted] of cases) assert.equal(bytes(text), wanted, text);
  });

  it("is at least 1 and a safe integer", () => {
    assert.equal(bytes("9007199254740991"), Number.MAX_SAFE_INTEGER);
    for (const text of ["0", "0K", "9007199254740992", "9007199254740993", "8388608G"]) {
      assertRefused(parseBytes, text);
    }
    assertRefused(parseBytes, "9".repeat(400));
  });

  it("is nothing else", () => {
    const texts = ["", " ", "-1", "+1", "1.5K", "1 K", " 1", "1 ", "K", "1T", "1e3", "0x10"];
    for (const text of [...texts, "1_000", "NaN", "1KK", "1K1", "1\n"]) {
      assertRefused(parseBytes, text);
    }
  });

  it("is shown as it can be given", () => {
    for (const text of ["1", "65536", "1M", "256M", "1048577"]) {
      assert.equal(bytesText(bytes(text)), text);
    }
  });
});

describe("A switch in the environment", () => {
  it("is on or off in whichever words people use", () => {
    for (const text of ["1", "true", "TRUE", "yes", "on"]) {
      assert.equal(parseSwitch("V", text), true, text);
    }
    for (const text of ["0", "false", "No", "no", "off"]) {
      assert.equal(parseSwitch("V", text), false, text);
    }
  });

  it("is nothing else", () => {
    for (const text of ["", "2", "01", "10", "truely", "1\n", "perhaps", "y", "-1"]) {
      assertRefused(parseSwitch, text);
    }
  });
});

describe("The exit status", () => {
  const zmqError = (code: string): ZmqError => new ZmqError(code, 1, "bind", "Cannot bind");

  it("is 64 for whatever was typed wrongly", () => {
    assert.equal(exitStatus.usage, 64);
    assert.equal(statusOf(new UsageError("x")), 64);
    assert.equal(statusOf(new EndpointError("x")), 64);
    assert.equal(statusOf(new IdentityError("x")), 64);
    for (const code of ["EINVAL", "ENAMETOOLONG", "ENOCOMPATPROTO", "EPROTONOSUPPORT"]) {
      assert.equal(statusOf(zmqError(code)), 64, code);
    }
  });

  it("is 69 for what is not there", () => {
    assert.equal(exitStatus.unavailable, 69);
    for (const failure of ["missing", "unusable", "too-old"] satisfies LoadFailure[]) {
      assert.equal(statusOf(new LoadError(failure, "x")), 69, failure);
    }
    assert.equal(statusOf(new ConnectionError("unresolved", "x")), 69);
    for (const code of ["EADDRINUSE", "EADDRNOTAVAIL", "ENODEV", "ENOENT", "E99999"]) {
      assert.equal(statusOf(zmqError(code)), 69, code);
    }
  });

  it("is 75 for what may work later", () => {
    assert.equal(exitStatus.tryAgain, 75);
    for (const code of ["EMFILE", "ENFILE"]) assert.equal(statusOf(zmqError(code)), 75, code);
  });

  it("is 77 for what is not allowed", () => {
    assert.equal(exitStatus.denied, 77);
    for (const code of ["EACCES", "EPERM"]) assert.equal(statusOf(zmqError(code)), 77, code);
    assert.equal(statusOf(new LoadError("denied", "x")), 77);
    assert.equal(statusOf(new ConnectionError("denied", "x")), 77);
  });

  it("is 70 for everything that nobody foresaw", () => {
    assert.equal(exitStatus.bug, 70);
    for (const error of [new Error("x"), new TypeError("x"), "x", undefined, null, 64]) {
      assert.equal(statusOf(error), 70);
    }
  });

  it("is 128 and the signal's number for an end by a signal or a broken pipe", () => {
    assert.equal(exitStatus.interrupted, 128 + 2);
    assert.equal(exitStatus.brokenPipe, 128 + 13);
    assert.equal(exitStatus.terminated, 128 + 15);
  });
});
