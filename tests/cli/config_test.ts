// The config file: where it is, what its lines mean, and what is said of one that cannot be read.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { readArguments } from "../../src/cli/args.ts";
import { commands } from "../../src/cli/commands.ts";
import { parseConfig, readConfig, type Settings } from "../../src/cli/config.ts";
import { UsageError } from "../../src/cli/usage.ts";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-"));
after(() => fs.rmSync(folder, { recursive: true }));

/** Writes a file into the folder, and says where it is. */
function written(name: string, text: string): string {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

/** What each setting was given. */
function textsOf(settings: Settings): Record<string, readonly string[]> {
  return Object.fromEntries([...settings].map(([name, { texts }]) => [name, texts]));
}

const parsed = (text: string): Record<string, readonly string[]> => textsOf(parseConfig(text, "F"));

const refuses = (read: () => unknown, message: string): void =>
  assert.throws(read, (error) => {
    assert.ok(error instanceof UsageError, `${error}`);
    assert.equal(error.message, message);
    return true;
  });

const howToName = "write a flag's variable without CALLSIGN_, in lower case and with dashes, " +
  "such as max-output";

describe("parseConfig", () => {
  it("reads a name and a value a line, with and without spaces around", () => {
    assert.deepEqual(parsed("timeout=10s\nquiet = 1\n\t as\t=  ops  \nlinger =1s"), {
      timeout: ["10s"],
      quiet: ["1"],
      as: ["ops"],
      linger: ["1s"],
    });
  });

  it("passes over empty lines and comments", () => {
    assert.deepEqual(parsed(""), {});
    assert.deepEqual(parsed("\n \n\t\n# timeout = 1s\n  #quiet = 1\n#\n"), {});
  });

  it("takes files as editors elsewhere write them", () => {
    assert.deepEqual(parsed("\ufefftimeout = 10s\r\n\r\n# of ours\r\nquiet = 1\r\n"), {
      timeout: ["10s"],
      quiet: ["1"],
    });
  });

  it("keeps a value as it is, whatever is in it", () => {
    assert.deepEqual(parsed('as = a=b\nconnect = "tcp://a:1"  tcp://b:2\ngroup = #1'), {
      as: ["a=b"],
      connect: ['"tcp://a:1"  tcp://b:2'],
      // Only a line of its own is a comment.
      group: ["#1"],
    });
  });

  it("keeps all values of a name, in their order", () => {
    assert.deepEqual(parsed("group = a\nquiet = 1\ngroup = b c\ngroup =\n"), {
      group: ["a", "b c", ""],
      quiet: ["1"],
    });
  });

  it("tells where the last value of a name stands", () => {
    const settings = parseConfig("timeout = 1s\n\ntimeout = 2s\nquiet = 1", "/etc/c");
    assert.equal(settings.get("timeout")?.source, "timeout in /etc/c, line 3");
    assert.equal(settings.get("quiet")?.source, "quiet in /etc/c, line 4");
  });

  it("refuses a line that is none, by its number", () => {
    for (
      const line of ["timeout", "= 10s", "timeout 10s", "[section]", "time out = 1s", "=", ":"]
    ) {
      refuses(
        () => parseConfig(`quiet = 1\n${line}\n`, "/etc/c"),
        "Cannot read /etc/c, line 2: write NAME = VALUE, such as timeout = 10s",
      );
    }
  });

  it("refuses a name that there is not, by its line", () => {
    // Neither flags that are no settings, nor variables, nor what a file cannot say of itself.
    const names = ["nope", "help", "version", "config", "Timeout", "CALLSIGN_TIMEOUT", "--timeout"];
    for (const name of [...names, "max_output", "constructor", "__proto__"]) {
      refuses(
        () => parseConfig(`\n${name} = 1\n`, "/etc/c"),
        `Unknown setting "${name}" in /etc/c, line 2; ${howToName}`,
      );
    }
  });
});

describe("readConfig", () => {
  const none = (): undefined => undefined;
  const environment = (values: Readonly<Record<string, string>>) => (name: string) => values[name];

  it("reads the file it is given, and no other", () => {
    const file = written("own", "timeout = 7s");
    written("xdg/callsign/config", "quiet = 1");
    const settings = readConfig(file, environment({ XDG_CONFIG_HOME: path.join(folder, "xdg") }));
    assert.deepEqual(textsOf(settings), { timeout: ["7s"] });
  });

  it("looks into $XDG_CONFIG_HOME, and else into ~/.config", () => {
    const home = path.join(folder, "home");
    written("home/.config/callsign/config", "as = home");
    written("xdg/callsign/config", "as = xdg");
    const as = (values: Readonly<Record<string, string>>): string | undefined =>
      readConfig(undefined, environment(values)).get("as")?.texts[0];
    assert.equal(as({ HOME: home }), "home");
    assert.equal(as({ HOME: home, XDG_CONFIG_HOME: path.join(folder, "xdg") }), "xdg");
    assert.equal(as({ XDG_CONFIG_HOME: path.join(folder, "xdg") }), "xdg");
    // One that is empty or relative is none.
    assert.equal(as({ HOME: home, XDG_CONFIG_HOME: "" }), "home");
    assert.equal(as({ HOME: home, XDG_CONFIG_HOME: "xdg" }), "home");
    // One where there is no such file is one all the same.
    assert.equal(as({ HOME: home, XDG_CONFIG_HOME: path.join(folder, "none") }), undefined);
  });

  it("does without a usual file, and without a home", () => {
    for (const values of [{}, { HOME: "" }, { HOME: path.join(folder, "nobody") }]) {
      assert.deepEqual(textsOf(readConfig(undefined, environment(values))), {});
    }
    // A folder in its place cannot be read either.
    const home = path.join(folder, "odd");
    fs.mkdirSync(path.join(home, ".config/callsign/config"), { recursive: true });
    assert.deepEqual(textsOf(readConfig(undefined, environment({ HOME: home }))), {});
  });

  it("refuses a file that is given and cannot be read", () => {
    const missing = path.join(folder, "missing");
    const file = written("file", "");
    for (
      const [given, code] of [[missing, "ENOENT"], [folder, "EISDIR"], [`${file}/x`, "ENOTDIR"]]
    ) {
      refuses(
        () => readConfig(given, none),
        `Cannot read the config file ${JSON.stringify(given)}: ${code}`,
      );
    }
  });

  it("refuses a file that is something else", () => {
    const file = path.join(folder, "binary");
    fs.writeFileSync(file, new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0xfe, 0x0a]));
    refuses(
      () => readConfig(file, none),
      `Cannot read ${file}, line 1: write NAME = VALUE, such as timeout = 10s`,
    );
  });
});

describe("A config file, as a command reads it,", () => {
  const read = (text: string, ...words: readonly string[]) =>
    readArguments(commands.worker, words, { CALLSIGN_CONFIG: written("read", text) });

  it("gives lists from all lines of a name, and else the last of them", () => {
    const args = read("group = a b\nconnect = tcp://a:1\ngroup = c\ndrain = 1s\ndrain = 2s");
    assert.deepEqual(args.list("group"), ["a", "b", "c"]);
    assert.deepEqual(args.list("connect"), ["tcp://a:1"]);
    assert.equal(args.number("drain"), 2000);
  });

  it("counts an empty value as none", () => {
    const args = read("group =\ndrain =\nquiet =\nverbose = ");
    assert.deepEqual([args.list("group"), args.number("drain")], [undefined, undefined]);
    assert.deepEqual([args.switch("quiet"), args.number("verbose")], [false, undefined]);
    assert.deepEqual(read("group = a\ngroup =\ngroup = b").list("group"), ["a", "b"]);
  });

  it("may say things that only other commands know", () => {
    assert.doesNotThrow(() => read("bind = tcp://*:1\nmax-message-bytes = nonsense\ncount = 0"));
  });

  it("is refused with a value that cannot be read, by its line", () => {
    refuses(
      () => read("\ndrain = 1s\ndrain = soon"),
      `Cannot use "soon" for drain in ${path.join(folder, "read")}, line 3: give a time such as ` +
        "500ms, 10s or 2m, at most 24d",
    );
    refuses(
      () => read("quiet = perhaps"),
      `Cannot use "perhaps" for quiet in ${path.join(folder, "read")}, line 1: give 1 or 0`,
    );
    refuses(
      () => read("verbose = 3"),
      `Cannot use "3" for verbose in ${path.join(folder, "read")}, line 1: give 0, 1 or 2`,
    );
  });

  it("is not looked at for help, nor where another has a value", () => {
    assert.equal(read("nonsense", "--help").switch("help"), true);
    assert.equal(read("nonsense", "--version").switch("version"), true);
    assert.equal(read("drain = soon", "--drain", "3s").number("drain"), 3000);
  });
});
