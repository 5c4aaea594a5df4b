import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { Context } from "../../src/zmq/context.ts";
import { ZmqError } from "../../src/zmq/errors.ts";
import { Message } from "../../src/zmq/message.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing, type Socket } from "../../src/zmq/socket.ts";
import { libraryForTests } from "../support/library.ts";

const library = libraryForTests();
const timeout = 20_000;

/** Runs a test with a context that is closed after it, whatever happens. */
function withContext(body: (context: Context) => Promise<void> | void): () => Promise<void> {
  return async () => {
    const context = new Context(library);
    try {
      await body(context);
    } finally {
      await context.close();
    }
  };
}

/** Waits for a message and returns its frames. */
async function receiveAll(context: Context, socket: Socket): Promise<Uint8Array[]> {
  const readiness = new Readiness(context.poller, [socket]);
  using frame = new Message(library);
  while (socket.receive(frame) === nothing) await readiness.wait(1000);
  const frames = [frame.bytes()];
  while (frame.more) {
    socket.receive(frame);
    frames.push(frame.bytes());
  }
  return frames;
}

function sendAll(socket: Socket, frames: readonly Uint8Array[]): void {
  frames.forEach((frame, i) =>
    assert.equal(socket.send(frame, frame.length, i < frames.length - 1), "sent")
  );
}

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-socket-"));
process.on("exit", () => fs.rmSync(temporary, { recursive: true, force: true }));

const bytes = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => 251 * i);

for (const endpoint of ["tcp://127.0.0.1:*", `ipc://${temporary}/socket`, "inproc://socket"]) {
  describe(`a ROUTER and a DEALER over ${endpoint.split(":")[0]}`, () => {
    it(
      "exchange frames of every size, inside the zmq_msg_t and out of it",
      { timeout },
      withContext(async (context) => {
        const router = context.socket("router", { linger: 0 });
        const address = router.bind(endpoint);
        const name = new TextEncoder().encode("WORKER_A");
        const dealer = context.socket("dealer", { routingId: name, linger: 0 });
        dealer.connect(address);
        for (const size of [0, 1, 28, 29, 30, 33, 34, 63, 64, 65, 4096, 100_000]) {
          sendAll(dealer, [bytes(size), bytes(0), bytes(3)]);
          const received = await receiveAll(context, router);
          assert.deepEqual(received, [name, bytes(size), bytes(0), bytes(3)]);
          sendAll(router, received);
          assert.deepEqual(await receiveAll(context, dealer), received.slice(1));
        }
      }),
    );
  });
}

describe("Socket", () => {
  it(
    "moves a received frame on without copying it",
    { timeout },
    withContext(async (context) => {
      const [left, right] = [context.socket("pair"), context.socket("pair")];
      left.bind("inproc://move");
      right.connect("inproc://move");
      left.send(bytes(1000), 1000, false);
      using frame = new Message(library);
      const readiness = new Readiness(context.poller, [right]);
      while (right.receive(frame) === nothing) await readiness.wait(1000);
      assert.equal(right.sendMessage(frame, false), "sent");
      assert.equal(frame.size, 0);
      assert.deepEqual(await receiveAll(context, left), [bytes(1000)]);
    }),
  );

  it(
    "says that a frame is longer than the buffer it was received into",
    { timeout },
    withContext(async (context) => {
      const [left, right] = [context.socket("pair"), context.socket("pair")];
      left.bind("inproc://long");
      right.connect("inproc://long");
      left.send(bytes(50), 50, false);
      const buffer = new Uint8Array(10);
      const readiness = new Readiness(context.poller, [right]);
      let size = right.receiveInto(buffer);
      for (; size === nothing; size = right.receiveInto(buffer)) await readiness.wait(1000);
      assert.equal(size, 50);
      assert.deepEqual(buffer, bytes(10));
    }),
  );

  it(
    "tells an unknown peer from a full one",
    withContext((context) => {
      const router = context.socket("router", { routerMandatory: true });
      router.bind("inproc://known");
      assert.equal(router.send(bytes(4), 4, true), "unreachable");
      const push = context.socket("push");
      push.bind("inproc://full");
      assert.equal(push.send(bytes(4), 4, false), "full");
    }),
  );

  it(
    "refuses calls out of turn with the name of the failure",
    withContext((context) => {
      const reply = context.socket("rep");
      assert.throws(() => reply.send(bytes(1), 1, false), (error) => {
        assert.ok(error instanceof ZmqError);
        assert.equal(error.code, "EFSM");
        assert.equal(error.operation, "send");
        assert.match(error.message, /^Cannot send: .*\(EFSM\)$/);
        return true;
      });
    }),
  );

  it(
    "refuses every call after close, and may be closed again",
    withContext((context) => {
      const socket = context.socket("dealer");
      socket.close();
      socket.close();
      assert.equal(socket.closed, true);
      const closed = { code: "ENOTSOCK", name: "ZmqError" };
      assert.throws(() => socket.send(bytes(1), 1, false), closed);
      assert.throws(() => socket.receiveInto(bytes(1)), closed);
      assert.throws(() => socket.get("events"), closed);
      assert.throws(() => socket.set("linger", 0), closed);
      assert.throws(() => socket.bind("inproc://closed"), closed);
      assert.throws(() => socket.connect("inproc://closed"), closed);
      assert.throws(() => socket.readable, closed);
    }),
  );

  it(
    "is closed with its context",
    withContext(async (context) => {
      const socket = context.socket("dealer");
      assert.equal(context.openSockets, 1);
      await context.close();
      assert.equal(socket.closed, true);
      assert.equal(context.openSockets, 0);
      await context.close();
    }),
  );

  it(
    "names the address that is in use",
    withContext((context) => {
      const endpoint = context.socket("router").bind("tcp://127.0.0.1:*");
      assert.throws(() => context.socket("router").bind(endpoint), {
        code: "EADDRINUSE",
        message:
          `Cannot bind "${endpoint}": the address is in use (EADDRINUSE); stop the program ` +
          "that holds it, or choose another port",
      });
    }),
  );
});

describe("options", () => {
  it(
    "are read as they were written",
    withContext((context) => {
      const identity = Uint8Array.of(1, 0, 255);
      const options = {
        routingId: identity,
        linger: 123,
        maxMessageSize: 2 ** 40,
        immediate: true,
        affinity: 1,
        sendHighWaterMark: 7,
      } as const;
      const socket = context.socket("dealer", options);
      for (const [name, value] of Object.entries(options)) {
        assert.deepEqual(socket.get(name as "linger"), value, name);
      }
      assert.equal(socket.get("type"), 5);
      assert.ok(socket.get("fd") > 0);
    }),
  );

  it(
    "of the wrong size or kind are refused, and leave no socket behind",
    withContext((context) => {
      for (const routingId of [new Uint8Array(0), new Uint8Array(256)]) {
        assert.throws(() => context.socket("dealer", { routingId }), { code: "EINVAL" });
      }
      assert.throws(() => context.socket("dealer", { linger: "1" as never }), TypeError);
      assert.throws(() => context.socket("dealer", { routerMandatory: true }), { code: "EINVAL" });
      assert.equal(context.openSockets, 0);
    }),
  );

  it(
    "of a message tell where it came from",
    { timeout },
    withContext(async (context) => {
      const router = context.socket("router");
      const dealer = context.socket("dealer", { linger: 0 });
      dealer.connect(router.bind("tcp://127.0.0.1:*"));
      sendAll(dealer, [bytes(3)]);
      const readiness = new Readiness(context.poller, [router]);
      using frame = new Message(library);
      while (router.receive(frame) === nothing) await readiness.wait(1000);
      router.receive(frame);
      assert.equal(frame.property("Peer-Address"), "127.0.0.1");
      assert.equal(frame.property("Socket-Type"), "DEALER");
      assert.equal(frame.property("No-Such"), undefined);
      assert.ok(frame.sourceDescriptor > 0);
    }),
  );
});
