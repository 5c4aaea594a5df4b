import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PeerMessage, PeerRequest } from "../../src/peer/letter.ts";
import type { PeerError } from "../../src/peer/peer_error.ts";
import type { Hello } from "../../src/protocol/greeting.ts";
import { ackStatus, flags } from "../../src/protocol/header.ts";
import { Worker, type WorkerOptions } from "../../src/worker.ts";
import { hasFields } from "../support/fields.ts";
import { libraryForTests } from "../support/library.ts";
import { refusingEndpoint } from "../support/ports.ts";
import {
  type Heard,
  jsonOf,
  ScriptedBroker,
  textOf,
  usualWelcome,
  utf8,
} from "../support/scripted_broker.ts";
import { until } from "../support/until.ts";

const library = libraryForTests();
const timeout = 20_000;
const asker = utf8("asker\x1fAAAAAAAA");

interface Running {
  readonly worker: Worker;
  readonly broker: ScriptedBroker;
  /** The worker's HELLO. */
  readonly hello: Heard;
  /** Resolves with what the run ended with: undefined, or an error. */
  readonly ended: Promise<unknown>;
  readonly troubles: string[];
}

/** Runs a worker at a scripted broker while `body` does, and closes everything behind it. */
async function withWorker(
  options: Partial<WorkerOptions>,
  body: (running: Running) => Promise<void>,
): Promise<void> {
  await using broker = new ScriptedBroker(library);
  const troubles: string[] = [];
  let isOnline = false;
  await using worker = new Worker({
    name: "W",
    connect: [broker.endpoint],
    onTrouble: (text) => troubles.push(text),
    onOnline: () => isOnline = true,
    library,
    ...options,
  });
  const ended = worker.run().then(() => undefined, (error) => error);
  const hello = await broker.hears("hello");
  await until(() => isOnline || options.onOnline !== undefined);
  await body({ worker, broker, hello, ended, troubles });
}

/** A handler that answers when it is told to. */
class SlowHandler {
  readonly requests: PeerRequest[] = [];
  readonly #answers: ((text: string) => void)[] = [];
  readonly handle = (request: PeerRequest): Promise<string> => {
    this.requests.push(request);
    return new Promise((resolve) => this.#answers.push(resolve));
  };
  answer(text: string): void {
    this.#answers.shift()?.(text);
  }
}

describe("Worker", () => {
  it("tells what it is", { timeout }, async () => {
    const handle = () => undefined;
    await withWorker({ handle, groups: ["web", "eu"], capacity: 4, agent: "a" }, ({ hello }) => {
      assert.equal(hello.callsign, "W");
      const { instance, ...rest } = jsonOf<Hello>(hello.frames[0]);
      assert.match(instance, /^[A-Za-z0-9]{22}$/);
      assert.deepEqual(rest, { role: "worker", groups: ["web", "eu"], capacity: 4, agent: "a" });
      return Promise.resolve();
    });
  });

  it("takes one request at once unless told otherwise, and none without a handler", {
    timeout,
  }, async () => {
    for (const [handle, capacity] of [[() => undefined, 1], [undefined, 0]] as const) {
      await withWorker({ handle }, ({ hello }) => {
        const said = jsonOf<Hello>(hello.frames[0]);
        assert.equal(said.capacity, capacity);
        assert.match(said.agent, /^callsign\/[\d.]+ (deno|bun) pid \d+$/);
        return Promise.resolve();
      });
    }
  });

  it("is the same instance on every socket, and another than any other worker", {
    timeout,
  }, async () => {
    await withWorker({}, async ({ broker, hello }) => {
      broker.say(hello.identity, "disconnect");
      const again = await broker.hears("hello");
      assert.notEqual(again.session, hello.session);
      assert.deepEqual(again.frames, hello.frames);
      await withWorker({}, ({ hello: other }) => {
        const instances = [hello, other].map(({ frames }) => jsonOf<Hello>(frames[0]).instance);
        assert.notEqual(instances[0], instances[1]);
        return Promise.resolve();
      });
    });
  });

  it("replies to a request what its handler returns", { timeout }, async () => {
    const bytes = Uint8Array.of(0, 255, 10);
    const results = [
      { result: { status: 3, body: ["a", bytes] }, status: 3, frames: [utf8("a"), bytes] },
      { result: { body: "text" }, status: 0, frames: [utf8("text")] },
      { result: { status: 65_535 }, status: 65_535, frames: [] },
      { result: "text", status: 0, frames: [utf8("text")] },
      { result: bytes, status: 0, frames: [bytes] },
      { result: ["", bytes], status: 0, frames: [utf8(""), bytes] },
      { result: undefined, status: 0, frames: [] },
    ];
    let count = 0;
    const handle = () => results[count++]?.result;
    await withWorker({ handle }, async ({ worker, broker, hello }) => {
      for (const [i, { status, frames }] of results.entries()) {
        const id = 2n ** 64n - 1n - BigInt(i);
        broker.say(hello.identity, "request", { id, frames: [asker, "body"] });
        const reply = await broker.hears("reply");
        assert.deepEqual(reply.frames, [asker, ...frames]);
        hasFields(reply, { id, status, flags: 0 });
      }
      const none = { failed: 0, dropped: 0, late: 0, messages: 0 };
      assert.deepEqual(worker.counts, { requests: 7, replies: 7, ...none });
    });
  });

  it("gives its handler the request as it came", { timeout }, async () => {
    const slow = new SlowHandler();
    await withWorker({ handle: slow.handle }, async ({ broker, hello }) => {
      const bytes = Uint8Array.of(0, 255, 10);
      broker.say(hello.identity, "request", { id: 5n, frames: [asker, "ü", bytes, ""] });
      const request = await until(() => slow.requests[0]);
      hasFields(request, { from: "asker", fromIdentity: asker, id: 5n });
      assert.deepEqual(request.body, [utf8("ü"), bytes, utf8("")]);
      assert.equal(request.text(), "ü\0\ufffd\n");
      assert.equal(request.signal.aborted, false);
      slow.answer("");
      await broker.hears("reply");
    });
  });

  it("replies with status 70 and the reason when its handler fails", { timeout }, async () => {
    const failures: (() => unknown)[] = [
      () => {
        throw new Error("no luck");
      },
      () => Promise.reject(new Error("no luck")),
      () => Promise.reject("no luck"),
    ];
    const handle = () => (failures.shift() as () => Promise<void>)();
    await withWorker({ handle }, async ({ worker, broker, hello, troubles }) => {
      for (let i = 1; i <= 3; i++) {
        broker.say(hello.identity, "request", { id: BigInt(i), frames: [asker] });
        const reply = await broker.hears("reply");
        hasFields(reply, { status: 70, flags: flags.stderr });
        assert.equal(textOf(reply.frames[1]), "no luck");
        assert.equal(troubles[i - 1], 'Cannot serve a request from "asker": no luck');
      }
      hasFields(worker.counts, { requests: 3, replies: 3, failed: 3 });
    });
  });

  it("replies with status 70 to what no broker would take", { timeout }, async () => {
    const results = [
      { status: 65_536 },
      { status: -1 },
      { status: 0.5 },
      "x".repeat(1001),
      [..."12345"],
      { body: 1 as unknown as string },
      null as unknown as undefined,
    ];
    const texts = [
      /status 65536; give a number from 0 to 65535$/,
      /status -1;/,
      /status 0.5;/,
      /^the reply has 1001 bytes in 1 frames; the broker takes at most 1000 bytes in 4 frames$/,
      /^the reply has 5 bytes in 5 frames;/,
      /^Cannot send a body of type number: give text or bytes$/,
      /null/,
    ];
    await using broker = new ScriptedBroker(library);
    broker.welcome = { ...usualWelcome, messageBytes: 1000, frames: 4 };
    const handle = () => results.shift();
    await using worker = new Worker({ name: "W", connect: [broker.endpoint], handle, library });
    void worker.run();
    const { identity } = await broker.hears("hello");
    for (const text of texts) {
      broker.say(identity, "request", { frames: [asker] });
      const reply = await broker.hears("reply");
      assert.equal(reply.status, 70);
      assert.match(textOf(reply.frames[1]), text);
    }
  });

  it("serves several requests at once, and replies in any order", { timeout }, async () => {
    const answers = new Map<string, (text: string) => void>();
    const handle = (request: PeerRequest): Promise<string> =>
      new Promise((resolve) => answers.set(request.text(), resolve));
    await withWorker({ handle, capacity: 3 }, async ({ broker, hello }) => {
      for (const id of [1n, 2n, 3n]) {
        broker.say(hello.identity, "request", { id, frames: [asker, `${id}`] });
      }
      await until(() => answers.size === 3);
      for (const id of [2n, 3n, 1n]) {
        answers.get(`${id}`)?.(`reply ${id}`);
        const reply = await broker.hears("reply");
        assert.equal(reply.id, id);
        assert.equal(textOf(reply.frames[1]), `reply ${id}`);
      }
    });
  });

  it("tells askers apart that use the same id", { timeout }, async () => {
    const slow = new SlowHandler();
    const other = utf8("other\x1fBBBBBBBB");
    await withWorker({ handle: slow.handle, capacity: 2 }, async ({ broker, hello }) => {
      broker.say(hello.identity, "request", { id: 1n, frames: [asker] });
      broker.say(hello.identity, "request", { id: 1n, frames: [other] });
      await until(() => slow.requests.length === 2);
      broker.say(hello.identity, "cancel", { id: 1n, frames: [asker] });
      await until(() => slow.requests[0]?.signal.aborted);
      assert.equal(slow.requests[1]?.signal.aborted, false);
      slow.answer("one");
      slow.answer("two");
      assert.deepEqual((await broker.hears("reply")).frames, [asker, utf8("one")]);
      assert.deepEqual((await broker.hears("reply")).frames, [other, utf8("two")]);
    });
  });

  it("aborts the signal of a request that is cancelled, and replies all the same", {
    timeout,
  }, async () => {
    const handle = ({ signal }: PeerRequest): Promise<string> =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve((signal.reason as PeerError).code));
      });
    await withWorker({ handle }, async ({ worker, broker, hello }) => {
      broker.say(hello.identity, "request", { id: 1n, frames: [asker] });
      await until(() => worker.counts.requests === 1);
      broker.say(hello.identity, "cancel", { id: 1n, frames: [asker] });
      assert.equal(textOf((await broker.hears("reply")).frames[1]), "cancelled");
    });
  });

  it("gives an aborted signal to a handler that asks for it late", { timeout }, async () => {
    const slow = new SlowHandler();
    await withWorker({ handle: slow.handle }, async ({ broker, hello }) => {
      broker.say(hello.identity, "request", { id: 1n, frames: [asker] });
      const request = await until(() => slow.requests[0]);
      broker.say(hello.identity, "cancel", { id: 1n, frames: [asker] });
      broker.say(hello.identity, "request", { id: 2n, frames: [asker] });
      await until(() => slow.requests.length === 2);
      assert.equal(request.signal.aborted, true);
      hasFields(request.signal.reason, { name: "PeerError", code: "cancelled", isLocal: true });
      slow.answer("");
      slow.answer("");
    });
  });

  it("drops the reply to a request of a lost session, and says so", { timeout }, async () => {
    const slow = new SlowHandler();
    await withWorker({ handle: slow.handle }, async ({ worker, broker, hello, troubles }) => {
      broker.say(hello.identity, "request", { id: 1n, frames: [asker] });
      const request = await until(() => slow.requests[0]);
      broker.say(hello.identity, "disconnect");
      const again = await broker.hears("hello");
      assert.equal((request.signal.reason as PeerError).code, "lost");
      slow.answer("too late");
      await until(() => worker.counts.dropped === 1);
      const text = 'Dropped the reply to "asker": the connection its request came by was lost';
      assert.ok(troubles.includes(text), troubles.join("\n"));
      broker.say(again.identity, "request", { id: 2n, frames: [asker] });
      await until(() => slow.requests.length === 2);
      slow.answer("in time");
      assert.equal((await broker.hears("reply")).id, 2n);
      assert.equal(broker.unheard("reply"), 0);
    });
  });

  it("counts replies that came too late for the broker", { timeout }, async () => {
    await withWorker({ handle: () => "" }, async ({ worker, broker, hello, troubles }) => {
      broker.say(hello.identity, "request", { id: 1n, frames: [asker] });
      await broker.hears("reply");
      broker.sayError(hello.identity, "not-waiting", { id: 1n });
      await until(() => worker.counts.late === 1);
      assert.deepEqual(troubles, []);
    });
  });

  it("takes messages, and confirms those with a receipt once they are taken", {
    timeout,
  }, async () => {
    const messages: PeerMessage[] = [];
    const { promise: taken, resolve } = Promise.withResolvers<void>();
    const onMessage = (message: PeerMessage) => {
      messages.push(message);
      return message.id === 2n ? taken : undefined;
    };
    await withWorker({ onMessage }, async ({ worker, broker, hello }) => {
      const bytes = Uint8Array.of(0, 255);
      broker.say(hello.identity, "send", { id: 1n, frames: [asker, bytes, "b"] });
      broker.say(hello.identity, "send", { id: 2n, flags: flags.receipt, frames: [asker] });
      broker.say(hello.identity, "send", { id: 3n, flags: flags.receipt, frames: [asker] });
      const first = await broker.hears("ack");
      hasFields(first, { id: 3n, status: ackStatus.confirmed });
      assert.deepEqual(first.frames, [asker]);
      resolve();
      assert.equal((await broker.hears("ack")).id, 2n);
      assert.equal(broker.unheard("ack"), 0);
      assert.equal(worker.counts.messages, 3);
      hasFields(messages[0], { from: "asker", fromIdentity: asker, id: 1n });
      assert.deepEqual(messages[0]?.body, [bytes, utf8("b")]);
    });
  });

  it("confirms a message by the session it came by, and by no other", { timeout }, async () => {
    const { promise: taken, resolve } = Promise.withResolvers<void>();
    const onMessage = ({ id }: PeerMessage) => id === 1n ? taken : undefined;
    await withWorker({ onMessage }, async ({ worker, broker, hello }) => {
      const receipt = { flags: flags.receipt, frames: [asker] };
      broker.say(hello.identity, "send", { id: 1n, ...receipt });
      await until(() => worker.counts.messages === 1);
      broker.say(hello.identity, "disconnect");
      const { identity } = await broker.hears("hello");
      resolve();
      broker.say(identity, "send", { id: 2n, ...receipt });
      assert.equal((await broker.hears("ack")).id, 2n);
      assert.equal(broker.unheard("ack"), 0);
    });
  });

  it("confirms no message that was not taken, and says so", { timeout }, async () => {
    const onMessage = () => Promise.reject(new Error("no room"));
    for (const options of [{ onMessage }, {}]) {
      await withWorker(options, async ({ broker, hello, troubles }) => {
        broker.say(hello.identity, "send", { id: 1n, flags: flags.receipt, frames: [asker] });
        const why = options.onMessage === undefined ? "nothing here takes messages" : "no room";
        await until(() => troubles.length === 1);
        assert.deepEqual(troubles, [`Cannot take a message from "asker": ${why}`]);
        assert.equal(broker.unheard("ack"), 0);
      });
    }
  });

  it("finishes what it has before it leaves, and is given nothing new", { timeout }, async () => {
    const slow = new SlowHandler();
    const options = { handle: slow.handle, capacity: 5 };
    await withWorker(options, async ({ worker, broker, hello, ended, troubles }) => {
      broker.answers.delete("hello");
      broker.say(hello.identity, "request", { id: 1n, frames: [asker] });
      await until(() => slow.requests.length === 1);
      worker.stop();
      const last = await broker.hears("hello");
      assert.equal(jsonOf<Hello>(last.frames[0]).capacity, 0);
      assert.deepEqual(last.identity, hello.identity);
      // It was on its way when the worker said so.
      broker.say(hello.identity, "request", { id: 2n, frames: [asker] });
      broker.say(hello.identity, "welcome", { id: last.id, frames: [usualWelcome] });
      await until(() => slow.requests.length === 2);
      slow.answer("one");
      assert.equal((await broker.hears("reply")).id, 1n);
      assert.equal(broker.unheard("disconnect"), 0);
      slow.answer("two");
      await broker.hears("disconnect");
      assert.equal((await broker.hears("reply")).id, 2n);
      assert.equal(await ended, undefined);
      assert.deepEqual(slow.requests.map(({ signal }) => signal.aborted), [false, false]);
      assert.deepEqual(troubles, []);
    });
  });

  it("stays until the broker will give it nothing more", { timeout }, async () => {
    const slow = new SlowHandler();
    await withWorker({ handle: slow.handle }, async ({ worker, broker, hello, ended }) => {
      broker.answers.delete("hello");
      worker.stop();
      const last = await broker.hears("hello");
      broker.say(hello.identity, "request", { id: 1n, frames: [asker] });
      await until(() => slow.requests.length === 1);
      slow.answer("served");
      assert.equal(textOf((await broker.hears("reply")).frames[1]), "served");
      broker.say(hello.identity, "welcome", { id: last.id, frames: [usualWelcome] });
      await broker.hears("disconnect");
      assert.equal(await ended, undefined);
    });
  });

  it("leaves a broker that does not hear that it takes no more", { timeout }, async () => {
    await withWorker({}, async ({ worker, broker, ended }) => {
      broker.answers.delete("hello");
      worker.stop();
      await broker.hears("disconnect");
      assert.equal(await ended, undefined);
    });
  });

  it("takes nothing any more once it is closed", { timeout }, async () => {
    const options = { handle: () => "", onMessage: () => {}, lingerMs: 15_000 };
    await withWorker(options, async ({ worker, broker }) => {
      broker.answers.delete("disconnect");
      const closed = worker.close();
      const { identity, id } = await broker.hears("disconnect");
      broker.say(identity, "request", { id: 1n, frames: [asker] });
      broker.say(identity, "send", { id: 2n, flags: flags.receipt, frames: [asker] });
      broker.say(identity, "disconnect", { id });
      await closed;
      hasFields(worker.counts, { requests: 0, messages: 0 });
    });
  });

  it("waits no longer for its handlers than it was told to", { timeout }, async () => {
    const slow = new SlowHandler();
    const options = { handle: slow.handle, drainMs: 50 };
    await withWorker(options, async ({ worker, broker, hello, ended }) => {
      broker.say(hello.identity, "request", { id: 1n, frames: [asker] });
      const request = await until(() => slow.requests[0]);
      worker.stop();
      await broker.hears("disconnect");
      assert.equal(await ended, undefined);
      hasFields(request.signal.reason, { code: "cancelled", message: "The worker has stopped" });
      slow.answer("");
    });
  });

  it("leaves at once when it is closed", { timeout }, async () => {
    const slow = new SlowHandler();
    await withWorker({ handle: slow.handle }, async ({ worker, broker, hello, ended }) => {
      broker.say(hello.identity, "request", { id: 1n, frames: [asker] });
      const request = await until(() => slow.requests[0]);
      await worker.close();
      await broker.hears("disconnect");
      assert.equal(await ended, undefined);
      assert.equal(request.signal.aborted, true);
      assert.equal(broker.unheard("reply"), 0);
      slow.answer("");
    });
  });

  it("serves several brokers as one instance, each by its own connection", {
    timeout,
  }, async () => {
    await using one = new ScriptedBroker(library);
    await using two = new ScriptedBroker(library);
    const online: string[] = [];
    await using worker = new Worker({
      name: "W",
      connect: [one.endpoint, two.endpoint, one.endpoint],
      handle: (request) => request.text(),
      onOnline: (endpoint) => online.push(endpoint),
      library,
    });
    const running = worker.run();
    const atOne = await one.hears("hello");
    const atTwo = await two.hears("hello");
    assert.deepEqual(atOne.frames, atTwo.frames);
    assert.notEqual(atOne.session, atTwo.session);
    await until(() => online.length === 2);
    assert.deepEqual(online.toSorted(), [one.endpoint, two.endpoint].toSorted());
    for (const [broker, { identity }] of [[one, atOne], [two, atTwo]] as const) {
      broker.say(identity, "request", { id: 1n, frames: [asker, broker.endpoint] });
    }
    assert.equal(textOf((await one.hears("reply")).frames[1]), one.endpoint);
    assert.equal(textOf((await two.hears("reply")).frames[1]), two.endpoint);
    worker.stop();
    await one.hears("disconnect");
    await two.hears("disconnect");
    await running;
    assert.equal(one.unheard("hello"), 1);
  });

  it("goes on with the brokers that take it, and fails when none is left", {
    timeout,
  }, async () => {
    await using one = new ScriptedBroker(library);
    await using two = new ScriptedBroker(library);
    const troubles: string[] = [];
    await using worker = new Worker({
      name: "W",
      connect: [one.endpoint, two.endpoint],
      onTrouble: (text) => troubles.push(text),
      library,
    });
    const ended = worker.run().then(() => undefined, (error) => error);
    const atOne = await one.hears("hello");
    const atTwo = await two.hears("hello");
    one.sayError(atOne.identity, "superseded");
    const trouble = await until(() => troubles[0]);
    assert.equal(trouble, `Gave up the broker at ${one.endpoint}: it is superseded`);
    two.sayError(atTwo.identity, "kicked");
    hasFields(await ended, { name: "PeerError", code: "superseded" });
  });

  it("fails when its name is taken, unless it is to wait", { timeout }, async () => {
    for (const retryTaken of [false, true]) {
      await using broker = new ScriptedBroker(library);
      broker.answers.delete("hello");
      const { promise: online, resolve } = Promise.withResolvers<void>();
      await using worker = new Worker({
        name: "W",
        connect: [broker.endpoint],
        retryTaken,
        onOnline: () => resolve(),
        library,
      });
      const ended = worker.run().then(() => undefined, (error) => error);
      const { identity, id } = await broker.hears("hello");
      broker.answers.add("hello");
      broker.sayError(identity, "name-taken", { id });
      if (retryTaken) await online;
      else hasFields(await ended, { code: "name-taken" });
    }
  });

  it("tells when it is there and when not", { timeout }, async () => {
    const told: string[] = [];
    const options = {
      onOnline: (endpoint: string) => told.push(`online ${endpoint}`),
      onOffline: (endpoint: string, reason: string) => told.push(`offline ${endpoint} ${reason}`),
    };
    await withWorker(options, async ({ worker, broker, hello }) => {
      const { endpoint } = broker;
      await until(() => told.length === 1);
      broker.say(hello.identity, "disconnect");
      await until(() => told.length === 3);
      worker.stop();
      await until(() => told.length === 4);
      assert.deepEqual(told, [
        `online ${endpoint}`,
        `offline ${endpoint} The broker at ${endpoint} has stopped; connecting again`,
        `online ${endpoint}`,
        `offline ${endpoint} This peer has said goodbye`,
      ]);
    });
  });

  it("can be closed before it ran, twice, and while there is no broker", {
    timeout,
  }, async () => {
    const worker = new Worker({ name: "W", connect: ["tcp://127.0.0.1:1"], library });
    await worker.close();
    await worker.close();
    await worker.run();
    const lonely = new Worker({ name: "W", connect: [await refusingEndpoint()], library });
    const running = lonely.run();
    lonely.stop();
    await running;
    await lonely.close();
  });

  it("leaves nothing open when it cannot be made", () => {
    assert.throws(() => new Worker({ name: "a b", library }), { name: "IdentityError" });
    const wrong: readonly [Partial<WorkerOptions>, string][] = [
      [{ connect: ["nowhere"] }, "EndpointError"],
      [{ connect: [] }, "EndpointError"],
      [{ handle: () => "", capacity: 65_536 }, "RangeError"],
      [{ handle: () => "", capacity: 1.5 }, "RangeError"],
      [{ groups: ["@web"] }, "RangeError"],
      [{ agent: "x".repeat(129) }, "RangeError"],
    ];
    for (const [options, name] of wrong) {
      assert.throws(() => new Worker({ name: "W", ...options, library }), { name });
    }
  });
});
