// Workers that fall silent without their connection ending: frozen, or behind a cable that was
// pulled. Their name is free, and who waits for them is told, before anybody can know more.

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { withoutPython } from "../interop/peers/programs.ts";
import { killRunning, type Program } from "../support/process.ts";
import { startProgram } from "../support/programs.ts";
import { Console } from "./peers/console.ts";
import { Namespace, withoutNamespaces } from "./peers/namespace.ts";
import { ownForm, peerCommand, startPeer, tellTimes } from "./peers/programs.ts";

const timeout = 60_000;
const name = "WORKER_A";
const flags = ["--quiet", "--heartbeat", "200ms", "--gone-after", "1s"];

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

async function startBrokerAt(bind: string): Promise<{ broker: Program; endpoint: string }> {
  const broker = startProgram(ownForm, "broker", ["--bind", bind, ...flags]);
  const line = await broker.line(/^Broker started/);
  return { broker, endpoint: line.replace("Broker started, listening on ", "") };
}

/** Silences a worker that holds a request, lets another have its name, and lets it come back. */
async function fallSilent(
  endpoint: string,
  worker: Program,
  label: string,
  silence: () => void,
  resume: () => void,
): Promise<void> {
  await worker.line(/^Welcome/);
  const client = await Console.start(endpoint, "CLIENT");
  client.say("WATCH", 1, name);
  assert.equal((await client.next()).verb, "ROSTER");
  client.say("REQUEST", 2, name, "body");
  await worker.line(/^Holds 1$/);

  silence();
  const startMs = performance.now();
  const told = [await client.next(), await client.next()];
  tellTimes(`asker told, worker ${label}`, [performance.now() - startMs]);
  const error = told.find(({ verb }) => verb === "ERROR");
  assert.deepEqual([error?.id, error?.frames[0]], [2, "lost"]);
  const event = told.find(({ verb }) => verb === "EVENT");
  assert.equal(JSON.parse(event?.frames[0] ?? "{}").reason, "timed-out");

  const second = startPeer("worker.py", endpoint, name);
  assert.match(await second.line(/^Welcome/), / 0 refusals$/);
  assert.deepEqual(await client.nextEvent(), ["join", "new"]);
  await second.end("SIGKILL");
  assert.deepEqual(await client.nextEvent(), ["leave", "disconnected"]);

  const lines = worker.lines.length;
  resume();
  await worker.line(/^Welcome/, lines);
  assert.deepEqual(await client.nextEvent(), ["join", "new"]);
  client.say("REQUEST", 3, name, "body");
  await worker.line(/^Holds 2$/);

  await worker.end("SIGKILL");
  assert.deepEqual(
    [await client.next(), await client.next()].map(({ verb }) => verb).sort(),
    ["ERROR", "EVENT"],
  );
  await client.program.end();
  assert.deepEqual([...worker.errors, ...client.program.errors], []);
}

describe("a worker that falls silent is given up, and comes back", () => {
  it("when it was frozen", { skip: withoutPython, timeout }, async () => {
    const { broker, endpoint } = await startBrokerAt("tcp://127.0.0.1:*");
    const worker = startPeer("worker.py", endpoint, name, "hold");
    const stop = () => worker.signal("SIGSTOP");
    await fallSilent(endpoint, worker, "frozen", stop, () => worker.signal("SIGCONT"));
    await broker.end();
    assert.deepEqual(broker.errors, []);
  });

  const skip = withoutPython || withoutNamespaces;
  const suffix = withoutNamespaces === false ? "" : " (not on this system)";
  it(`when its cable was pulled${suffix}`, { skip, timeout }, async () => {
    const namespace = new Namespace();
    try {
      const { broker, endpoint } = await startBrokerAt(`tcp://${namespace.address}:*`);
      const [command, script] = peerCommand("worker.py");
      const worker = namespace.start(command, [script, endpoint, name, "hold"]);
      const pull = () => namespace.unplug();
      await fallSilent(endpoint, worker, "behind a pulled cable", pull, () => namespace.plug());
      await broker.end();
      assert.deepEqual(broker.errors, []);
    } finally {
      await killRunning();
      namespace.close();
    }
  });
});
