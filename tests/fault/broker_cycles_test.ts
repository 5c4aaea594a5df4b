// A broker that is killed and started again, again and again, while workers are asked through it:
// all workers are back each time, and each request ends at its asker.
//
// CALLSIGN_BROKER_CYCLES says how often; a full run is 100.

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { withoutPython } from "../interop/peers/programs.ts";
import { killRunning, type Program } from "../support/process.ts";
import { startBroker, startProgram } from "../support/programs.ts";
import {
  type Ends,
  endsOf,
  ownForm,
  startOurs,
  startPeer,
  tell,
  tellTimes,
  timesOf,
} from "./peers/programs.ts";

const skip = withoutPython;
const cycles = timesOf("CALLSIGN_BROKER_CYCLES", 5);
const timeout = 30_000 + 5000 * cycles;
const names = ["WORKER_A", "WORKER_B", "WORKER_C"];

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

/** Waits until each of the workers has been welcomed so often. */
async function untilWelcome(workers: readonly Program[], times: number): Promise<void> {
  for (const worker of workers) {
    const seen = () => worker.lines.filter((line) => line.startsWith("Welcome"));
    while (seen().length < times) await worker.line(/^Welcome/, worker.lines.length);
  }
}

/** Waits until each asker has had one more reply. */
async function untilAnswered(askers: Program): Promise<void> {
  const { length } = askers.lines;
  askers.write("more\n");
  await askers.count(length + 1);
}

/** Every request has ended, once, and none in a way that the loss of its broker does not explain. */
function assertEnded(ends: Ends): void {
  tell(`how they ended: ${JSON.stringify(ends)}`);
  const { asked, open, ...counts } = ends;
  assert.equal(open, 0);
  for (const end of ["again", "wrong", "timeout", "expired"]) assert.equal(ends[end] ?? 0, 0, end);
  assert.ok((ends.replied ?? 0) > 0);
  assert.equal(Object.values(counts).reduce((sum: number, count) => sum + (count ?? 0), 0), asked);
}

type Start = (name: string, ...args: readonly string[]) => Program;

/** The programs, in Python and ours. */
const starts: Readonly<Record<string, Start>> = {
  "in Python": (name, ...args) => startPeer(`${name}.py`, ...args),
  "of ours": (name, ...args) => startOurs(`${name}.ts`, ...args),
};

describe("a broker that is killed and started again", () => {
  for (const [label, start] of Object.entries(starts)) {
    it(`has its workers back, and no asker waits in vain: ${label}`, {
      skip,
      timeout,
    }, async () => {
      const first = await startBroker(ownForm, ["--quiet"]);
      const { endpoint } = first;
      const workers = names.map((name) => start("worker", endpoint, name));
      const askers = start("askers", endpoint, "3", "4", ...names);
      const times: number[] = [];
      let { broker } = first;
      for (let cycle = 1; cycle <= cycles; cycle++) {
        await untilWelcome(workers, cycle);
        await untilAnswered(askers);
        await broker.end("SIGKILL");
        broker = startProgram(ownForm, "broker", ["--bind", endpoint, "--quiet"]);
        await broker.line(/^Broker started/);
        const startedMs = performance.now();
        await untilWelcome(workers, cycle + 1);
        times.push(performance.now() - startedMs);
      }
      await untilAnswered(askers);
      const ends = await endsOf(askers);
      for (const worker of workers) {
        await worker.end();
        assert.deepEqual(worker.errors, []);
      }
      await broker.end();
      tellTimes(`all workers ${label} back`, times);
      assertEnded(ends);
      assert.deepEqual(broker.errors, []);
    });
  }
});
