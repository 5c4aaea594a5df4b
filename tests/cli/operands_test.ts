import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readArguments } from "../../src/cli/args.ts";
import { commands } from "../../src/cli/commands.ts";
import { allOperands, checkPeer, someOperands } from "../../src/cli/operands.ts";
import { UsageError } from "../../src/cli/usage.ts";

const request = (...words: readonly string[]) => readArguments(commands.request, words, {});

describe("Operands", () => {
  it("are the words that are no flags, and all after two dashes", () => {
    assert.deepEqual(allOperands(request("web", "-q", "a", "--", "-q", "--")), [
      "web",
      "a",
      "-q",
      "--",
    ]);
  });

  it("are refused when there are too few or too many", () => {
    const refused = (words: readonly string[], least: number, most: number, text: string) =>
      assert.throws(
        () => someOperands(commands.request, request(...words), least, most),
        (error) => error instanceof UsageError && error.message === text,
      );
    refused([], 1, 1, "Missing PEER; see callsign request --help");
    refused(
      ["a", "b c"],
      1,
      1,
      'Unexpected argument "b c": callsign request takes PEER [BODY]...',
    );
    assert.deepEqual(someOperands(commands.request, request("a"), 1, 1), ["a"]);
  });

  it("name peers that there can be", () => {
    assert.equal(checkPeer("@web"), "@web");
    assert.equal(checkPeer("ö".repeat(127)), "ö".repeat(127));
    for (const word of ["", "ö".repeat(128)]) assert.throws(() => checkPeer(word), UsageError);
  });
});
