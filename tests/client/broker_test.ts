// Workers and clients with the real broker.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Broker, type BrokerOptions } from "../../src/broker.ts";
import { Client } from "../../src/client.ts";
import type { ClientOptions } from "../../src/peer/client_options.ts";
import type { PeerRequest } from "../../src/peer/letter.ts";
import { PeerError } from "../../src/peer/peer_error.ts";
import { heartbeatIntervalMs } from "../../src/protocol/limits.ts";
import type { WorkerReply } from "../../src/peer/service.ts";
import { Worker, type WorkerOptions } from "../../src/worker.ts";
import { hasFields } from "../support/fields.ts";
import { libraryForTests } from "../support/library.ts";
import { until } from "../support/until.ts";

const library = libraryForTests();
const timeout = 30_000;

/** A broker, workers and clients, all closed when the test is over. */
class Scene implements AsyncDisposable {
  readonly endpoints: string[] = [];
  readonly #brokers: Broker[] = [];
  readonly #peers: { close(): Promise<void> }[] = [];

  /** Starts a broker, at a free port unless told where. */
  broker(options: BrokerOptions = {}): Broker {
    const broker = new Broker({ bind: ["tcp://127.0.0.1:*"], library, ...options });
    this.#brokers.push(broker);
    void broker.run();
    this.endpoints.push(...broker.endpoints);
    return broker;
  }

  /** Starts a worker, and waits until it is online at every broker. */
  async worker(name: string, options: Partial<WorkerOptions> = {}): Promise<RunningWorker> {
    const connect = options.connect ?? [...new Set(this.endpoints)];
    let online = 0;
    const worker = new Worker({
      name,
      connect,
      handle: (request) => `${name}: ${request.text()}`,
      library,
      ...options,
      onOnline: () => online++,
    });
    this.#peers.push(worker);
    const ended = worker.run().then(() => undefined, (error) => error);
    await Promise.race([ended, until(() => online >= connect.length)]);
    return { worker, ended, joins: () => online };
  }

  client(options: ClientOptions = {}): Client {
    const client = new Client({ connect: [...new Set(this.endpoints)], library, ...options });
    this.#peers.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await Promise.all(this.#brokers.map((broker) => broker.close()));
  }
}

interface RunningWorker {
  readonly worker: Worker;
  /** Resolves with what the run ended with: undefined, or an error. */
  readonly ended: Promise<unknown>;
  /** How often it came online. */
  readonly joins: () => number;
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then((value) => assert.fail(`it ended well: ${value}`), (error) => error);
}

describe("a broker, workers and a client", () => {
  it("reach a name, a group, and all that match", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker();
    for (const name of ["web-1", "web-2", "db-1"]) {
      await scene.worker(name, { groups: [name.split("-")[0] as string] });
    }
    const client = scene.client();
    assert.equal((await client.request("web-2", "hi")).text(), "web-2: hi");
    const names = new Set<string>();
    for (let i = 0; i < 4; i++) names.add((await client.request("@web", "hi")).from);
    assert.deepEqual([...names].sort(), ["web-1", "web-2"]);
    const replies = client.requestAll("*-1", "hi");
    const texts: string[] = [];
    for await (const reply of replies) {
      assert.equal(reply.error, undefined);
      texts.push(reply.text());
    }
    assert.deepEqual(texts.sort(), ["db-1: hi", "web-1: hi"]);
    assert.deepEqual(replies.counts, { matched: 2, done: 2 });
    hasFields(await failureOf(client.request("web-9")), { code: "unreachable", peer: "web-9" });
    hasFields(await failureOf(client.requestAll("x*").next()), { code: "unreachable" });
    hasFields(await failureOf(client.request(client.name)), { code: "not-serving" });
  });

  it("pass any bytes on, up to the broker's limit", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker({ maxMessageBytes: 100_000 });
    const echo = (request: PeerRequest): WorkerReply => ({ status: 7, body: request.body });
    await scene.worker("echo", { handle: echo });
    const client = scene.client();
    const every = Uint8Array.from({ length: 256 }, (_, i) => i);
    const large = new Uint8Array(50_000).fill(0x43);
    const bodies = [[], [every], [every, new Uint8Array(0), every], [large, large]];
    for (const body of bodies) {
      const reply = await client.request("echo", body);
      assert.deepEqual(reply.body, body);
      assert.equal(reply.status, 7);
    }
    const tooLarge = failureOf(client.request("echo", [large, large, "x"]));
    hasFields(await tooLarge, { code: "too-large", isLocal: true });
  });

  it("give a worker no more at once than it takes", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker();
    let running = 0;
    let most = 0;
    const handle = async (): Promise<string> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running--;
      return "";
    };
    await scene.worker("w", { handle, capacity: 3 });
    const client = scene.client();
    await Promise.all(Array.from({ length: 30 }, () => client.request("w")));
    assert.equal(most, 3);
  });

  it("hold a request until its worker comes", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker();
    const client = scene.client();
    const { promise: held, resolve } = Promise.withResolvers<void>();
    const asked = client.request("late", "hi", { hold: true, onHeld: resolve });
    const sent = client.send("late", "mail", { hold: true, receipt: true });
    await held;
    const mail: string[] = [];
    await scene.worker("late", { onMessage: (message) => void mail.push(message.text()) });
    assert.equal((await asked).text(), "late: hi");
    hasFields(await sent, { outcome: "confirmed", from: "late" });
    assert.deepEqual(mail, ["mail"]);
  });

  it("confirm messages, and count those to many", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker();
    const mail: string[] = [];
    for (const name of ["a-1", "a-2"]) {
      const onMessage = (message: { text(): string }) =>
        void mail.push(`${name} ${message.text()}`);
      await scene.worker(name, { onMessage });
    }
    const undelivered: PeerError[] = [];
    const client = scene.client({ onUndelivered: (error) => undelivered.push(error) });
    hasFields(await client.send("a-1", "x", { receipt: true }), { from: "a-1", done: 1 });
    hasFields(await client.send("a-*", "y", { receipt: true }), { matched: 2, done: 2 });
    await client.send("a-2", "z");
    await client.send("nobody", "z");
    await until(() => undelivered.length === 1 && mail.length === 4);
    assert.deepEqual(mail.sort(), ["a-1 x", "a-1 y", "a-2 y", "a-2 z"]);
    hasFields(undelivered[0], { code: "unreachable", peer: "nobody" });
  });

  it("cancel, and give the place to the next", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker();
    const reasons: unknown[] = [];
    const handle = (request: PeerRequest): Promise<string> | string =>
      request.text() === "quick" ? "done" : new Promise((resolve) => {
        request.signal.addEventListener("abort", () => {
          reasons.push(request.signal.reason);
          resolve("too late");
        });
      });
    const { worker } = await scene.worker("w", { handle });
    const client = scene.client();
    const controller = new AbortController();
    const slow = failureOf(client.request("w", "slow", { signal: controller.signal }));
    await until(() => worker.counts.requests === 1);
    const quick = client.request("w", "quick");
    controller.abort("enough");
    assert.equal(await slow, "enough");
    assert.equal((await quick).text(), "done");
    hasFields(reasons[0], { code: "cancelled" });
    const expired = failureOf(client.request("w", "slow", { timeoutMs: 50 }));
    hasFields(await expired, { code: "timeout", isLocal: false });
    await until(() => reasons.length === 2);
  });

  it("tell at once when a worker leaves with a request", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker();
    const { worker } = await scene.worker("w", { handle: () => new Promise(() => {}) });
    const client = scene.client();
    const asked = failureOf(client.request("w"));
    await until(() => worker.counts.requests === 1);
    await worker.close();
    hasFields(await asked, { code: "lost", isLocal: false });
  });

  it("lose nothing when one of a group stops and another comes", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker();
    const options = { groups: ["g"], capacity: 4 };
    let last = (await scene.worker("w-0", options)).worker;
    const client = scene.client();
    let isOver = false;
    const failures: unknown[] = [];
    let replies = 0;
    const traffic = Promise.all(Array.from({ length: 8 }, async () => {
      while (!isOver) {
        await client.request("@g").then(() => replies++, (error) => failures.push(error));
      }
    }));
    for (let i = 1; i <= 5; i++) {
      const next = (await scene.worker(`w-${i}`, options)).worker;
      const before = replies;
      await until(() => replies > before + 20);
      last.stop();
      await last.run();
      last = next;
    }
    isOver = true;
    await traffic;
    assert.deepEqual(failures, []);
  });

  it("refuse a second holder of a name, unless it waits for it", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker();
    const first = await scene.worker("w", { agent: "the first" });
    const second = await scene.worker("w");
    const error = await second.ended;
    assert.ok(error instanceof PeerError);
    assert.equal(error.code, "name-taken");
    assert.equal(error.detail?.holder, "the first");
    const third = scene.worker("w", { retryTaken: true, handle: () => "the third" });
    await first.worker.close();
    await third;
    assert.equal((await scene.client().request("w")).text(), "the third");
  });

  it("take a name over where that is the policy", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker({ duplicates: "takeover" });
    const first = await scene.worker("w");
    await scene.worker("w", { handle: () => "the second" });
    hasFields(await first.ended, { name: "PeerError", code: "superseded" });
    assert.equal((await scene.client().request("w")).text(), "the second");
  });

  it("show who comes and goes, and kick", { timeout }, async () => {
    await using scene = new Scene();
    scene.broker();
    const client = scene.client();
    const changes = client.watch("w-*");
    const told: string[] = [];
    const watching = (async () => {
      for await (const change of changes) {
        const isRoster = change.event === "roster";
        told.push(isRoster ? `${change.peers.length}` : `${change.name} ${change.reason}`);
        if (told.length === 5) return;
      }
    })();
    await until(() => told.length === 1);
    const { worker } = await scene.worker("w-1");
    const { ended } = await scene.worker("w-2", { groups: ["g"] });
    await scene.worker("other");
    const names = (await client.list()).map(({ name }) => name).sort();
    assert.deepEqual(names, [client.name, "other", "w-1", "w-2"].sort());
    assert.deepEqual((await client.list("@g")).map(({ name }) => name), ["w-2"]);
    await worker.close();
    assert.equal(await client.kick("w-*"), 1);
    hasFields(await ended, { code: "kicked" });
    await watching;
    assert.deepEqual(told, ["0", "w-1 new", "w-2 new", "w-1 goodbye", "w-2 kicked"]);
    hasFields(await failureOf(client.kick("w-*")), { code: "unreachable" });
    const report = await client.stats();
    hasFields(report, { workers: 1, clients: 1, open: 0 });
  });
});

describe("a broker that ends mid-traffic, and comes back", () => {
  it("has its workers back in time, and every request ends", { timeout }, async () => {
    await using scene = new Scene();
    const first = scene.broker();
    const bind = first.endpoints;
    const workers: RunningWorker[] = [];
    for (let i = 0; i < 5; i++) {
      const handle = async (request: PeerRequest): Promise<string> => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        return request.text();
      };
      workers.push(await scene.worker(`w-${i}`, { groups: ["g"], capacity: 4, handle }));
    }
    const client = scene.client();
    const ends = new Map<string, number>();
    let asked = 0;
    let isOver = false;
    const traffic = Promise.all(Array.from({ length: 50 }, async () => {
      while (!isOver) {
        const text = `${asked++}`;
        const end = await client.request("@g", text, { timeoutMs: 5000 }).then(
          (reply) => reply.text() === text ? "answered" : "mixed up",
          (error) => error instanceof PeerError ? error.code : `${error}`,
        );
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
    }));
    const answered = () => ends.get("answered") ?? 0;
    await until(() => answered() > 100);
    await first.close();
    const closedMs = performance.now();
    scene.broker({ bind });
    await until(() => workers.every(({ joins }) => joins() === 2));
    assert.ok(performance.now() - closedMs < 2 * heartbeatIntervalMs);
    const before = answered();
    await until(() => answered() > before + 100);
    isOver = true;
    await traffic;
    const total = [...ends.values()].reduce((sum, count) => sum + count, 0);
    assert.equal(total, asked);
    // Those the old broker had may be lost; those that came before the workers find nobody.
    const expected = ["answered", "lost", "unreachable"];
    assert.deepEqual([...ends.keys()].filter((end) => !expected.includes(end)), []);
  });

  it("is replaced by another where there is one", { timeout }, async () => {
    await using scene = new Scene();
    const first = scene.broker();
    scene.broker();
    const { worker } = await scene.worker("w");
    const client = scene.client();
    assert.equal((await client.request("w", "one")).text(), "w: one");
    await first.close();
    // At once: the client is not told which broker answers.
    const reply = await client.request("w", "two").catch((error) => {
      hasFields(error, { code: "lost" });
      return client.request("w", "two");
    });
    assert.equal(reply.text(), "w: two");
    assert.equal(worker.counts.dropped, 0);
  });
});
