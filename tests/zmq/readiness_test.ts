import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing, type Socket } from "../../src/zmq/socket.ts";
import { libraryForTests } from "../support/library.ts";

const library = libraryForTests();
const timeout = 30_000;
const one = new Uint8Array(1);

/** Two connected sockets, each with what waits for it. */
function couple(context: Context, name: string): (readonly [Socket, Readiness])[] {
  const [left, right] = [context.socket("pair"), context.socket("pair")];
  left.bind(`inproc://${name}`);
  right.connect(`inproc://${name}`);
  return [left, right].map((socket) => [socket, new Readiness(context.poller, [socket])] as const);
}

describe("Readiness", () => {
  it("loses no message among sends that swallow the signal", { timeout }, async () => {
    const context = new Context(library);
    const router = context.socket("router", { linger: 0 });
    const endpoint = router.bind("tcp://127.0.0.1:*");
    const dealers = Array.from({ length: 4 }, () => context.socket("dealer", { linger: 0 }));
    for (const dealer of dealers) dealer.connect(endpoint);
    using frame = new Message(library);
    const readiness = new Readiness(context.poller, [router, ...dealers]);
    const rounds = 3000;
    const received = dealers.map(() => 0);
    for (const dealer of dealers) dealer.send(one, 1, false);
    while (received.some((count) => count < rounds)) {
      while (router.receive(frame) !== nothing) {
        router.sendMessage(frame, true);
        router.receive(frame);
        router.sendMessage(frame, false);
      }
      dealers.forEach((dealer, i) => {
        // One message of each at a time: the next is sent right after a receive, as echoes are.
        if (dealer.receive(frame) === nothing) return;
        (received[i] as number)++;
        dealer.send(one, 1, false);
      });
      await readiness.wait(Infinity);
    }
    await context.close();
  });

  it("ends at wake, whether it comes during the wait or before it", { timeout }, async () => {
    const context = new Context(library);
    const readiness = new Readiness(context.poller, [context.socket("router")]);
    readiness.wake();
    await readiness.wait(Infinity);
    const waiting = readiness.wait(Infinity);
    setTimeout(() => readiness.wake(), 5);
    await waiting;
    await context.close();
  });

  it("serves many groups of sockets in one process at once", { timeout }, async () => {
    const context = new Context(library);
    const chain = Array.from({ length: 20 }, (_, i) => couple(context, `chain-${i}`));
    using frame = new Message(library);
    const relay = async (i: number): Promise<void> => {
      const [, [socket, readiness]] = chain[i] as [unknown, readonly [Socket, Readiness]];
      while (socket.receive(frame) === nothing) await readiness.wait(Infinity);
      chain[i + 1]?.[0]?.[0].send(one, 1, false);
    };
    const relays = Promise.all(chain.map((_, i) => relay(i)));
    chain[0]?.[0]?.[0].send(one, 1, false);
    await relays;
    await context.close();
  });

  it("lets timers have their turn while messages never end", { timeout }, async () => {
    const context = new Context(library);
    const [[left], [right, readiness]] = couple(context, "endless") as [
      readonly [Socket, Readiness],
      readonly [Socket, Readiness],
    ];
    using frame = new Message(library);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    while (ticks < 50) {
      left.send(one, 1, false);
      right.receive(frame);
      await readiness.wait(Infinity);
      left.send(one, 1, false);
    }
    clearInterval(timer);
    await context.close();
  });

  it("looks by itself where the system has no poll(2) to tell", { timeout }, async () => {
    // As on Windows: the seam then waits for the time alone.
    const poll = (_items: Int32Array, _count: number, timeoutMs: number): Promise<number> =>
      new Promise((resolve) => setTimeout(resolve, timeoutMs, 0));
    const blind = { ...library, wait: undefined, offThread: { ...library.offThread, poll } };
    const context = new Context(blind);
    const [[left], [right, readiness]] = couple(context, "blind") as [
      readonly [Socket, Readiness],
      readonly [Socket, Readiness],
    ];
    using frame = new Message(library);
    for (let i = 0; i < 5; i++) {
      setTimeout(() => left.send(one, 1, false), 1);
      while (right.receive(frame) === nothing) await readiness.wait(Infinity);
    }
    await context.close();
  });

  it("lets a context be closed while another one waits", { timeout }, async () => {
    const [first, second] = [new Context(library), new Context(library)];
    const readiness = new Readiness(second.poller, [second.socket("router")]);
    let waits = true;
    const waiting = readiness.wait(Infinity).then(() => waits = false);
    first.socket("router").bind("tcp://127.0.0.1:*");
    await first.close();
    assert.equal(waits, true);
    readiness.wake();
    await waiting;
    await second.close();
  });
});
