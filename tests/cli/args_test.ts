// Command lines and environments as the values of flags, in process.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Arguments, type Environment, readArguments } from "../../src/cli/args.ts";
import { commands } from "../../src/cli/commands.ts";
import { UsageError } from "../../src/cli/usage.ts";

const broker = (words: readonly string[], environment: Environment = {}): Arguments =>
  readArguments(commands.broker, words, environment);

const worker = (words: readonly string[], environment: Environment = {}): Arguments =>
  readArguments(commands.worker, words, environment);

function assertRefused(read: () => unknown, message: string): void {
  assert.throws(read, (error) => {
    assert.ok(error instanceof UsageError, `${error}`);
    assert.equal(error.message, message);
    return true;
  });
}

const missingBind = "Missing value for --bind: give it as --bind ENDPOINT or -b ENDPOINT";

describe("A command line", () => {
  it("without words leaves every flag undefined, and every switch off", () => {
    const args = broker([]);
    assert.deepEqual(args.operands, []);
    assert.equal(args.list("bind"), undefined);
    assert.equal(args.number("linger"), undefined);
    assert.equal(args.number("max-message-bytes"), undefined);
    assert.equal(args.switch("quiet"), false);
    assert.equal(args.switch("help"), false);
  });

  it("gives a list in its order, however each value is written", () => {
    const args = broker(["--bind", "a", "-b", "b", "--bind=c", "-b=d"]);
    assert.deepEqual(args.list("bind"), ["a", "b", "c", "d"]);
  });

  it("gives the last value of a flag that holds one", () => {
    assert.equal(broker(["--linger", "1", "--linger=2s"]).number("linger"), 2000);
    assert.equal(broker(["--linger", "x", "--linger", "2s"]).number("linger"), 2000);
  });

  it("reads letters, alone and clustered", () => {
    assert.equal(broker(["-q"]).switch("quiet"), true);
    const args = broker(["-hV"]);
    assert.deepEqual([args.switch("help"), args.switch("version")], [true, true]);
    const clustered = broker(["-qb", "a"]);
    assert.deepEqual([clustered.switch("quiet"), clustered.list("bind")], [true, ["a"]]);
    assert.deepEqual(worker(["-c", "a", "NAME"]).list("connect"), ["a"]);
  });

  it("takes true and false for a switch after two dashes, and after one neither", () => {
    assert.equal(broker(["--quiet=true"]).switch("quiet"), true);
    assert.equal(broker(["--quiet=false"]).switch("quiet"), false);
    assert.equal(broker(["--quiet", "--quiet=false"]).switch("quiet"), false);
    assertRefused(() => broker(["-q=false"]), 'Cannot use "false" for --quiet: it takes no value');
    assertRefused(() => broker(["-q=true"]), 'Cannot use "true" for --quiet: it takes no value');
  });

  it("turns a switch off that the environment turns on", () => {
    for (const word of ["--quiet=false", "--quiet=no", "--quiet=0"]) {
      const args = readArguments(commands.broker, [word], { CALLSIGN_QUIET: "1" });
      assert.equal(args.switch("quiet"), false, word);
    }
  });

  it("does not take a switch for on that was given as something else", () => {
    for (const text of ["", "perhaps"]) {
      assertRefused(
        () => broker([`--quiet=${text}`]),
        `Cannot use ${JSON.stringify(text)} for --quiet: give 1 or 0`,
      );
    }
  });

  it("gives the help whatever the environment says", () => {
    const args = readArguments(commands.broker, ["--help"], { CALLSIGN_LINGER: "nonsense" });
    assert.equal(args.switch("help"), true);
  });

  it("does not take the word after a switch for its value", () => {
    const args = worker(["--quiet", "NAME"]);
    assert.deepEqual([args.switch("quiet"), args.operands], [true, ["NAME"]]);
  });

  it("keeps operands in their order, between flags too", () => {
    assert.deepEqual(worker(["A", "--quiet", "B", "-c", "x", "C"]).operands, ["A", "B", "C"]);
  });

  it("keeps what looks like a number as the text it is", () => {
    for (const name of ["007", "1e3", "0x10", "1.0", "Infinity", "true"]) {
      assert.deepEqual(worker([name]).operands, [name]);
      assert.deepEqual(worker(["--connect", name]).list("connect"), [name]);
    }
  });

  it("keeps everything after two dashes as it is, and apart", () => {
    const args = worker(["A", "--", "--quiet", "-h", "--_=x", "--", "007"]);
    assert.deepEqual(args.operands, ["A"]);
    assert.deepEqual(args.rest, ["--quiet", "-h", "--_=x", "--", "007"]);
    assert.equal(args.switch("quiet"), false);
    assert.deepEqual(worker(["--"]).operands, []);
    assert.deepEqual(worker(["--"]).rest, []);
    assert.equal(worker(["A"]).rest, undefined);
  });

  it("counts how often a flag is given that says how much", () => {
    const level = (...words: readonly string[]) => broker(words).number("verbose");
    assert.equal(level(), undefined);
    assert.equal(level("-v"), 1);
    assert.equal(level("-vv"), 2);
    assert.equal(level("-v", "--verbose"), 2);
    assert.equal(level("-qv"), 1);
    assert.equal(level("--", "-v"), undefined);
    assert.equal(broker([], { CALLSIGN_VERBOSE: "2" }).number("verbose"), 2);
    assert.equal(broker(["-v"], { CALLSIGN_VERBOSE: "2" }).number("verbose"), 1);
    assertRefused(
      () => broker([], { CALLSIGN_VERBOSE: "3" }),
      'Cannot use "3" for CALLSIGN_VERBOSE: give 0, 1 or 2',
    );
  });

  it("reads sizes and durations with their units", () => {
    const args = broker(["--max-message-bytes", "64K", "--linger", "1.5s"]);
    assert.equal(args.number("max-message-bytes"), 65536);
    assert.equal(args.number("linger"), 1500);
    assert.equal(worker(["--answer-timeout", "0"]).number("answer-timeout"), 0);
  });
});

describe("A command line is refused", () => {
  it("with a flag that the command does not have, which it names as written", () => {
    const words = ["--nope", "--nope=x", "--no-quiet", "--no-bind", "--Bind", "--bin", "-z", "-qz"];
    words.push("---quiet", "--bind.x", "--quiet.x", "--=x", "--connect", "-5");
    for (const word of words) {
      const message = `Unknown flag ${JSON.stringify(word)}; see callsign broker --help`;
      assertRefused(() => broker([word]), message);
    }
    assertRefused(
      () => worker(["--bind", "x"]),
      'Unknown flag "--bind"; see callsign worker --help',
    );
  });

  it("with a flag named as JavaScript's own properties are", () => {
    for (const word of ["--_", "--_=x", "--__proto__=x", "--constructor", "--toString=x"]) {
      const message = `Unknown flag ${JSON.stringify(word)}; see callsign broker --help`;
      assertRefused(() => broker([word]), message);
    }
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });

  it("with a flag that lacks its value, wherever it stands", () => {
    for (
      const words of [
        ["--bind"],
        ["-b"],
        ["--bind="],
        ["-b="],
        ["--bind", ""],
        ["--bind", "--quiet"],
        ["--bind", "-q"],
        ["--bind", "--"],
        ["--bind", "--", "x"],
        ["--bind", "a", "--bind"],
        ["--bind", "", "--bind", "a"],
        ["-qb"],
      ]
    ) {
      assertRefused(() => broker(words), missingBind);
    }
  });

  it("with a flag without a letter that lacks its value, and offers none", () => {
    const message = "Missing value for --linger: give it as --linger TIME";
    for (const words of [["--linger"], ["--linger="], ["--linger", "--quiet"]]) {
      assertRefused(() => broker(words), message);
    }
  });

  it("with a value that cannot be read, named by the flag", () => {
    assertRefused(
      () => broker(["--linger", "soon"]),
      'Cannot use "soon" for --linger: give a time such as 500ms, 10s or 2m, at most 24d',
    );
    assertRefused(
      () => broker(["--max-message-bytes=0"]),
      'Cannot use "0" for --max-message-bytes: give a number of bytes such as 65536, 64K or 256M',
    );
  });
});

describe("The environment", () => {
  it("gives what the command line does not", () => {
    const args = broker([], {
      CALLSIGN_BIND: "a",
      CALLSIGN_LINGER: "250ms",
      CALLSIGN_MAX_MESSAGE_BYTES: "1M",
      CALLSIGN_QUIET: "1",
    });
    assert.deepEqual(args.list("bind"), ["a"]);
    assert.equal(args.number("linger"), 250);
    assert.equal(args.number("max-message-bytes"), 2 ** 20);
    assert.equal(args.switch("quiet"), true);
  });

  it("separates the values of a list by spaces, tabs and lines", () => {
    assert.deepEqual(broker([], { CALLSIGN_BIND: " a  b\tc\nd " }).list("bind"), [
      "a",
      "b",
      "c",
      "d",
    ]);
  });

  it("counts an empty variable, or one of spaces, as not set", () => {
    for (const text of ["", " ", "\t\n"]) {
      const args = broker([], {
        CALLSIGN_BIND: text,
        CALLSIGN_LINGER: text,
        CALLSIGN_QUIET: text,
        CALLSIGN_MAX_MESSAGE_BYTES: text,
      });
      assert.equal(args.list("bind"), undefined);
      assert.equal(args.number("linger"), undefined);
      assert.equal(args.number("max-message-bytes"), undefined);
      assert.equal(args.switch("quiet"), false);
    }
  });

  it("turns a switch on with 1 and off with 0", () => {
    assert.equal(broker([], { CALLSIGN_QUIET: "1" }).switch("quiet"), true);
    assert.equal(broker([], { CALLSIGN_QUIET: "0" }).switch("quiet"), false);
  });

  it("is refused with a value that cannot be read, named by the variable", () => {
    assertRefused(
      () => broker([], { CALLSIGN_QUIET: "perhaps" }),
      'Cannot use "perhaps" for CALLSIGN_QUIET: give 1 or 0',
    );
    assertRefused(
      () => worker([], { CALLSIGN_ANSWER_TIMEOUT: "-1" }),
      'Cannot use "-1" for CALLSIGN_ANSWER_TIMEOUT: give a time such as 500ms, 10s or 2m, ' +
        "at most 24d",
    );
    assertRefused(
      () => broker([], { CALLSIGN_MAX_MESSAGE_BYTES: "big" }),
      'Cannot use "big" for CALLSIGN_MAX_MESSAGE_BYTES: give a number of bytes such as 65536, ' +
        "64K or 256M",
    );
  });

  it("yields to the command line, which replaces a list and does not add to it", () => {
    const environment = { CALLSIGN_BIND: "a b", CALLSIGN_LINGER: "1s", CALLSIGN_QUIET: "0" };
    const args = broker(["--bind", "c", "--linger", "2s", "--quiet"], environment);
    assert.deepEqual(args.list("bind"), ["c"]);
    assert.equal(args.number("linger"), 2000);
    assert.equal(args.switch("quiet"), true);
  });

  it("is not looked at where the command line has a value", () => {
    const args = broker(["--linger", "2s"], { CALLSIGN_LINGER: "soon" });
    assert.equal(args.number("linger"), 2000);
  });

  it("has nothing to say about flags that are not the command's", () => {
    const args = worker(["NAME"], { CALLSIGN_MAX_MESSAGE_BYTES: "nonsense", CALLSIGN_BIND: "a" });
    assert.deepEqual(args.operands, ["NAME"]);
  });

  it("counts as empty where it may not be read", () => {
    const denied = new Proxy({}, {
      get: () => {
        throw new Error("Requires env access");
      },
    });
    const args = broker(["--bind", "a"], denied);
    assert.deepEqual([args.list("bind"), args.switch("quiet")], [["a"], false]);
  });
});
