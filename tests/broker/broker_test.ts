import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Broker, type BrokerOptions, type Exchange } from "../../src/broker.ts";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing, type Socket } from "../../src/zmq/socket.ts";
import { libraryForTests } from "../support/library.ts";

const library = libraryForTests();
const timeout = 20_000;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A broker that runs, and a context for its peers; both closed when the test is over. */
function withBroker(
  options: BrokerOptions,
  body: (broker: Broker, context: Context) => Promise<void>,
): () => Promise<void> {
  return async () => {
    await using context = new Context(library);
    await using broker = new Broker({ bind: ["tcp://127.0.0.1:*"], library, ...options });
    const running = broker.run();
    await body(broker, context);
    broker.stop();
    await running;
  };
}

function peer(context: Context, broker: Broker, name: string): Socket {
  const dealer = context.socket("dealer", { routingId: utf8(name), linger: 0 });
  dealer.connect(broker.endpoints[0] as string);
  return dealer;
}

async function ask(context: Context, socket: Socket, frames: Uint8Array[]): Promise<Uint8Array[]> {
  frames.forEach((frame, i) => socket.send(frame, frame.length, i < frames.length - 1));
  const readiness = new Readiness(context.poller, [socket]);
  using frame = new Message(library);
  while (socket.receive(frame) === nothing) await readiness.wait(1000);
  const answer = [frame.bytes()];
  while (frame.more) {
    socket.receive(frame);
    answer.push(frame.bytes());
  }
  return answer;
}

describe("Broker", () => {
  it(
    "answers with the same frames, the first prefixed",
    { timeout },
    withBroker({}, async (broker, context) => {
      const dealer = peer(context, broker, "A");
      const cases: readonly (readonly [string[], string[]])[] = [
        [["hello"], ["ACK: hello"]],
        [[""], ["ACK: "]],
        [["one", "", "three"], ["ACK: one", "", "three"]],
        [["", "request"], ["", "ACK: request"]],
        [["", ""], ["", "ACK: "]],
        [["", "a", "b"], ["", "ACK: a", "b"]],
        [["", "", "b"], ["", "ACK: ", "b"]],
        [["x".repeat(5_000_000)], [`ACK: ${"x".repeat(5_000_000)}`]],
        [["after a large one"], ["ACK: after a large one"]],
      ];
      for (const [frames, answer] of cases) {
        assert.deepEqual(await ask(context, dealer, frames.map(utf8)), answer.map(utf8));
      }
      const count = cases.length;
      assert.deepEqual(broker.counts, {
        received: count,
        answered: count,
        undelivered: 0,
        refused: 0,
      });
    }),
  );

  const exchanges: Exchange[] = [];
  it(
    "tells of each exchange, without the delimiter and with long frames cut",
    { timeout },
    withBroker({ onExchange: (exchange) => exchanges.push(exchange) }, async (broker, context) => {
      const dealer = peer(context, broker, "A");
      await ask(context, dealer, [utf8(""), utf8("body"), utf8("x".repeat(5000))]);
      assert.deepEqual(exchanges, [{
        identity: utf8("A"),
        frames: [{ bytes: utf8("body"), size: 4 }, { bytes: utf8("x".repeat(4096)), size: 5000 }],
        outcome: "sent",
      }]);
    }),
  );

  const undelivered: string[] = [];
  it(
    "tells of answers to a peer that does not read, and goes on answering the others",
    { timeout: 60_000 },
    withBroker(
      { onUndelivered: (_identity, outcome) => undelivered.push(outcome) },
      async (broker, context) => {
        const deaf = context.socket("dealer", {
          routingId: utf8("deaf"),
          linger: 0,
          receiveHighWaterMark: 1,
          sendHighWaterMark: 0,
        });
        deaf.connect(broker.endpoints[0] as string);
        const other = peer(context, broker, "other");
        const large = utf8("x".repeat(100_000));
        // As many as it takes: what is accepted before it is full depends on kernel buffers.
        while (!undelivered.includes("full")) {
          for (let i = 0; i < 100; i++) deaf.send(large, large.length, false);
          assert.deepEqual(await ask(context, other, [utf8("still there?")]), [
            utf8("ACK: still there?"),
          ]);
        }
        assert.equal(broker.counts.undelivered, undelivered.length);
        assert.ok(undelivered.every((outcome) => outcome === "full"));
      },
    ),
  );

  it("listens at several endpoints", { timeout }, async () => {
    await using context = new Context(library);
    const bind = ["tcp://127.0.0.1:*", "tcp://127.0.0.1:*"];
    await using broker = new Broker({ bind, library });
    const running = broker.run();
    assert.notEqual(broker.endpoints[0], broker.endpoints[1]);
    for (const endpoint of broker.endpoints) {
      const dealer = context.socket("dealer", { linger: 0 });
      dealer.connect(endpoint);
      assert.deepEqual(await ask(context, dealer, [utf8("hi")]), [utf8("ACK: hi")]);
    }
    broker.stop();
    await running;
  });

  it("keeps nothing bound when one of its endpoints cannot be", { timeout }, async () => {
    await using first = new Broker({ bind: ["tcp://127.0.0.1:*"], library });
    const taken = first.endpoints[0] as string;
    const name = `inproc://never-${Math.random()}`;
    assert.throws(() => new Broker({ bind: [name, taken], library }), { code: "EADDRINUSE" });
  });

  it("can be closed before it ran, and twice", { timeout }, async () => {
    const broker = new Broker({ bind: ["tcp://127.0.0.1:*"], library });
    await broker.close();
    await broker.close();
    await broker.run();
  });
});
