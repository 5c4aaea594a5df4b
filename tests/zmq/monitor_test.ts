import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { Monitor, type MonitorEvent } from "../../src/zmq/monitor.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing } from "../../src/zmq/socket.ts";
import { libraryForTests } from "../support/library.ts";
import { refusingEndpoint } from "../support/ports.ts";

const library = libraryForTests();
const timeout = 20_000;

/** Reads events until one of the name has come, and returns all. */
async function eventsUntil(
  context: Context,
  monitor: Monitor,
  name: MonitorEvent["name"],
): Promise<MonitorEvent[]> {
  const readiness = new Readiness(context.poller, [monitor.socket]);
  const events: MonitorEvent[] = [];
  while (events.at(-1)?.name !== name) {
    const event = monitor.read();
    if (event === undefined) await readiness.wait(1000);
    else events.push(event);
  }
  return events;
}

describe("Monitor", () => {
  it("tells of a connection from its first to its last event", { timeout }, async () => {
    const context = new Context(library);
    const router = context.socket("router");
    const monitor = new Monitor(context, router);
    const endpoint = router.bind("tcp://127.0.0.1:*");
    const dealer = context.socket("dealer", { linger: 0 });
    dealer.connect(endpoint);
    const before = await eventsUntil(context, monitor, "handshakeSucceeded");
    assert.deepEqual(before.map(({ name }) => name), [
      "listening",
      "accepted",
      "handshakeSucceeded",
    ]);
    assert.ok(before.every((event) => event.endpoint === endpoint));

    dealer.send(new Uint8Array(1), 1, false);
    const readiness = new Readiness(context.poller, [router]);
    using frame = new Message(library);
    while (router.receive(frame) === nothing) await readiness.wait(1000);
    router.receive(frame);
    const accepted = before[1]?.value;
    assert.equal(frame.sourceDescriptor, accepted);

    dealer.close();
    const after = await eventsUntil(context, monitor, "disconnected");
    assert.equal(after.at(-1)?.value, accepted);
    monitor.close();
    monitor.close();
    await context.close();
  });

  it("tells a refused connection from a host that cannot be resolved", { timeout }, async () => {
    const context = new Context(library);
    const endpoint = await refusingEndpoint();
    for (const [target, isTried] of [[endpoint, true], ["tcp://host.invalid:1", false]] as const) {
      const dealer = context.socket("dealer", { linger: 0 });
      const monitor = new Monitor(context, dealer);
      dealer.connect(target);
      const events = await eventsUntil(context, monitor, "connectRetried");
      assert.equal(events.some(({ name }) => name === "closed"), isTried, target);
      monitor.close();
      dealer.close();
    }
    await context.close();
  });

  it("does not hold up connections while nobody reads it", { timeout: 60_000 }, async () => {
    const context = new Context(library);
    const router = context.socket("router", { linger: 0 });
    const monitor = new Monitor(context, router);
    const endpoint = router.bind("tcp://127.0.0.1:*");
    const readiness = new Readiness(context.poller, [router]);
    using frame = new Message(library);
    // At the PAIR's usual limit libzmq's thread stops after 767 connections.
    for (let i = 0; i < 1000; i++) {
      const dealer = context.socket("dealer", { linger: 0 });
      dealer.connect(endpoint);
      dealer.send(new Uint8Array(1), 1, false);
      while (router.receive(frame) === nothing) await readiness.wait(1000);
      router.receive(frame);
      dealer.close();
    }
    monitor.close();
    await context.close();
  });
});
