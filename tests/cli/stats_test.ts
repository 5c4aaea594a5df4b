// `callsign stats` in a shell: what the broker has counted, as lines and as JSON.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hasFields } from "../support/fields.ts";
import { refusingEndpoint } from "../support/ports.ts";
import { jsonLines, prints } from "../support/prints.ts";
import { type Shell, shellForms, withShell } from "../support/shell.ts";

const timeout = 60_000;

/** Two requests, a message, and one for nobody. */
async function makeTraffic(shell: Shell): Promise<void> {
  await shell.worker("web-3 --echo");
  await prints(shell, "callsign request web-3 a; callsign request web-3 b", { stdout: "ab" });
  await prints(shell, "callsign send web-3 c --receipt", {});
  await prints(shell, "callsign send nobody d -q 2>/dev/null", { status: 69 });
}

for (const form of shellForms) {
  describe(`callsign stats on ${form.label}`, () => {
    it("prints a name and a value a line, aligned", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await makeTraffic(shell);
        const { stdout } = await prints(shell, "callsign stats", { stdout: /./ });
        const lines = stdout.split("\n");
        const rows = lines.map((line) => /^(\S+) {2,}(\S+)$/.exec(line)?.slice(1) ?? [line]);
        const starts = lines.map((line) => /^\S+ +/.exec(line)?.[0].length);
        assert.equal(new Set(starts).size, 1, "not aligned");
        const { broker, version, uptimeMs, ...counts } = Object.fromEntries(rows);
        assert.match(broker, /^\w+$/);
        assert.match(version, /^\d+\.\d+\.\d+$/);
        assert.ok(Number(uptimeMs) > 0);
        assert.deepEqual(counts, {
          "workers": "1",
          "clients": "1",
          "plain": "0",
          "connections": "2",
          "open": "0",
          "queued": "0",
          "queuedBytes": "0",
          "counts.received": counts["counts.received"],
          "counts.requests": "2",
          "counts.sends": "2",
          "counts.replied": "2",
          "counts.delivered": "0",
          "counts.confirmed": "1",
          "counts.failed.unreachable": "1",
          "counts.unheard": "0",
          "counts.held": "0",
          "counts.late": "0",
          "counts.undeliverable": "0",
          "counts.joins": "6",
          "counts.leaves": "4",
          "counts.turnedAway": "0",
          "counts.silent": "0",
        });
        await prints(shell, "callsign stats | awk '$1 == \"counts.replied\" { print $2 }'", {
          stdout: "2",
        });
      });
    });

    it("prints one object with --json", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await makeTraffic(shell);
        const [report, ...others] = jsonLines(
          await prints(shell, "callsign stats --json", { stdout: /^\{[^\n]*\}$/ }),
        );
        assert.deepEqual(others, []);
        hasFields(report, { workers: 1, clients: 1, plain: 0, open: 0 });
        hasFields(report?.counts, { requests: 2, replied: 2, sends: 2, confirmed: 1 });
        hasFields(report?.counts, { failed: { unreachable: 1 }, refused: {} });
      });
    });

    it("ends with 69 when there is no broker", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const endpoint = await refusingEndpoint();
        await prints(shell, `callsign stats -c ${endpoint}`, {
          stderr: `callsign: Cannot reach a broker: No broker at ${endpoint}; start one with ` +
            "callsign broker, or say where it is with --connect",
          status: 69,
        });
        shell.broker.signal("SIGSTOP");
        await prints(shell, "callsign stats --timeout 300ms", {
          stderr: `callsign: Cannot read the broker's counts: no broker at ${shell.endpoint} ` +
            "within 300 ms",
          status: 69,
        });
        shell.broker.signal("SIGCONT");
      });
    });

    it("refuses what it does not take, with 64", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const wrong: Readonly<Record<string, string>> = {
          "x": 'Unexpected argument "x": callsign stats takes flags only',
          "-- x": 'Unexpected argument "x": callsign stats takes flags only',
          "--lines": 'Unknown flag "--lines"; see callsign stats --help',
        };
        for (const [words, text] of Object.entries(wrong)) {
          const wanted = { stderr: `callsign: ${text}`, status: 64 };
          await prints(shell, `callsign stats ${words}`, wanted);
        }
      });
    });
  });
}
