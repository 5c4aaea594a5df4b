// A broker and a worker that are told to stop while messages pour in.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Broker } from "../../src/broker.ts";
import { PlainWorker } from "../../src/worker.ts";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing } from "../../src/zmq/socket.ts";
import { temporaryFolder } from "../interop/peers/programs.ts";
import { libraryForTests } from "../support/library.ts";

const library = libraryForTests();
const timeout = 60_000;
const folder = temporaryFolder();
const body = new TextEncoder().encode("0123456789");

/** Takes a tenth of a millisecond, as a listener that does something with what it is told. */
function work(): void {
  const endMs = performance.now() + 0.1;
  while (performance.now() < endMs);
}

/** So many messages come before one who never gives way is believed to be one. */
const flood = 20_000;
/** So many are on their way at a time, more than come and go while one is dealt with. */
const window = 50;

describe("Broker.stop()", () => {
  it("lets all be answered that had arrived by then", { timeout }, async () => {
    const endpoint = `ipc://${folder}/arrived`;
    const messages = 400;
    const context = new Context(library);
    const dealer = context.socket("dealer", { linger: 0, reconnectInterval: 10 });
    const readiness = new Readiness(context.poller, [dealer]);
    using frame = new Message(library);
    // All of it is queued before there is a broker, so it comes in one piece: less than libzmq reads
    // at a time, and more than a turn of the broker's loop answers.
    dealer.connect(endpoint);
    for (let i = 0; i < messages; i++) assert.equal(dealer.send(body, body.length, false), "sent");

    let told = 0;
    const broker = new Broker({
      library,
      bind: [endpoint],
      onExchange: () => {
        told++;
        broker.stop();
        work();
      },
    });
    try {
      await broker.run();
      assert.equal(told, messages);
      assert.equal(broker.counts.answered, messages);
      for (let i = 0; i < messages; i++) {
        while (dealer.receive(frame) === nothing) await readiness.wait(1000);
        assert.deepEqual(frame.bytes(), new TextEncoder().encode("ACK: 0123456789"));
      }
    } finally {
      await broker.close();
      await context.close();
    }
  });

  it("is heard while messages pour in without a gap", { timeout }, async () => {
    const context = new Context(library);
    const dealer = context.socket("dealer", { linger: 0 });
    let told = 0;
    const broker = new Broker({
      library,
      bind: [`ipc://${folder}/broker`],
      onExchange: () => {
        if (++told === 1) setTimeout(() => broker.stop(), 0);
        if (told < flood) dealer.send(body, body.length, false);
        work();
      },
    });
    try {
      dealer.connect(broker.endpoints[0] as string);
      for (let i = 0; i < window; i++) dealer.send(body, body.length, false);
      await broker.run();
      assert.ok(told < flood, `stopped after ${told} messages`);
    } finally {
      await broker.close();
      await context.close();
    }
  });
});

describe("PlainWorker.stop()", () => {
  it("is heard while replies pour in without a gap", { timeout }, async () => {
    const context = new Context(library);
    const router = context.socket("router", { linger: 0 });
    const endpoint = router.bind(`ipc://${folder}/worker`);
    const name = new TextEncoder().encode("WORKER_A");
    const reply = (): void => {
      router.send(name, name.length, true);
      router.send(body, body.length, false);
    };
    let told = 0;
    const worker = new PlainWorker({
      library,
      name: "WORKER_A",
      connect: [endpoint],
      onReply: () => {
        if (++told === 1) setTimeout(() => worker.stop(), 0);
        if (told < flood) reply();
        work();
      },
    });
    try {
      const running = worker.run();
      const readiness = new Readiness(context.poller, [router]);
      while (!router.readable) await readiness.wait(1000);
      for (let i = 0; i < window; i++) reply();
      await running;
      assert.ok(told < flood, `stopped after ${told} replies`);
    } finally {
      await worker.close();
      await context.close();
    }
  });
});
