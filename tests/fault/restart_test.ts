// Workers and brokers that are killed and come back: whoever was waiting is answered, and nobody
// else notices.

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing } from "../../src/zmq/socket.ts";
import { libraryForTests } from "../support/library.ts";
import { refusingEndpoint } from "../support/ports.ts";
import { killRunning, type Program } from "../support/process.ts";
import {
  executableForms,
  type Form,
  sourceForms,
  startBroker,
  startProgram,
} from "../support/programs.ts";
import {
  startPython,
  startPythonBroker,
  temporaryFolder,
  withoutPython,
} from "../interop/peers/programs.ts";

const library = libraryForTests();
const timeout = 60_000;
const skip = withoutPython;
const forms = [...sourceForms, ...executableForms];
const folder = temporaryFolder();
const cycles = 50;

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

async function startBrokerAt(form: Form, endpoint: string): Promise<Program> {
  const broker = startProgram(form, "broker", ["--bind", endpoint]);
  await broker.line(/^Broker started/);
  return broker;
}

/**
 * Talks with the broker until it must have noticed what happened before.
 *
 * libzmq never reads a second connection of a name whose first one it has not buried yet, and that
 * takes both its threads and the broker's a few turns. A start of python takes far longer, but not
 * longer than a broker may wait for its turn on a machine with too much to do.
 */
async function untilNoticed(endpoint: string): Promise<void> {
  await using context = new Context(library);
  using frame = new Message(library);
  const dealer = context.socket("dealer", { linger: 0 });
  dealer.connect(endpoint);
  const readiness = new Readiness(context.poller, [dealer]);
  for (let n = 0; n < 20; n++) {
    dealer.send(new Uint8Array(1), 1, false);
    while (dealer.receive(frame) === nothing) await readiness.wait(1000);
  }
}

describe("a worker that is killed and started again under its name", () => {
  for (const form of sourceForms) {
    it(`is answered ${cycles} times of ${cycles}: ${form.label}`, { skip, timeout }, async () => {
      const { broker, endpoint } = await startBroker(form, ["--quiet"]);
      // Four others talk all the while, with up to five messages of each on their way.
      const others = startPython("counters.py", endpoint, "4", "5");
      await others.line(/^All were answered$/);
      for (let cycle = 0; cycle < cycles; cycle++) {
        // Killed by turns at rest and in the middle of a conversation.
        const pause = cycle % 2 === 0 ? "3600" : "0";
        const worker = startPython("seed_worker.py", "WORKER_A", endpoint, pause);
        await worker.count(2);
        assert.equal(worker.lines[1], "Received reply: ACK: Hello from WORKER_A");
        assert.deepEqual(await worker.end("SIGKILL"), { status: null, signal: "SIGKILL" });
        await untilNoticed(endpoint);
      }
      others.write("\n");
      assert.deepEqual(await others.ended, { status: 0, signal: null }, others.errors.join("\n"));
      await broker.end();

      const [, ...counts] = others.lines;
      assert.equal(counts.length, 4);
      for (const line of counts) {
        const [, sent, answered] = /^TALKER_\d sent (\d+) answered (\d+)$/.exec(line) ?? [];
        assert.equal(answered, sent, line);
        assert.ok(Number(sent) >= cycles, `${line}: it did not talk all the while`);
      }
      // What a worker said last may find it dead; nothing else may be lost.
      for (const line of broker.errors) {
        assert.match(line, /^callsign: (Cannot answer WORKER_A: |\d+ more such lines)/);
      }
    });
  }
});

describe("our worker", () => {
  const hello = "Received reply: ACK: Hello from WORKER_A";

  for (const form of forms) {
    for (const transport of ["tcp", "ipc"]) {
      it(`waits for a broker that comes later, over ${transport}: ${form.label}`, {
        timeout,
      }, async () => {
        const endpoint = transport === "ipc" ? `ipc://${folder}/later` : await refusingEndpoint();
        const worker = startProgram(form, "worker", ["WORKER_A", "--connect", endpoint]);
        await worker.error(/^callsign: No broker at .* yet; waiting for it$/);
        const broker = await startBrokerAt(form, endpoint);
        await worker.line(/^Received reply/);
        await worker.end();
        await broker.end();
        assert.deepEqual(worker.lines.slice(1), [hello]);
        assert.equal(worker.errors.length, 1, worker.errors.join("\n"));
      });
    }

    it(`is answered by a broker that was killed and started again: ${form.label}`, {
      timeout,
    }, async () => {
      const { broker, endpoint } = await startBroker(form);
      const worker = startProgram(form, "worker", ["WORKER_A", "--connect", endpoint]);
      await worker.count(2);
      await broker.end("SIGKILL");
      await worker.error(/^callsign: Lost the connection to .*; connecting again$/);
      const next = await startBrokerAt(form, endpoint);
      await worker.count(3);
      await worker.end();
      await next.end();
      assert.deepEqual(worker.lines.slice(1), [
        hello,
        "Received reply: ACK: Working on task...WORKER_A",
      ]);
      // The new broker heard it once: what was answered is not said again.
      assert.deepEqual(next.lines.slice(1), [
        "Received message from WORKER_A: Working on task...WORKER_A",
        "New worker connected with identity: WORKER_A",
        "Sent reply to WORKER_A",
      ]);
      assert.equal(worker.errors.length, 1, worker.errors.join("\n"));
    });

    it(`says again what a broker took and did not answer: ${form.label}`, {
      skip,
      timeout,
    }, async () => {
      // More than once: what a worker says while its connection goes down is easily lost with it.
      for (let round = 0; round < 4; round++) {
        const { broker: silent, endpoint } = await startPythonBroker(
          "silent_broker.py",
          "tcp://127.0.0.1:*",
        );
        const worker = startProgram(form, "worker", ["WORKER_A", "--connect", endpoint]);
        await silent.line(/^Swallowed Hello from WORKER_A$/);
        await silent.end("SIGKILL");
        const broker = await startBrokerAt(form, endpoint);
        await worker.count(2);
        await worker.end();
        await broker.end();
        assert.equal(worker.lines[1], hello);
        assert.equal(worker.errors.length, 1, worker.errors.join("\n"));
        assert.deepEqual(broker.lines.slice(1), [
          "Received message from WORKER_A: Hello from WORKER_A",
          "New worker connected with identity: WORKER_A",
          "Sent reply to WORKER_A",
        ]);
      }
    });

    it(`is answered each time it is killed and started again: ${form.label}`, {
      timeout,
    }, async () => {
      const { broker, endpoint } = await startBroker(form, ["--quiet"]);
      for (let cycle = 0; cycle < 5; cycle++) {
        const worker = startProgram(form, "worker", ["WORKER_A", "--connect", endpoint]);
        await worker.count(2);
        assert.equal(worker.lines[1], hello);
        await worker.end("SIGKILL");
        await untilNoticed(endpoint);
        assert.deepEqual(worker.errors, []);
      }
      await broker.end();
    });

    it(`is told when its name is in use, and answered once it is free: ${form.label}`, {
      timeout,
    }, async () => {
      const { broker, endpoint } = await startBroker(form);
      const args = ["WORKER_A", "--connect", endpoint, "--answer-timeout", "500ms"];
      const first = startProgram(form, "worker", args);
      await first.count(2);
      const second = startProgram(form, "worker", args);
      const told = await second.error(/No answer/);
      assert.equal(
        told,
        "callsign: No answer for 0.5 s: connecting afresh; " +
          'is another peer using the name "WORKER_A"?',
      );
      assert.equal(second.lines.length, 1, second.lines.join("\n"));
      await first.end();
      await second.line(/^Received reply/);
      await second.end();
      await broker.end();
      assert.equal(second.lines[1], hello);
      // The first was never disturbed.
      assert.deepEqual(first.errors, []);
    });
  }

  for (const form of sourceForms) {
    it(`is answered by a broker that was frozen for too long: ${form.label}`, {
      timeout,
    }, async () => {
      const { broker, endpoint } = await startBroker(form);
      const args = ["WORKER_A", "--connect", endpoint, "--answer-timeout", "500ms"];
      const worker = startProgram(form, "worker", args);
      await worker.count(2);
      broker.signal("SIGSTOP");
      // What it says now is not answered, and the connection it opens for that not accepted.
      await worker.error(/No answer for 0.5 s/);
      broker.signal("SIGCONT");
      await worker.count(3);
      await worker.end();
      await broker.end();
      assert.equal(worker.lines[2], "Received reply: ACK: Working on task...WORKER_A");
    });
  }
});
