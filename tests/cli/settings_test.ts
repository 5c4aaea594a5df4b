// What sets a flag beside the command line: its variable and the config file, for every flag of every
// command; and what each of them does, seen from a shell.

import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { type Arguments, readArguments } from "../../src/cli/args.ts";
import { commands } from "../../src/cli/commands.ts";
import { type Flag, isBare } from "../../src/cli/flag.ts";
import { commonFlags } from "../../src/cli/flags.ts";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-"));
after(() => fs.rmSync(folder, { recursive: true }));

/** What a flag may be given, and what it then is. */
type Sample = readonly [text: string, value: unknown];

/** Some of each kind, no two next to each other the same. */
function samplesOf({ kind, choices = [] }: Flag): readonly Sample[] {
  switch (kind) {
    case "switch":
      return [["1", true], ["0", false], ["yes", true], ["off", false]];
    case "level":
      return [["1", 1], ["2", 2]];
    case "duration":
      return [["1s", 1000], ["300ms", 300], ["2m", 120_000]];
    case "bytes":
      return [["1K", 1024], ["3", 3], ["2MiB", 2 ** 21]];
    case "count":
      return [["1", 1], ["20", 20], ["300", 300]];
    case "choice":
      return choices.map((choice) => [choice, choice]);
    case "list":
      return [["a", ["a"]], ["b", ["b"]], ["c", ["c"]]];
    case "text":
      return [["a", "a"], ["b c", "b c"], ["=", "="]];
  }
}

/** What a command line, variables and a config file make of a flag. */
function valueOf({ kind, setting }: Flag, args: Arguments): unknown {
  const name = setting as string;
  if (kind === "switch") return args.switch(name);
  if (kind === "list") return args.list(name);
  return kind === "text" || kind === "choice" ? args.text(name) : args.number(name);
}

/** The words that give a flag, with its letter if that is wanted and it has one. */
function wordsOf(flag: Flag, text: string, isShort = false): readonly string[] {
  const name = isShort && flag.short !== undefined ? `-${flag.short}` : `--${flag.name}`;
  if (flag.kind === "level") return new Array<string>(Number(text)).fill(name);
  if (flag.kind === "switch") return text === "1" ? [name] : [`--${flag.name}=${text}`];
  return [name, text];
}

let files = 0;

/** A new config file. */
function configFile(text: string): string {
  const file = path.join(folder, `config-${++files}`);
  fs.writeFileSync(file, text);
  return file;
}

for (const command of Object.values(commands)) {
  describe(`The settings of ${command.name}`, () => {
    const flags = [...command.flags, ...commonFlags].filter(({ setting }) => setting !== undefined);
    for (const flag of flags) {
      const setting = flag.setting as string;
      const variable = flag.variable as string;
      const read = (words: readonly string[], environment = {}): unknown =>
        valueOf(
          flag,
          readArguments(command, words, { CALLSIGN_CONFIG: "/dev/null", ...environment }),
        );
      const samples = samplesOf(flag);

      it(`take --${flag.name} and ${variable} for the same`, () => {
        for (const [text, value] of setting === "config" ? [] : samples) {
          assert.deepEqual(read(wordsOf(flag, text)), value, text);
          assert.deepEqual(read(wordsOf(flag, text, true)), value, text);
          assert.deepEqual(read([], { [variable]: text }), value, text);
        }
      });

      if (setting === "config") continue;
      const fromFile = (text: string): Record<string, string> => ({
        CALLSIGN_CONFIG: configFile(text),
      });

      it(`take a line of ${setting} in a config file for the same`, () => {
        for (const [text, value] of samples) {
          assert.deepEqual(read([], fromFile(`${setting} = ${text}`)), value, text);
        }
      });

      it(`hear of ${setting} the command line, the variable and the file, in this order`, () => {
        const nothing = flag.kind === "switch" ? false : undefined;
        assert.deepEqual(read([]), nothing);
        samples.forEach(([inFile], i) => {
          const [given, value] = samples[(i + 1) % samples.length] as Sample;
          const file = fromFile(`${setting} = ${inFile}`);
          assert.deepEqual(read([], { ...file, [variable]: given }), value);
          assert.deepEqual(read(wordsOf(flag, given), file), value);
          assert.deepEqual(read(wordsOf(flag, given), { [variable]: inFile }), value);
          // One that is empty says nothing.
          assert.deepEqual(
            read([], { ...fromFile(`${setting} = ${given}`), [variable]: "" }),
            value,
          );
        });
      });

      it(`name ${variable}, or the line, of a ${setting} that cannot be`, () => {
        const bad = { switch: "perhaps", level: "3", duration: "soon", bytes: "big", count: "0" };
        const text = { ...bad, choice: "neither", list: undefined, text: undefined }[flag.kind];
        if (text === undefined) return;
        const file = fromFile(`\n${setting} = ${text}`);
        const refusal = (source: string) => (error: Error) =>
          error.message.startsWith(`Cannot use "${text}" for ${source}: give `);
        assert.throws(() => read([], { [variable]: text }), refusal(variable));
        const line = `${setting} in ${file.CALLSIGN_CONFIG}, line 2`;
        assert.throws(() => read([], file), refusal(line));
        if (!isBare(flag)) {
          assert.throws(() => read(wordsOf(flag, text)), refusal(`--${flag.name}`));
        }
      });
    }

    it("are in the file that --config names, and else in that of CALLSIGN_CONFIG", () => {
      const [own, other] = [configFile("quiet = 1"), configFile("log-json = 1")];
      const read = (words: readonly string[], environment: Record<string, string>) => {
        const args = readArguments(command, words, environment);
        return [args.text("config"), args.switch("quiet"), args.switch("log-json")];
      };
      assert.deepEqual(read(["--config", own], { CALLSIGN_CONFIG: other }), [own, true, false]);
      assert.deepEqual(read([], { CALLSIGN_CONFIG: other }), [other, false, true]);
      const usual = { XDG_CONFIG_HOME: folder };
      fs.mkdirSync(path.join(folder, "callsign"), { recursive: true });
      fs.writeFileSync(path.join(folder, "callsign/config"), "log-json = 1");
      assert.deepEqual(read([], usual), [undefined, false, true]);
      assert.deepEqual(read(["--config", own], usual), [own, true, false]);
    });
  });
}
