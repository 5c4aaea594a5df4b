// Results that nobody reads, or that cannot be written: each command says so by its status, and is
// quiet where other tools are.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { commands } from "../../src/cli/commands.ts";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import { prints } from "../support/prints.ts";
import { shellForms, withShell } from "../support/shell.ts";

const timeout = 60_000;

// Asked of another program: Deno lets nobody look into /dev who may not do everything.
const hasFull = spawnSync("test", ["-c", "/dev/full"]).status === 0;
const withoutFull = hasFull ? "" : " (not on this system: /dev/full)";

/** Those that print a result and end. */
const printing = [
  "list",
  "list --json",
  "stats",
  "stats --json",
  "help",
  "help list",
  "list --help",
  "--help",
  "--version",
];

for (const form of shellForms) {
  describe(`Results on ${form.label}`, () => {
    it("that nobody reads end a command with 141, and in silence", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        for (const words of printing) {
          // The command begins when its reader has surely gone.
          const script =
            `set -o pipefail; { cat <wait; callsign ${words}; } | { exec <&-; echo >wait; }`;
          await prints(shell, `mkfifo wait; ${script}; status=$?; rm wait; exit $status`, {
            status: 141,
          });
        }
        await prints(shell, "set -o pipefail; callsign list | true || [ $? = 141 ]", {});
      });
    });

    it("are thrown away in silence where there is no stdout", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        for (const words of [...printing, "wait web-1", "send web-1 x", "kick web-1"]) {
          await prints(shell, `callsign ${words} >&-`, {});
        }
        await prints(shell, "callsign kick web-1 >&- 2>&- <&-", { status: 69 });
      });
    });

    it(`that have no room end a command with 69, and are told of${withoutFull}`, {
      timeout,
      skip: withoutFull !== "",
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        for (const words of [...printing, "kick web-1"]) {
          await prints(shell, `callsign ${words} >/dev/full`, {
            stderr: "callsign: Cannot write to stdout: ENOSPC",
            status: 69,
          });
        }
        // There is nothing to write.
        await prints(shell, "callsign list >/dev/full; callsign wait client-x -t 1ms 2>/dev/full", {
          status: 124,
        });
      });
    });

    it("are whole however slowly they are read", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const { stdout } = await shell.run("for n in 1 2 3; do callsign help; done | (wait; cat)");
        assert.equal(stdout, `${programHelp()}`.repeat(3).trimEnd());
      });
    });
  });

  describe(`callsign help on ${form.label}`, () => {
    it("prints what --help prints, of all and of each", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const whole = programHelp().trimEnd();
        for (const words of ["help", "--help", "-h"]) {
          await prints(shell, `callsign ${words}`, { stdout: whole });
        }
        for (const command of Object.values(commands)) {
          const stdout = commandHelp(command, `callsign ${command.name}`).trimEnd();
          await prints(shell, `callsign help ${command.name}`, { stdout });
          await prints(shell, `callsign ${command.name} --help`, { stdout });
        }
        await prints(shell, "callsign list nonsense -c nonsense -h", {
          stdout: commandHelp(commands.list, "callsign list").trimEnd(),
        });
      });
    });

    it("refuses what it has no help for, with 64", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const wrong: Readonly<Record<string, string>> = {
          "help nope": 'Unknown command "nope"; see callsign --help',
          "help constructor": 'Unknown command "constructor"; see callsign --help',
          "help -- nope": 'Unknown command "nope"; see callsign --help',
          "help list wait": 'Unexpected argument "wait": callsign help takes [COMMAND]',
          "help --all": 'Unknown flag "--all"; see callsign help --help',
          "": "Missing command; see callsign --help",
        };
        for (const [words, text] of Object.entries(wrong)) {
          await prints(shell, `callsign ${words}`, { stderr: `callsign: ${text}`, status: 64 });
        }
      });
    });

    it("tells the versions of all parts", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const stdout = /^callsign \d+\.\d+\.\d+\n(bun|deno) [\d.]+\nlibzmq [\d.]+ \(\S+\)$/;
        for (const words of ["--version", "-V", "list --version", "help -V"]) {
          await prints(shell, `callsign ${words}`, { stdout });
        }
      });
    });
  });
}
