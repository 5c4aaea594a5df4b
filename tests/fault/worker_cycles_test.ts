// Workers that are killed and started again under their name, again and again, while clients ask
// them: each request ends once, and each worker has its name back.
//
// CALLSIGN_CYCLES says how often; a full run is 1000.

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { startPython, withoutPython } from "../interop/peers/programs.ts";
import { killRunning, type Program } from "../support/process.ts";
import { startBroker } from "../support/programs.ts";
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
const cycles = timesOf("CALLSIGN_CYCLES", 25);
const timeout = 30_000 + 1500 * cycles;
const name = "WORKER_A";

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

/** How a request may end while its worker is killed; `timeout`, above all, is none of these. */
const endings = ["asked", "open", "replied", "unreachable", "lost", "busy"];

function assertEnded(ends: Ends): void {
  tell(`how they ended: ${JSON.stringify(ends)}`);
  assert.equal(ends.open, 0);
  assert.deepEqual(Object.keys(ends).filter((end) => !endings.includes(end)), []);
  for (const end of ["replied", "unreachable", "lost"]) assert.ok((ends[end] ?? 0) > 0, end);
  const { asked, open: _, ...counts } = ends;
  assert.equal(Object.values(counts).reduce((sum: number, count) => sum + (count ?? 0), 0), asked);
}

/**
 * Starts our worker again and again, and kills it by turns as `killed.py` does: as soon as it has its
 * name, after some requests, and in the middle of one. Returns how long each waited for its name.
 */
async function killOurs(endpoint: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    const holds = cycle % 3 === 2;
    const worker = startOurs("worker.ts", endpoint, name, holds ? "hold" : "serve");
    const welcome = await worker.line(/^Welcome after /);
    if (cycle % 3 === 1) await worker.line(new RegExp(`^Served ${20 + cycle % 50}$`));
    if (holds) await worker.line(/^Holds 1$/);
    await worker.end("SIGKILL");
    assert.deepEqual(worker.errors, []);
    times.push(Number(/[\d.]+/.exec(welcome)?.[0]));
  }
  return times;
}

/** Times until the name was back, in ms, of as many workers as were to be killed. */
async function timesBack(killed: Program): Promise<readonly number[]> {
  assert.deepEqual(await killed.ended, { status: 0, signal: null }, killed.errors.join("\n"));
  const { back } = JSON.parse(killed.lines.at(-1) as string);
  assert.equal(back.length, cycles);
  return back;
}

describe("a worker that is killed and started again under its name, asked all the while", () => {
  it("has its name back each time: a worker in Python", { skip, timeout }, async () => {
    const { broker, endpoint } = await startBroker(ownForm, ["--quiet"]);
    const askers = startPeer("askers.py", endpoint, "3", "4", name);
    const killed = startPeer("killed.py", endpoint, name, `${cycles}`, "callsign");
    const times = await timesBack(killed);
    const ends = await endsOf(askers);
    await broker.end();
    tellTimes("name back, worker in Python", times);
    assertEnded(ends);
    assert.deepEqual(broker.errors, []);
  });

  it("has its name back each time: our worker", { skip, timeout }, async () => {
    const { broker, endpoint } = await startBroker(ownForm, ["--quiet"]);
    const askers = startPeer("askers.py", endpoint, "3", "4", name);
    const times = await killOurs(endpoint);
    const ends = await endsOf(askers);
    await broker.end();
    tellTimes("name back, our worker", times);
    assertEnded(ends);
    assert.deepEqual(broker.errors, []);
  });
});

describe("a plain peer that is killed and started again under its name", () => {
  it("is answered each time, and so are the others", { skip, timeout }, async () => {
    const flags = ["--quiet", "--register-within", "1s"];
    const { broker, endpoint } = await startBroker(ownForm, flags);
    const others = startPython("counters.py", endpoint, "4", "5");
    await others.line(/^All were answered$/);
    const killed = startPeer("killed.py", endpoint, name, `${cycles}`, "plain");
    const times = await timesBack(killed);
    others.write("\n");
    assert.deepEqual(await others.ended, { status: 0, signal: null }, others.errors.join("\n"));
    await broker.end();
    tellTimes("answered again, plain peer in Python", times);
    for (const line of others.lines.slice(1)) {
      const [, sent, answered] = /^TALKER_\d sent (\d+) answered (\d+)$/.exec(line) ?? [];
      assert.equal(answered, sent, line);
    }
  });
});
