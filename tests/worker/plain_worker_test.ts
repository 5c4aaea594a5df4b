import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectionError } from "../../src/peer/connection_error.ts";
import { PlainWorker, type PlainWorkerOptions } from "../../src/peer/plain_worker.ts";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing, type Socket } from "../../src/zmq/socket.ts";
import { libraryForTests } from "../support/library.ts";
import { refusingEndpoint } from "../support/ports.ts";

const library = libraryForTests();
const timeout = 20_000;
const decoder = new TextDecoder();
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The next message at a ROUTER: who sent it and what. */
async function hear(context: Context, router: Socket): Promise<{ from: Uint8Array; text: string }> {
  const readiness = new Readiness(context.poller, [router]);
  using frame = new Message(library);
  while (router.receive(frame) === nothing) await readiness.wait(1000);
  const from = frame.bytes();
  router.receive(frame);
  return { from, text: decoder.decode(frame.bytes()) };
}

function say(router: Socket, to: Uint8Array, text: string): void {
  router.send(to, to.length, true);
  router.send(utf8(text), utf8(text).length, false);
}

function startWorker(
  endpoint: string,
  options: Partial<PlainWorkerOptions> = {},
): { worker: PlainWorker; running: Promise<void>; replies: string[]; troubles: string[] } {
  const replies: string[] = [];
  const troubles: string[] = [];
  const worker = new PlainWorker({
    name: "W",
    connect: [endpoint],
    workMs: 1,
    library,
    onReply: (frame) => replies.push(decoder.decode(frame)),
    onTrouble: (text) => troubles.push(text),
    ...options,
  });
  return { worker, running: worker.run(), replies, troubles };
}

describe("PlainWorker", () => {
  it("says hello, and after each answer that it works on", { timeout }, async () => {
    await using context = new Context(library);
    const router = context.socket("router", { linger: 0 });
    const { worker, running, replies } = startWorker(router.bind("tcp://127.0.0.1:*"));
    const heard: string[] = [];
    for (let i = 0; i < 4; i++) {
      const { from, text } = await hear(context, router);
      assert.deepEqual(from, utf8("W"));
      heard.push(text);
      say(router, from, `answer ${i}`);
    }
    await hear(context, router);
    await worker.close();
    await running;
    const work = "Working on task...W";
    assert.deepEqual(heard, ["Hello from W", work, work, work]);
    assert.deepEqual(replies, ["answer 0", "answer 1", "answer 2", "answer 3"]);
  });

  it("says one thing at a time, however many answers come", { timeout }, async () => {
    await using context = new Context(library);
    const router = context.socket("router", { linger: 0 });
    const { worker, replies } = startWorker(router.bind("tcp://127.0.0.1:*"), { workMs: 200 });
    const { from } = await hear(context, router);
    for (let i = 0; i < 10; i++) say(router, from, `answer ${i}`);
    await hear(context, router);
    using frame = new Message(library);
    assert.equal(router.receive(frame), nothing);
    await worker.close();
    assert.equal(replies.length, 10);
  });

  it("waits for a broker that is not there yet, and says so once", { timeout }, async () => {
    await using context = new Context(library);
    const endpoint = await refusingEndpoint();
    const troubles: string[] = [];
    const { promise: told, resolve } = Promise.withResolvers<void>();
    const { worker } = startWorker(endpoint, {
      onTrouble: (text) => {
        troubles.push(text);
        resolve();
      },
    });
    await told;
    const router = context.socket("router", { linger: 0 });
    router.bind(endpoint);
    assert.equal((await hear(context, router)).text, "Hello from W");
    assert.deepEqual(troubles, [`No broker at ${endpoint} yet; waiting for it`]);
    await worker.close();
  });

  it("says again to a new broker what the old one did not answer", { timeout }, async () => {
    await using context = new Context(library);
    const old = context.socket("router", { linger: 0 });
    const endpoint = old.bind("tcp://127.0.0.1:*");
    const { worker, replies, troubles } = startWorker(endpoint);
    const { from } = await hear(context, old);
    say(old, from, "one");
    assert.equal((await hear(context, old)).text, "Working on task...W");
    old.close();
    await using later = new Context(library);
    const router = later.socket("router", { linger: 0 });
    // The old listener is closed by libzmq's own thread, in its own time.
    for (let isBound = false; !isBound;) {
      try {
        router.bind(endpoint);
        isBound = true;
      } catch (error) {
        assert.equal((error as { code?: string }).code, "EADDRINUSE");
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    assert.equal((await hear(later, router)).text, "Working on task...W");
    say(router, from, "two");
    assert.equal((await hear(later, router)).text, "Working on task...W");
    await worker.close();
    assert.deepEqual(replies, ["one", "two"]);
    assert.deepEqual(troubles, [`Lost the connection to ${endpoint}; connecting again`]);
  });

  it("connects afresh when no answer comes, and asks who has its name", { timeout }, async () => {
    await using context = new Context(library);
    const router = context.socket("router", { linger: 0 });
    const endpoint = router.bind("tcp://127.0.0.1:*");
    const { worker, troubles } = startWorker(endpoint, { answerTimeoutMs: 50 });
    for (let i = 0; i < 3; i++) assert.equal((await hear(context, router)).text, "Hello from W");
    await worker.close();
    assert.equal(
      troubles[0],
      'No answer for 0.05 s: connecting afresh; is another peer using the name "W"?',
    );
  });

  it("gives up on a host that cannot be resolved", { timeout }, async () => {
    const { worker, running } = startWorker("tcp://host.invalid:5555");
    await assert.rejects(running, (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.equal(error.failure, "unresolved");
      assert.match(
        error.message,
        /^Cannot connect to "tcp:\/\/host.invalid:5555": the host cannot/,
      );
      return true;
    });
    await worker.close();
  });

  it("gives up when the broker's authentication refuses it", { timeout }, async () => {
    await using context = new Context(library);
    const handler = context.socket("rep", { linger: 0 });
    handler.bind("inproc://zeromq.zap.01");
    const router = context.socket("router", { linger: 0, zapDomain: "test" });
    const { worker, running } = startWorker(router.bind("tcp://127.0.0.1:*"));
    const ended = running.catch((error) => error);
    const readiness = new Readiness(context.poller, [handler]);
    using frame = new Message(library);
    while (handler.receive(frame) === nothing) await readiness.wait(1000);
    handler.receive(frame);
    const requestId = frame.bytes();
    while (frame.more) handler.receive(frame);
    const answer = [utf8("1.0"), requestId, utf8("400"), utf8("no"), utf8(""), utf8("")];
    answer.forEach((part, i) => handler.send(part, part.length, i < answer.length - 1));
    const error = await ended;
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.failure, "denied");
    await worker.close();
  });

  it("can be closed before it ran, and twice", { timeout }, async () => {
    const worker = new PlainWorker({ name: "W", connect: ["tcp://127.0.0.1:1"], library });
    await worker.close();
    await worker.close();
    await worker.run();
  });

  it("leaves nothing open when it cannot be made", () => {
    assert.throws(() => new PlainWorker({ name: "", library }), { name: "IdentityError" });
    assert.throws(() => new PlainWorker({ name: "W", connect: ["nowhere"], library }), {
      name: "EndpointError",
    });
  });
});
