// SIGINT and SIGTERM: the first ends cleanly, whatever is going on; the second at once.

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { isFree } from "../support/ports.ts";
import { killRunning } from "../support/process.ts";
import { executableForms, sourceForms, startBroker, startProgram } from "../support/programs.ts";
import {
  startPython,
  startPythonBroker,
  temporaryFolder,
  withoutPython,
} from "../interop/peers/programs.ts";

const timeout = 60_000;
const skip = withoutPython;
const forms = [...sourceForms, ...executableForms];
const folder = temporaryFolder();
const signals = [["SIGINT", 130], ["SIGTERM", 143]] as const;

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

describe("a broker", () => {
  for (const form of forms) {
    for (const [signal, status] of signals) {
      it(`ends with ${status} at ${signal} and leaves nothing: ${form.label}`, {
        timeout,
      }, async () => {
        const { broker, endpoint } = await startBroker(form);
        assert.equal(await isFree(endpoint), false);
        assert.deepEqual(await broker.end(signal), { status, signal: null });
        assert.ok(await isFree(endpoint), `${endpoint} is still in use`);
        assert.equal(broker.lines.length, 1);
        assert.deepEqual(broker.errors, []);
      });

      it(`ends with ${status} at ${signal} under a flood: ${form.label}`, {
        skip,
        timeout,
      }, async () => {
        const { broker, endpoint } = await startBroker(form, ["--quiet"]);
        const flood = startPython("counters.py", endpoint, "4", "200");
        await flood.line(/^All were answered$/);
        assert.deepEqual(await broker.end(signal), { status, signal: null });
        assert.ok(await isFree(endpoint), `${endpoint} is still in use`);
        flood.write("\n");
        assert.deepEqual(await flood.ended, { status: 0, signal: null }, flood.errors.join("\n"));
        assert.deepEqual(broker.errors, []);
      });
    }

    it(`has sent every answer it tells of: ${form.label}`, { skip, timeout }, async () => {
      const { broker, endpoint } = await startBroker(form);
      // Two at a time, so that all of stdout can be read.
      const talkers = startPython("counters.py", endpoint, "2", "1");
      await talkers.line(/^All were answered$/);
      await broker.count(300);
      await broker.end();
      talkers.write("\n");
      assert.deepEqual(await talkers.ended, { status: 0, signal: null }, talkers.errors.join("\n"));
      assert.deepEqual(broker.errors, []);
      const answered = talkers.lines.slice(1).map((line) => Number(line.split(" ").at(-1)));
      const told = ["TALKER_0", "TALKER_1"].map((name) =>
        broker.lines.filter((line) => line === `Sent reply to ${name}`).length
      );
      assert.deepEqual(answered, told);
    });

    // More than the connection holds waits for a peer that does not read.
    const messages = 32;
    const startDeaf = (endpoint: string) =>
      startPython("deaf.py", endpoint, `${messages}`, `${2 ** 20}`);

    it(`sends what still waits before it ends: ${form.label}`, { skip, timeout }, async () => {
      const { broker, endpoint } = await startBroker(form, ["--linger", "1h"]);
      const deaf = startDeaf(endpoint);
      await broker.count(1 + 3 * messages);
      broker.signal("SIGTERM");
      while (!await isFree(endpoint));
      deaf.write("\n");
      assert.deepEqual(await broker.ended, { status: 143, signal: null });
      assert.deepEqual(await deaf.ended, { status: 0, signal: null }, deaf.errors.join("\n"));
      assert.deepEqual(deaf.lines, [`Heard ${messages}`]);
    });

    it(`ends at once at the second signal: ${form.label}`, { skip, timeout }, async () => {
      const { broker, endpoint } = await startBroker(form, ["--linger", "1h"]);
      const deaf = startDeaf(endpoint);
      await broker.count(1 + 3 * messages);
      let hasEnded = false;
      void broker.ended.then(() => hasEnded = true);
      broker.signal("SIGTERM");
      while (!await isFree(endpoint));
      assert.equal(hasEnded, false);
      assert.deepEqual(await broker.end("SIGTERM"), { status: 143, signal: null });
      await deaf.end();
    });
  }
});

describe("a worker", () => {
  for (const form of forms) {
    for (const [signal, status] of signals) {
      it(`ends with ${status} at ${signal}: ${form.label}`, { timeout }, async () => {
        const { broker, endpoint } = await startBroker(form);
        const worker = startProgram(form, "worker", ["WORKER_A", "--connect", endpoint]);
        await worker.count(2);
        assert.deepEqual(await worker.end(signal), { status, signal: null });
        await broker.end();
        assert.deepEqual(worker.errors, []);
      });

      it(`ends with ${status} at ${signal} while it waits for a broker: ${form.label}`, {
        timeout,
      }, async () => {
        const args = ["WORKER_A", "--connect", `ipc://${folder}/nobody`];
        const worker = startProgram(form, "worker", args);
        await worker.error(/waiting for it$/);
        assert.deepEqual(await worker.end(signal), { status, signal: null });
        assert.deepEqual(worker.lines, [`Worker WORKER_A started, connecting to ${args[2]}`]);
      });

      it(`ends with ${status} at ${signal} under a flood: ${form.label}`, {
        skip,
        timeout,
      }, async () => {
        const { broker: flood, endpoint } = await startPythonBroker(
          "flood_broker.py",
          "tcp://127.0.0.1:*",
        );
        const worker = startProgram(form, "worker", ["WORKER_A", "--connect", endpoint]);
        await worker.count(1000);
        assert.deepEqual(await worker.end(signal), { status, signal: null });
        await flood.end();
        // Whole lines in order, to the last.
        const expected = Array.from({ length: 1000 }, (_, i) => `Received reply: ${i}`);
        assert.deepEqual(worker.lines.slice(1, 1001), expected);
        assert.match(worker.lines.at(-1) as string, /^Received reply: \d+$/);
      });
    }
  }
});
