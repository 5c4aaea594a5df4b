// `callsign wait` in a shell: who is waited for, for how long, and what is said when it is too long.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refusingEndpoint } from "../support/ports.ts";
import type { Program } from "../support/process.ts";
import { prints } from "../support/prints.ts";
import { type Shell, shellForms, withShell } from "../support/shell.ts";

const timeout = 60_000;

/** Starts one that tells what it waits for, and waits until it has told first. */
async function waiter(shell: Shell, words: string, missing: string): Promise<Program> {
  const program = shell.start(`exec callsign wait ${words} -v`);
  await program.error(new RegExp(`^callsign: Missing: ${RegExp.escape(missing)}$`));
  return program;
}

for (const form of shellForms) {
  describe(`callsign wait on ${form.label}`, () => {
    it("ends at once when all are there", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 -g web --echo");
        await shell.worker("web-2 --echo");
        for (
          const words of [
            "web-1",
            "web-1 web-2",
            "@web",
            "'web-*'",
            "web-2 @web 'web-*' 'w*'",
            "'web-*' --count 2",
            "web-1 web-1 -n 1",
            "web-1 nobody --count 1",
            "-- web-1",
            "'*' --count 2",
          ]
        ) {
          await prints(shell, `callsign wait ${words}`, {});
        }
        await prints(shell, "callsign wait web-1 -v", { stderr: "callsign: Missing: none" });
      });
    });

    it("waits for who comes later, each by a name, a pattern and a group", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        const program = await waiter(shell, "web-1 'db-*' @front", "web-1, db-*, @front");
        await shell.worker("db-7 --echo");
        await program.error(/^callsign: Missing: web-1, @front$/);
        await shell.worker("cart -g front --echo");
        await program.error(/^callsign: Missing: web-1$/);
        const worker = await shell.worker("web-1 --echo");
        assert.deepEqual(await program.ended, { status: 0, signal: null });
        assert.deepEqual(program.lines, []);
        assert.equal(program.errors.at(-1), "callsign: Missing: none");
        await worker.end();
      });
    });

    it("does not count who has left meanwhile", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const first = await shell.worker("web-1 --echo");
        const program = await waiter(shell, "web-1 web-2", "web-2");
        await first.end();
        await program.error(/^callsign: Missing: web-1, web-2$/);
        await shell.worker("web-2 --echo");
        await program.error(/^callsign: Missing: web-1$/);
        await shell.worker("web-1 --echo");
        assert.equal((await program.ended).status, 0);
      });
    });

    it("with --count waits for so many in all", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const program = await waiter(shell, "'web-*' @db --count 3", "web-*, @db");
        await shell.worker("web-1 --echo");
        await shell.worker("other -g db --echo");
        await shell.worker("cart --echo");
        await program.error(/^callsign: Missing: none$/);
        // All there, but not enough of them.
        await prints(shell, "callsign list 'client-*' | wc -l", { stdout: "1" });
        await shell.worker("web-2 --echo");
        assert.equal((await program.ended).status, 0);
      });
    });

    it("ends with 124 when the time has passed, and says who is missing", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        const late: Readonly<Record<string, string>> = {
          "nobody -t 300ms": "nobody: 300ms",
          "web-1 nobody 'db-*' @db --timeout .3": "nobody, db-*, @db: 300ms",
          "'web-*' --count 2 -t 300ms": "2 of web-*: 300ms",
          // Not by itself.
          "'*' --count 2 -t 300ms": "2 of *: 300ms",
          "web-1 nobody --count 2 --timeout 1": "2 of web-1, nobody: 1s",
        };
        for (const [words, text] of Object.entries(late)) {
          await prints(shell, `callsign wait ${words}`, {
            stderr: `callsign: Cannot wait any longer for ${text} have passed`,
            status: 124,
          });
        }
        // 0 is for ever, and not no time at all.
        const program = await waiter(shell, "nobody --timeout 0", "nobody");
        assert.deepEqual(await program.end(), { status: 143, signal: null });
      });
    });

    it("waits for the broker too, and for another when one is lost", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const endpoint = `ipc://${shell.folder}/broker.sock`;
        const program = shell.start(`exec callsign wait web-1 -c ${endpoint}`);
        await program.error(
          new RegExp(`^callsign: No broker at ${endpoint} yet; waiting for it$`),
        );
        const broker = shell.start(`exec callsign broker -q --bind ${endpoint}`);
        await broker.line(/^Broker started/);
        await prints(shell, `callsign wait 'client-*' -c ${endpoint}`, {});
        await broker.end();
        await program.error(/; connecting again$/);
        await shell.start(`exec callsign broker -q --bind ${endpoint}`).line(/^Broker started/);
        await shell.worker(`web-1 --echo -c ${endpoint}`);
        assert.deepEqual(await program.ended, { status: 0, signal: null });
        assert.deepEqual(program.lines, []);
      });
    });

    it("counts the time until there is a broker", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const endpoint = await refusingEndpoint();
        const waiting = `callsign: No broker at ${endpoint} yet; waiting for it\n`;
        const late = "callsign: Cannot wait any longer for web-1: 300ms have passed";
        await prints(shell, `callsign wait web-1 -t 300ms -c ${endpoint}`, {
          stderr: waiting + late,
          status: 124,
        });
        await prints(shell, `callsign wait web-1 -t 300ms -c ${endpoint} -q`, {
          stderr: late,
          status: 124,
        });
      });
    });

    it("ends with 69 when there can be no broker", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const endpoint = "tcp://nowhere.invalid:5555";
        await prints(shell, `callsign wait web-1 --connect ${endpoint}`, {
          stderr: `callsign: Cannot connect to "${endpoint}": the host cannot be resolved; ` +
            "check its name, or use an IP address",
          status: 69,
        });
      });
    });

    it("ends with 130 at SIGINT and 143 at SIGTERM", { timeout }, async () => {
      await withShell(form, async (shell) => {
        for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
          const program = await waiter(shell, "nobody", "nobody");
          assert.deepEqual(await program.end(signal), { status, signal: null });
          assert.deepEqual(program.errors, ["callsign: Missing: nobody"]);
        }
      });
    });

    it("refuses what cannot be meant, with 64", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const wrong: Readonly<Record<string, string>> = {
          "": "Missing PEER; see callsign wait --help",
          "a ''": 'Cannot use "" as a peer: it has 0 bytes; give a name, a pattern or @GROUP of ' +
            "1 to 255",
          "a --count 0": 'Cannot use "0" for --count: give a whole number from 1',
          "a -n x": 'Cannot use "x" for --count: give a whole number from 1',
          "a -t 25d": 'Cannot use "25d" for --timeout: give a time such as 500ms, 10s or 2m, at ' +
            "most 24d",
          "a --json": 'Unknown flag "--json"; see callsign wait --help',
        };
        for (const [words, text] of Object.entries(wrong)) {
          const wanted = { stderr: `callsign: ${text}`, status: 64 };
          await prints(shell, `callsign wait ${words}`, wanted);
        }
      });
    });

    it("lets a script go on only when all are there", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        await prints(
          shell,
          "set -euo pipefail; callsign wait web-1 && callsign request web-1 hello; echo; " +
            "callsign wait web-1 web-2 -t 200ms; echo never",
          {
            stdout: "hello",
            stderr: "callsign: Cannot wait any longer for web-2: 200ms have passed",
            status: 124,
          },
        );
      });
    });
  });
}
