// `callsign kick` in a shell: whose connection is ended, and what both sides are told.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refusingEndpoint } from "../support/ports.ts";
import { prints } from "../support/prints.ts";
import { shellForms, withShell } from "../support/shell.ts";

const timeout = 60_000;

for (const form of shellForms) {
  describe(`callsign kick on ${form.label}`, () => {
    it("ends a worker, which says so and does not come back", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker("web-3 --echo");
        await prints(shell, "callsign kick web-3", { stdout: "Kicked 1 peer" });
        assert.deepEqual(await worker.ended, { status: 77, signal: null });
        assert.deepEqual(worker.errors, [
          `callsign: Online as web-3 at ${shell.endpoint}`,
          "callsign: Somebody has ended this session",
        ]);
        await prints(shell, "callsign list", {});
      });
    });

    it("ends a client that asks, with 77", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const watcher = shell.start("exec callsign watch");
        // Itself is one of them, but not of those that anybody wants to count.
        await prints(shell, "callsign wait 'client-*'; callsign kick 'client-*'", {
          stdout: "Kicked 1 peer",
        });
        assert.deepEqual(await watcher.ended, { status: 77, signal: null });
        assert.deepEqual(watcher.errors, ["callsign: Somebody has ended this session"]);
      });
    });

    it("ends all that a pattern or a group means, and counts them", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const workers = [
          await shell.worker("web-1 -g web --echo"),
          await shell.worker("web-2 --echo"),
          await shell.worker("db-1 -g web --echo"),
          await shell.worker("db-2 --echo"),
        ];
        await prints(shell, "callsign kick 'web-*'", { stdout: "Kicked 2 peers" });
        await prints(shell, "callsign kick @web --json", { stdout: '{"kicked":1}' });
        for (const worker of workers.slice(0, 3)) assert.equal((await worker.ended).status, 77);
        await prints(shell, "callsign list | cut -f 1", { stdout: "db-2" });
      });
    });

    it("ends with 69 when nobody is meant", { timeout }, async () => {
      await withShell(form, async (shell) => {
        for (const peer of ["nobody", "no*", "@nobody", "client-*"]) {
          for (const flag of ["", "--json", "--quiet"]) {
            await prints(shell, `callsign kick '${peer}' ${flag}`, {
              stderr: `callsign: Nobody is online as "${peer}"`,
              status: 69,
            });
          }
        }
        const endpoint = await refusingEndpoint();
        await prints(shell, `callsign kick web-3 -c ${endpoint}`, {
          stderr: `callsign: Cannot reach a broker: No broker at ${endpoint}; start one with ` +
            "callsign broker, or say where it is with --connect",
          status: 69,
        });
        shell.broker.signal("SIGSTOP");
        await prints(shell, "callsign kick web-3 --timeout 300ms", {
          stderr: `callsign: Cannot kick "web-3": no broker at ${shell.endpoint} within 300 ms`,
          status: 69,
        });
        shell.broker.signal("SIGCONT");
      });
    });

    it("refuses what cannot be meant, with 64", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const wrong: Readonly<Record<string, string>> = {
          "": "Missing PEER; see callsign kick --help",
          "a b": 'Unexpected argument "b": callsign kick takes PEER',
          "''": 'Cannot use "" as a peer: it has 0 bytes; give a name, a pattern or @GROUP of 1 ' +
            "to 255",
          "a --all": 'Unknown flag "--all"; see callsign kick --help',
          "a -t 0": "Cannot use 0s for --timeout: give a time above 0 and up to 24h",
        };
        for (const [words, text] of Object.entries(wrong)) {
          const wanted = { stderr: `callsign: ${text}`, status: 64 };
          await prints(shell, `callsign kick ${words}`, wanted);
        }
      });
    });
  });
}
