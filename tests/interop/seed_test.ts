// The two programs of the article this project began with, against ours, in both directions.

import assert from "node:assert/strict";
import { afterEach, before, describe, it } from "node:test";
import { isFree } from "../support/ports.ts";
import { killRunning, type Program, runToEnd } from "../support/process.ts";
import { executableForms, type Form, sourceForms, startProgram } from "../support/programs.ts";
import {
  pythonPeer,
  startPython,
  startPythonBroker,
  temporaryFolder,
  withoutPython,
} from "./peers/programs.ts";

const skip = withoutPython;
const timeout = 60_000;
const forms = [...sourceForms, ...executableForms];
const folder = temporaryFolder();
const names = ["WORKER_A", "WORKER_B", "Ärger-☎"];
const listening = "Broker started, listening on ";

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

/** What a worker named so prints, in the seed's words. */
const workerLines = (name: string, endpoint: string, answers: number): string[] => [
  `Worker ${name} started, connecting to ${endpoint}`,
  `Received reply: ACK: Hello from ${name}`,
  ...Array.from(
    { length: answers - 1 },
    () => `Received reply: ACK: Working on task...${name}`,
  ),
];

/** What a broker prints of one message, in the seed's words. */
const brokerLines = (name: string, text: string): string[] => [
  `Received message from ${name}: ${text}`,
  `New worker connected with identity: ${name}`,
  `Sent reply to ${name}`,
];

const answersEach = 3;

/** Their workers, one after the other; each says three things and ends. */
async function runTheirWorkers(endpoint: string): Promise<void> {
  for (const name of names) {
    const [command, script] = pythonPeer("seed_worker.py");
    const worker = await runToEnd(command, [script, name, endpoint, "0", `${answersEach}`]);
    assert.equal(worker.status, 0, worker.stderr);
    assert.deepEqual(worker.stdout.split("\n"), workerLines(name, endpoint, answersEach));
  }
}

async function startOurBroker(form: Form, ...args: readonly string[]): Promise<Program> {
  const broker = startProgram(form, "broker", args);
  await broker.line(/^Broker started/);
  return broker;
}

for (const bind of [`ipc://${folder}/seed`, "tcp://127.0.0.1:*"]) {
  describe(`their worker with our broker over ${bind.slice(0, 3)}`, () => {
    let transcript: readonly string[] = [];
    let endpoint = "";

    before(async () => {
      if (skip !== false) return;
      const theirs = await startPythonBroker("seed_broker.py", bind);
      endpoint = theirs.endpoint;
      await runTheirWorkers(endpoint);
      await theirs.broker.end();
      transcript = theirs.broker.lines;
    });

    for (const form of forms) {
      it(
        `prints what the seed's two programs print: ${form.label}`,
        { skip, timeout },
        async () => {
          const broker = await startOurBroker(form, "--bind", endpoint);
          await runTheirWorkers(endpoint);
          assert.deepEqual(await broker.end(), { status: 143, signal: null });
          assert.equal(transcript.length, 1 + 3 * names.length * answersEach);
          assert.deepEqual(broker.lines, transcript);
          assert.deepEqual(broker.errors, []);
        },
      );
    }
  });
}

describe("their worker with our broker", () => {
  for (const form of forms) {
    it(`leaves its stdout at one line with -q: ${form.label}`, { skip, timeout }, async () => {
      const endpoint = `ipc://${folder}/quiet`;
      const broker = await startOurBroker(form, "--bind", endpoint, "-q");
      await runTheirWorkers(endpoint);
      assert.deepEqual(await broker.end(), { status: 143, signal: null });
      assert.deepEqual(broker.lines, [listening + endpoint]);
      assert.deepEqual(broker.errors, []);
    });
  }
});

describe("our worker with their broker", () => {
  const name = "WORKER_A";

  for (const form of forms) {
    it(`prints what the seed's worker prints: ${form.label}`, { skip, timeout }, async () => {
      const first = await startPythonBroker("seed_broker.py", "tcp://127.0.0.1:*");
      const { endpoint } = first;
      const ours = startProgram(form, "worker", [name, "--connect", endpoint]);
      await ours.count(3);
      assert.deepEqual(await ours.end(), { status: 143, signal: null });
      await first.broker.end();

      const second = await startPythonBroker("seed_broker.py", endpoint);
      const theirs = startPython("seed_worker.py", name, endpoint, "0", "2");
      assert.deepEqual(await theirs.ended, { status: 0, signal: null });
      await second.broker.end();

      assert.deepEqual(ours.lines, theirs.lines);
      assert.deepEqual(ours.errors, []);
      // Their broker cannot tell the two apart.
      assert.deepEqual(first.broker.lines, second.broker.lines);
      assert.deepEqual(first.broker.lines, [
        listening + endpoint,
        ...brokerLines(name, `Hello from ${name}`),
        ...brokerLines(name, `Working on task...${name}`),
      ]);
    });
  }

  it("prints nothing but its first line with -q, in every form", { skip, timeout }, async () => {
    const { broker, endpoint } = await startPythonBroker("seed_broker.py", "tcp://127.0.0.1:*");
    await Promise.all(forms.map(async (form, i) => {
      const quiet = startProgram(form, "worker", [`QUIET_${i}`, "--connect", endpoint, "--quiet"]);
      // It says this two seconds after it had its first answer.
      await broker.line(new RegExp(`^Received message from QUIET_${i}: Working on task`));
      assert.deepEqual(await quiet.end(), { status: 143, signal: null });
      assert.deepEqual(quiet.lines, [`Worker QUIET_${i} started, connecting to ${endpoint}`]);
      assert.deepEqual(quiet.errors, []);
    }));
    await broker.end();
  });
});

const seedPort = 5555;
// The one test with a fixed port: the settings are the seed's own.
const withoutPort = skip ||
  (await isFree(`tcp://*:${seedPort}`) ? false : `port ${seedPort} is taken`);

describe("our broker and our worker with the seed's settings", () => {
  const form = sourceForms[1] as Form;

  it("print the seed's lines, endpoints and all", { skip: withoutPort, timeout }, async () => {
    const broker = await startOurBroker(form, "--bind", `tcp://*:${seedPort}`);
    const worker = startProgram(form, "worker", ["WORKER_A"]);
    await worker.count(3);
    await worker.end();
    await broker.end();
    assert.deepEqual(worker.lines, workerLines("WORKER_A", `tcp://localhost:${seedPort}`, 2));
    assert.deepEqual(broker.lines, [
      `${listening}tcp://*:${seedPort}`,
      ...brokerLines("WORKER_A", "Hello from WORKER_A"),
      ...brokerLines("WORKER_A", "Working on task...WORKER_A"),
    ]);
    assert.deepEqual([...broker.errors, ...worker.errors], []);
  });
});
