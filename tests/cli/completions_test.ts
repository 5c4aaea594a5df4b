// Completions: what bash, zsh and fish offer is what the table of commands has, and who is there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { after, afterEach, before, describe, it } from "node:test";
import { type Command, type CommandName, commands, shells } from "../../src/cli/commands.ts";
import type { Flag } from "../../src/cli/flag.ts";
import { commonFlags } from "../../src/cli/flags.ts";
import { flagWords } from "../../src/cli/completions/fish.ts";
import { flagSpecs, zshCompletions } from "../../src/cli/completions/zsh.ts";
import { killRunning, runToEnd } from "../support/process.ts";
import { type Form, skipWithout } from "../support/programs.ts";
import { Shell, shellForms } from "../support/shell.ts";
import {
  completeInFish,
  completeInZsh,
  type CompletingShell,
  completingShells,
  type Completion,
  isThere,
} from "./completing.ts";

const timeout = 120_000;

const names = Object.keys(commands) as CommandName[];
const all: readonly Command[] = Object.values(commands);
const programs = ["broker", "worker"] as const;

function spellings({ name, short }: Flag): string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

function sorted(words: Iterable<string>): string[] {
  return [...new Set(words)].sort();
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-completions-"));
const bin = path.join(folder, "bin");

before(() => {
  fs.mkdirSync(bin);
  fs.writeFileSync(path.join(bin, "zz-handler"), "#!/bin/sh\n", { mode: 0o755 });
  fs.writeFileSync(path.join(folder, "zz-settings"), "");
});

after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** For `afterEach`, where nothing is to go on from test to test. */
async function assertAllEnded(): Promise<void> {
  assert.equal(await killRunning(), 0, "programs were left running");
}

describe("The table as completions look at it", () => {
  it("says of each operand that is a name what it is", () => {
    for (const { name, operands, operandKind } of all) {
      const isNamed = /PEER|PATTERN|SHELL|\[COMMAND\]$|-- COMMAND/.test(operands);
      assert.equal(operandKind !== undefined, isNamed, name);
    }
  });
});

for (const shell of completingShells) {
  const skip = skipWithout(shell.name, isThere(shell.name));
  // As on a machine where nobody has installed callsign: only peers are asked for by it.
  const environment = { PATH: `${bin}:${process.env.PATH}` };
  const complete = (line: string): Promise<Completion> => shell.complete(line, folder, environment);

  describe(`The completions of ${shell.name}`, { skip }, () => {
    afterEach(assertAllEnded);

    it("are a script without mistakes", () => {
      const file = path.join(folder, `callsign.${shell.name}`);
      fs.writeFileSync(file, shell.script);
      const checks = [[shell.name, "-n", file]];
      if (shell.name === "bash" && isThere("shellcheck")) checks.push(["shellcheck", file]);
      for (const [program = "", ...args] of checks) {
        const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
        assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
      }
    });

    it("offer every command, and no other word", { timeout }, async () => {
      const { words, texts } = await complete("callsign ");
      assert.deepEqual(sorted(words), sorted(names));
      if (!shell.describes) return;
      for (const { name, summary } of all) assert.equal(texts.get(name), summary);
    });

    it("offer the commands that begin as the word does", { timeout }, async () => {
      const { words } = await complete("callsign wa");
      assert.deepEqual(sorted(words), sorted(names.filter((name) => name.startsWith("wa"))));
    });

    it("offer the flags that may stand in a command's place", { timeout }, async () => {
      const flags = commonFlags.filter(({ name }) => name === "help" || name === "version");
      const { words } = await complete("callsign -");
      assert.deepEqual(sorted(words), sorted(flags.flatMap(spellings)));
    });

    for (const command of all) {
      it(`offer every flag of ${command.name}, and no other`, { timeout }, async () => {
        checkFlags(shell, command, await complete(`callsign ${command.name} -`));
      });
    }

    for (const name of programs) {
      it(`offer every flag of ${name} as a program of its own`, { timeout }, async () => {
        checkFlags(shell, commands[name], await complete(`${name} -`));
      });
    }

    it("offer a flag once, unless it may be given again", { timeout }, async () => {
      const given = "--timeout 5s -q --connect tcp://127.0.0.1:1 -v";
      const { words } = await complete(`callsign request ${given} -`);
      for (const word of ["--timeout", "-t", "--quiet", "-q"]) {
        assert.ok(!words.includes(word), word);
      }
      for (const word of ["--connect", "-c", "--verbose", "-v", "--wait", "-w"]) {
        assert.ok(words.includes(word), word);
      }
    });

    for (const command of all) {
      for (const flag of command.flags.filter(({ choices }) => choices !== undefined)) {
        it(`offer what --${flag.name} of ${command.name} may be`, { timeout }, async () => {
          const line = `callsign ${command.name} --${flag.name}`;
          const apart = await complete(`${line} `);
          assert.deepEqual(sorted(apart.words), sorted(flag.choices ?? []));
          const joint = await complete(`${line}=`);
          const values = joint.words.map((word) => word.replace(/.*=/, ""));
          assert.deepEqual(sorted(values), sorted(flag.choices ?? []));
        });
      }
    }

    it("offer nothing for a value that can be anything", { timeout }, async () => {
      for (const value of ["--limit ", "--limit=", "--linger 5s --limit "]) {
        assert.deepEqual((await complete(`callsign broker ${value}`)).words, [], value);
      }
    });

    it("offer the shells and the commands where they are operands", { timeout }, async () => {
      assert.deepEqual(sorted((await complete("callsign completions ")).words), sorted(shells));
      assert.deepEqual(sorted((await complete("callsign help ")).words), sorted(names));
      const { words } = await complete("callsign help -v b");
      assert.deepEqual(sorted(words), sorted(names.filter((name) => name.startsWith("b"))));
    });

    it("offer nothing more where there is no more to give", { timeout }, async () => {
      for (const line of ["completions bash ", "help broker ", "stats ", "worker zz-"]) {
        const { words } = await complete(`callsign ${line}`);
        assert.deepEqual(words.filter((word) => !word.startsWith("-")), [], line);
      }
      assert.deepEqual((await complete("callsign nonsense ")).words, []);
    });

    it("offer files where a flag takes one", { timeout }, async () => {
      for (const line of ["callsign list --config zz-s", "broker --config zz-s"]) {
        assert.deepEqual(sorted((await complete(line)).words), ["zz-settings"], line);
      }
      const [joint = ""] = (await complete("callsign list --config=zz-s")).words;
      assert.equal(joint.replace("--config=", ""), "zz-settings");
    });

    it("offer programs and then files for a worker to run", { timeout }, async () => {
      for (const line of ["callsign worker web", "worker web -j 2"]) {
        assert.deepEqual(sorted((await complete(`${line} -- zz-`)).words), ["zz-handler"], line);
        const { words } = await complete(`${line} -- zz-handler zz-s`);
        assert.deepEqual(sorted(words), ["zz-settings"], line);
      }
      const { words } = await complete("callsign worker web -- zz-handler --con");
      assert.deepEqual(words, [], "the flags of another program");
    });
  });
}

function checkFlags(shell: CompletingShell, command: Command, { words, texts }: Completion): void {
  const flags = [...command.flags, ...commonFlags];
  assert.deepEqual(sorted(words), sorted(flags.flatMap(spellings)));
  if (!shell.describes) return;
  for (const flag of flags) {
    for (const word of spellings(flag)) assert.equal(texts.get(word), flag.help, word);
  }
}

describe("The help of a flag in completions", () => {
  afterEach(assertAllEnded);

  const help = 'It\'s [a] \\\\ "b": $HOME `c` (d) {e,f} *';
  const flag: Flag = { name: "odd", kind: "text", placeholder: "A:B", help };

  it("is the same in zsh", { skip: skipWithout("zsh", isThere("zsh")), timeout }, async () => {
    const script = [
      "autoload -Uz compinit && compinit -i",
      `_odd() { _arguments ${flagSpecs(flag).join(" ")} }`,
      "compdef _odd callsign",
    ].join("\n");
    const { texts } = await completeInZsh("callsign --", folder, {}, script);
    assert.deepEqual([...texts], [["--odd", help]]);
  });

  it("is the same in fish", { skip: skipWithout("fish", isThere("fish")), timeout }, async () => {
    const script = `complete -c callsign ${flagWords(flag)}`;
    const { texts } = await completeInFish("callsign --", folder, {}, script);
    assert.deepEqual([...texts], [["--odd", help]]);
  });
});

describe("The completions of zsh as a file of its fpath", () => {
  afterEach(assertAllEnded);

  const skip = skipWithout("zsh", isThere("zsh"));

  it("are loaded when they are first wanted", { skip, timeout }, async () => {
    const functions = path.join(folder, "functions");
    fs.mkdirSync(functions);
    fs.writeFileSync(path.join(functions, "_callsign"), zshCompletions());
    const start = "fpath=(./functions $fpath); autoload -Uz compinit; compinit -D -u";
    const { words } = await completeInZsh("callsign doc", folder, {}, start);
    assert.deepEqual(words, ["doctor"]);
  });
});

for (const form of shellForms) {
  describe(`Completions of who is there (${form.label})`, () => {
    // Not even a name that looks like a command of the shell is one.
    const odd = "a$(touch${IFS}hacked);b:c";
    let shell: Shell;

    before(async () => {
      shell = await Shell.open(form);
      await shell.worker("web-1 --group web --group all --echo");
      await shell.worker("web-2 --group web --echo");
      await shell.worker(`'${odd}' --echo`);
      await shell.worker("db:1 --echo");
      const watching = shell.start("exec callsign watch");
      await watching.line(/^Online: web-1/);
    }, { timeout });

    after(async () => await shell.close(), { timeout });

    for (const user of completingShells) {
      const skip = skipWithout(user.name, isThere(user.name));
      const complete = async (line: string, environment = {}): Promise<string[]> => {
        const own = { ...shell.environment, ...environment };
        return sorted((await user.complete(line, shell.folder, own)).words);
      };
      const elsewhere = { CALLSIGN_CONNECT: "tcp://127.0.0.1:1" };

      describe(`in ${user.name}`, { skip }, () => {
        it("are workers and groups for a request", { timeout }, async () => {
          const workers = ["@all", "@web", quotedBy(user, odd), "db:1", "web-1", "web-2"];
          assert.deepEqual(await complete("callsign request "), sorted(workers));
          assert.equal(fs.existsSync(path.join(shell.folder, "hacked")), false);
        });

        it("are clients too for the others", { timeout }, async () => {
          const words = await complete("callsign kick ");
          assert.equal(words.filter((word) => word.startsWith("client-")).length, 1);
          assert.equal(words.length, 7);
        });

        it("begin as the word does", { timeout }, async () => {
          assert.deepEqual(await complete("callsign list @w"), ["@web"]);
          assert.deepEqual(await complete("callsign send -v --wait web"), ["web-1", "web-2"]);
          assert.deepEqual(await complete("callsign wait web-1 @a"), ["@all"]);
        });

        it("take the place of what there is of a word", { timeout }, async () => {
          // Colons, equals signs and at signs are where bash splits words.
          const places: readonly (readonly [typed: string, line: string])[] = [
            ["request d", "request db:1 "],
            ["request db:", "request db:1 "],
            ["request 'db:", "request 'db:1' "],
            ["list @a", "list @all "],
            [`send --connect=${shell.endpoint} d`, `send --connect=${shell.endpoint} db:1 `],
          ];
          for (const [typed, wanted] of places) {
            const { words, line } = await user.complete(
              `callsign ${typed}`,
              shell.folder,
              shell.environment,
            );
            assert.equal(words.length, 1, typed);
            if (user.name !== "fish") assert.equal(line, `callsign ${wanted}`);
          }
        });

        it("are offered for as many operands as are peers", { timeout }, async () => {
          for (const line of ["request web-1 web", "kick web-1 web", "stats web", "worker web"]) {
            assert.deepEqual(await complete(`callsign ${line}`), [], line);
          }
        });

        it("are asked for where the line says", { timeout }, async () => {
          const config = path.join(shell.folder, "elsewhere");
          fs.writeFileSync(config, `connect = ${shell.endpoint}\n`);
          assert.deepEqual(await complete("callsign request web-", elsewhere), []);
          for (
            const place of [
              `--connect ${shell.endpoint}`,
              `--connect=${shell.endpoint}`,
              `-c ${shell.endpoint}`,
              `-c${shell.endpoint}`,
              `-c '${shell.endpoint}'`,
            ]
          ) {
            const words = await complete(`callsign request ${place} web-`, elsewhere);
            assert.deepEqual(words, ["web-1", "web-2"], place);
          }
          const nowhere = { CALLSIGN_CONNECT: "" };
          const words = await complete(`callsign request --config ${config} web-`, nowhere);
          assert.deepEqual(words, ["web-1", "web-2"], "--config");
        });

        it("are found whatever the settings say of JSON", { timeout }, async () => {
          const words = await complete("callsign request web-", { CALLSIGN_JSON: "1" });
          assert.deepEqual(words, ["web-1", "web-2"]);
        });

        it("are nothing, and nothing is said, without a broker", { timeout }, async () => {
          const own = { ...shell.environment, ...elsewhere };
          const { words, shown } = await user.complete("callsign request w", shell.folder, own);
          assert.deepEqual(words, []);
          assert.doesNotMatch(shown, /callsign: |broker/i);
        });
      });
    }
  });

  describe(`callsign completions (${form.label})`, () => {
    afterEach(assertAllEnded);

    for (const { name, script } of completingShells) {
      it(`prints what ${name} needs`, { timeout }, async () => {
        const { status, stdout, stderr } = await run(form, name);
        assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
        assert.equal(stdout, script.trimEnd());
      });
    }

    it("says what to write when it is not told for which shell", { timeout }, async () => {
      const advice = "write callsign completions bash, or zsh, or fish";
      assert.deepEqual(await run(form), refusal(`Missing SHELL: ${advice}`));
      assert.deepEqual(await run(form, "tcsh"), refusal(`Unknown shell "tcsh": ${advice}`));
      const { status, stderr } = await run(form, "bash", "zsh");
      assert.equal(status, 64);
      assert.match(stderr, /^callsign: Unexpected argument "zsh"/);
    });
  });
}

/** A name as a shell puts it on the line; what fish tells is not quoted yet. */
function quotedBy({ name }: CompletingShell, word: string): string {
  if (name === "fish") return word;
  return word.replaceAll(/[$(){};]/g, "\\$&");
}

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(form: Form, ...args: readonly string[]): Promise<Outcome> {
  const [command = "", ...first] = form.command("callsign");
  const { status, stdout, stderr } = await runToEnd(command, [...first, "completions", ...args]);
  return { status, stdout, stderr };
}

function refusal(text: string): Outcome {
  return { status: 64, stdout: "", stderr: `callsign: ${text}` };
}
