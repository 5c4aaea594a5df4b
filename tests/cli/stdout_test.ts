// Who reads our stdout may go away, fall asleep, or have no room: nothing of it reaches the peers.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { afterEach, describe, it } from "node:test";
import { Context } from "../../src/zmq/context.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing } from "../../src/zmq/socket.ts";
import { libraryForTests } from "../support/library.ts";
import { killRunning, type Program } from "../support/process.ts";
import { type Form, startBroker, startProgram } from "../support/programs.ts";
import { assertFails, forms } from "./failing.ts";

const timeout = 60_000;
const library = libraryForTests();

// Asked of another program: Deno lets nobody look into /dev who may not do everything.
const hasFull = spawnSync("test", ["-c", "/dev/full"]).status === 0;
const withoutFull = hasFull ? "" : " (not on this system: /dev/full)";

afterEach(async () => assert.equal(await killRunning(), 0));

/** Sends messages of so many bytes, 20 at a time on the way; returns how many answers were right. */
async function talk(endpoint: string, messages: number, bytes: number): Promise<number> {
  const context = new Context(library);
  const dealer = context.socket("dealer", { linger: 0, routingId: new TextEncoder().encode("A") });
  dealer.connect(endpoint);
  const readiness = new Readiness(context.poller, [dealer]);
  const answer = new Uint8Array(bytes + 5);
  const text = (n: number): string => String(n).padEnd(bytes, ".");
  let sent = 0;
  let right = 0;
  for (let received = 0; received < messages;) {
    while (sent < messages && sent - received < 20) {
      dealer.send(new TextEncoder().encode(text(sent++)), bytes, false);
    }
    await readiness.wait(100);
    while (dealer.receiveInto(answer) !== nothing) {
      if (new TextDecoder().decode(answer) === `ACK: ${text(received++)}`) right++;
    }
  }
  dealer.close();
  await context.close();
  return right;
}

/** Waits until a program is gone, whether or not all it printed was read. */
async function exited({ pid }: Program): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts a broker at an endpoint that must be free, and ends it. */
async function assertFree(form: Form, endpoint: string): Promise<void> {
  const broker = startProgram(form, "broker", ["--bind", endpoint]);
  await broker.line(/^Broker started/);
  assert.equal((await broker.end()).status, 143);
}

for (const form of forms) {
  describe(`On ${form.label}, with a stdout`, () => {
    it("that was closed, the broker ends with 141 and in silence", { timeout }, async () => {
      const { broker, endpoint } = await startBroker(form);
      broker.closeStdout();
      const worker = startProgram(form, "worker", ["WORKER_A", "--connect", endpoint]);
      assert.deepEqual(await broker.ended, { status: 141, signal: null });
      assert.deepEqual(broker.errors, []);
      await worker.end();
      await assertFree(form, endpoint);
    });

    it("that was closed, the worker ends with 141 and in silence", { timeout }, async () => {
      const { broker, endpoint } = await startBroker(form, ["--quiet"]);
      const worker = startProgram(form, "worker", ["WORKER_A", "--connect", endpoint]);
      await worker.line(/^Worker WORKER_A started/);
      worker.closeStdout();
      assert.deepEqual(await worker.ended, { status: 141, signal: null });
      assert.deepEqual(worker.errors, []);
      assert.equal((await broker.end()).status, 143);
    });

    it(
      "that was closed, nobody is told as long as there is nothing to say",
      { timeout },
      async () => {
        const { broker, endpoint } = await startBroker(form, ["--quiet"]);
        broker.closeStdout();
        assert.equal(await talk(endpoint, 10, 100), 10);
        assert.deepEqual(await broker.end(), { status: 143, signal: null });
        assert.deepEqual(broker.errors, []);
      },
    );

    it("that nobody reads, the broker answers on, and later tells what it left out", {
      timeout,
    }, async () => {
      const messages = 4000;
      const bytes = 1000;
      const { broker, endpoint } = await startBroker(form);
      broker.pauseStdout();
      assert.equal(await talk(endpoint, messages, bytes), messages);
      broker.resumeStdout();
      const notice = await broker.error(/./);
      const [, skipped] = /^callsign: (\d+) lines were not printed: stdout is read too slowly$/
        .exec(notice) ?? [];
      assert.ok(skipped !== undefined, notice);
      // Only now, when there is room, can a line be counted on.
      assert.equal(await talk(endpoint, 1, bytes), 1);
      assert.equal((await broker.end()).status, 143);
      assert.deepEqual(broker.errors, [notice]);

      // Not one line is unaccounted for, and no more than some 2 MB of 4.5 were kept for later.
      assert.equal(broker.lines.length + Number(skipped), 1 + 3 * (messages + 1));
      const kept = broker.lines.reduce((sum, line) => sum + line.length + 1, 0);
      assert.ok(kept < 2.5e6, `${kept} bytes were kept`);
      assertInOrder(broker, bytes);
    });

    it("that nobody reads, the broker still ends when it is told to", { timeout }, async () => {
      const { broker, endpoint } = await startBroker(form);
      broker.pauseStdout();
      assert.equal(await talk(endpoint, 2000, 1000), 2000);
      broker.signal("SIGTERM");
      await exited(broker);
      broker.resumeStdout();
      assert.equal((await broker.ended).status, 143);
      await assertFree(form, endpoint);
    });

    it(`that has no room, a program says so and ends with 69${withoutFull}`, {
      timeout,
      skip: withoutFull !== "",
    }, async () => {
      const through = ["sh", "-c", 'exec "$@" >/dev/full', "sh"];
      await assertFails(form, "broker", { args: ["--bind", "tcp://127.0.0.1:*"], through }, {
        status: 69,
        stderr: "callsign: Cannot write to stdout: ENOSPC",
      });
    });
  });
}

/** Each line is whole, and what was printed was printed in the order it happened in. */
function assertInOrder({ lines }: Program, bytes: number): void {
  const numbers = lines.filter((line) => line.startsWith("Received")).map((line) => {
    const [, number] = /^Received message from A: (\d+)\.*$/.exec(line) ?? [];
    assert.equal(line.length, "Received message from A: ".length + bytes, line);
    return Number(number);
  });
  // The last one is the first of another talk.
  const sorted = numbers.slice(0, -1).toSorted((a, b) => a - b);
  assert.deepEqual(numbers, [...sorted, 0]);
}
