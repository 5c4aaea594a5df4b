// The units of examples/systemd: systemd knows all that they say, and finds them safe; what they
// start works with nothing but the environment that systemd gives it, and ends as they say.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { type Shell, shellForms, withShell } from "../support/shell.ts";
import { until } from "../support/until.ts";
import { readDocument } from "./document.ts";
import { systemdSuffix, unitFile, unitSetting, unitText, withoutSystemd } from "./systemd.ts";

const timeout = 60_000;
const skip = withoutSystemd;
const broker = "callsign-broker.service";
const worker = "callsign-worker@.service";

/** The most that systemd may find exposed, in tenths of its points: 100 is everything. */
const exposureMost = 15;

/** Serves when it is let, and says so. */
const handler = `#!/bin/sh
touch begun
until [ -e go ]; do sleep 0.02; done
echo "$(cat) was served"
`;

/** A script that runs a unit's line for web-3 as systemd would: with few variables, and no others. */
function likeSystemd(unit: string, variable: string): string {
  const line = unitSetting(unit, "ExecStart")
    .replaceAll("%i", "web-3")
    .replace("/usr/local/bin/callsign", '"$(command -v callsign)"')
    .replace("/usr/local/lib/callsign", ".");
  return `exec env -i LANG=C.UTF-8 PATH=/usr/bin:/bin HOME="$HOME" '${variable}' ${line}`;
}

const isFinal = (unit: string, status: number | null): boolean =>
  unitSetting(unit, "RestartPreventExitStatus").split(" ").includes(`${status}`);

/** What systemd says of a unit whose program is there. */
async function verify(shell: Shell, unit: string): Promise<string[]> {
  const { stdout: program } = await shell.run("command -v callsign");
  shell.file(`units/${unit}`, unitText(unit).replace("/usr/local/bin/callsign", program));
  const { stdout, stderr } = await shell.run(`systemd-analyze verify --man=no ./units/${unit}`);
  // It looks at those of the machine as well.
  return `${stdout}\n${stderr}`.split("\n").filter((line) => line.includes("callsign"));
}

for (const form of shellForms) {
  describe(`What a unit starts on ${form.label}`, () => {
    for (const unit of [broker, worker]) {
      it(`${unit} says nothing that systemd does not know${systemdSuffix}`, {
        timeout,
        skip,
      }, async () => {
        await withShell(form, async (shell) => assert.deepEqual(await verify(shell, unit), []));
      });
    }

    it("the broker listens, and ends with what the unit calls a success", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        const program = shell.start(likeSystemd(broker, "CALLSIGN_BIND=tcp://127.0.0.1:*"));
        await program.line(/^Broker started, listening on tcp:/);
        const { status } = await program.end();
        assert.equal(`${status}`, unitSetting(broker, "SuccessExitStatus"));
      });
    });

    it("the worker finishes what it serves when it is told to end", { timeout }, async () => {
      await withShell(form, async (shell) => {
        shell.script("web-3", handler);
        const program = shell.start(likeSystemd(worker, `CALLSIGN_CONNECT=${shell.endpoint}`));
        await program.error(/Online as web-3/);
        const asked = shell.start("callsign request web-3 one");
        await until(() => shell.exists("begun"));
        program.signal("SIGTERM");
        // It has heard the signal once it takes no more requests, or is gone.
        await shell.run("while callsign list --json web-3 | grep -q '\"capacity\":1'; do :; done");
        shell.file("go", "");
        assert.deepEqual(await program.ended, { status: 0, signal: null });
        await asked.ended;
        assert.deepEqual(asked.lines, ["one was served"]);
      });
    });

    it("a start that was in vain, and a kick, are final", { timeout }, async () => {
      await withShell(form, async (shell) => {
        for (const [unit, variable] of [[broker, "BIND"], [worker, "CONNECT"]] as const) {
          const { status } = await shell.run(likeSystemd(unit, `CALLSIGN_${variable}=nonsense`));
          assert.ok(isFinal(unit, status), `${unit}: ${status}`);
        }
        const program = shell.start(likeSystemd(worker, `CALLSIGN_CONNECT=${shell.endpoint}`));
        await program.error(/Online as web-3/);
        await shell.run("callsign kick web-3");
        const { status } = await program.ended;
        assert.ok(isFinal(worker, status), `kicked: ${status}`);
      });
    });
  });
}

describe("A unit of systemd", () => {
  for (const unit of [broker, worker]) {
    it(`${unit} leaves little exposed${systemdSuffix}`, { skip }, () => {
      const words = ["security", "--offline=true", `--threshold=${exposureMost}`, unitFile(unit)];
      const { status, stdout } = spawnSync("systemd-analyze", words, { encoding: "utf8" });
      assert.equal(status, 0, stdout);
    });
  }

  it("is quoted as it is", () => {
    const quotes = readDocument().recipes.flatMap(({ units }) => [...units]);
    assert.deepEqual(quotes.map(([unit]) => unit).sort(), [broker, worker]);
    for (const [unit, lines] of quotes) {
      for (const line of lines.split("\n")) {
        assert.ok(unitText(unit).includes(`\n${line}\n`), `${unit}: ${line}`);
      }
    }
  });
});
