import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PresenceChange } from "../../src/peer/answers.ts";
import { Client } from "../../src/client.ts";
import type { AskOptions, ClientOptions } from "../../src/peer/client_options.ts";
import type { PeerMessage } from "../../src/peer/letter.ts";
import { ConnectionError } from "../../src/peer/connection_error.ts";
import { PeerError } from "../../src/peer/peer_error.ts";
import type { Hello } from "../../src/protocol/greeting.ts";
import { ackStatus, flags } from "../../src/protocol/header.ts";
import { unsentMessagesMax } from "../../src/protocol/limits.ts";
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
const web3 = utf8("web-3\x1fAAAAAAAA");
const web4 = utf8("web-4\x1fBBBBBBBB");

/** Runs a client at a scripted broker while `body` does, and closes everything behind it. */
async function withClient(
  options: ClientOptions,
  body: (client: Client, broker: ScriptedBroker) => Promise<void>,
): Promise<void> {
  await using broker = new ScriptedBroker(library);
  await using client = new Client({ connect: [broker.endpoint], library, ...options });
  await body(client, broker);
}

/** What a promise is rejected with. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then((value) => assert.fail(`it ended well: ${value}`), (error) => error);
}

function limitOf({ frames }: Heard): number {
  const frame = frames[1] as Uint8Array;
  assert.equal(frame.length, 4);
  return new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
}

/** A peer as ROSTER tells of it, as far as these tests look. */
const peer = (name: string) => ({ name });

describe("Client", () => {
  it("waits for no broker when it is not to", { timeout }, async () => {
    const connect = [await refusingEndpoint(), await refusingEndpoint()];
    await using client = new Client({ connect, library, waitForBroker: false });
    const error = await failureOf(client.request("web"));
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.failure, "absent");
    const reasons = connect.map((endpoint) => `No broker at ${endpoint}`).join("; ");
    assert.equal(error.message, `Cannot reach a broker: ${reasons}`);
    assert.equal(await failureOf(client.list()), error);
  });

  it("tries every broker before it finds that there is none", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    const connect = [await refusingEndpoint(), broker.endpoint];
    await using client = new Client({ connect, library, waitForBroker: false });
    for (let sessions = 0; sessions < 2; sessions++) {
      await broker.hears("hello");
      const asked = client.request("web");
      const { identity, id } = await broker.hears("request");
      broker.say(identity, "reply", { id, frames: [web3] });
      await asked;
      // A session that ended is no attempt in vain: the brokers are tried once more.
      if (sessions === 0) broker.say(identity, "disconnect");
    }
  });

  it("tells what it is", { timeout }, async () => {
    await withClient({ agent: "a" }, async (client, broker) => {
      const hello = await broker.hears("hello");
      assert.match(hello.callsign, /^client-[A-Za-z0-9]{8}$/);
      assert.equal(hello.callsign, client.name);
      const { instance, ...rest } = jsonOf<Hello>(hello.frames[0]);
      assert.match(instance, /^[A-Za-z0-9]{22}$/);
      assert.deepEqual(rest, { role: "client", groups: [], capacity: 0, agent: "a" });
    });
    await withClient({ name: "me" }, async (_client, broker) => {
      assert.equal((await broker.hears("hello")).callsign, "me");
    });
  });

  it("leaves nothing open when it cannot be made", () => {
    const wrong: readonly [ClientOptions, string][] = [
      [{ name: "web-*" }, "IdentityError"],
      [{ connect: ["nowhere"] }, "EndpointError"],
      [{ connect: [] }, "EndpointError"],
      [{ agent: "x".repeat(129) }, "RangeError"],
    ];
    for (const [options, name] of wrong) {
      assert.throws(() => new Client({ ...options, library }), { name });
    }
  });
});

describe("Client.request", () => {
  it("asks, and resolves with the reply", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const bytes = Uint8Array.of(0, 255, 10);
      const asked = client.request("web-3", ["ü", bytes, ""], { timeoutMs: 5000 });
      const request = await broker.hears("request");
      hasFields(request, { flags: flags.limit, status: 0 });
      assert.deepEqual(request.frames.toSpliced(1, 1), [
        utf8("web-3"),
        utf8("ü"),
        bytes,
        utf8(""),
      ]);
      assert.ok(limitOf(request) > 0 && limitOf(request) <= 5000);
      const { identity, id } = request;
      broker.say(identity, "reply", { id, status: 3, frames: [web3, bytes, "ok"] });
      const reply = await asked;
      hasFields(reply, { from: "web-3", fromIdentity: web3, status: 3, error: undefined });
      assert.deepEqual(reply.body, [bytes, utf8("ok")]);
      assert.equal(reply.text(), "\0\ufffd\nok");
    });
  });

  it("takes any body, and answers in any order", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const bodies = [undefined, "", "a", Uint8Array.of(1), [], ["a", Uint8Array.of(2)]];
      const wanted = [[], [utf8("")], [utf8("a")], [Uint8Array.of(1)], [], [
        utf8("a"),
        Uint8Array.of(2),
      ]];
      const asked = bodies.map((body) => client.request("web-3", body));
      const requests: Heard[] = [];
      for (const frames of wanted) {
        const request = await broker.hears("request");
        assert.deepEqual(request.frames.slice(2), frames);
        requests.push(request);
      }
      assert.equal(new Set(requests.map(({ id }) => id)).size, bodies.length);
      for (const { identity, id } of requests.reverse()) {
        broker.say(identity, "reply", { id, frames: [web3, `${id}`] });
      }
      const texts = (await Promise.all(asked)).map((reply) => reply.text());
      assert.deepEqual(texts, requests.reverse().map(({ id }) => `${id}`));
    });
  });

  it("tells what was said of errors apart from the result", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      for (
        const [bits, body, stderr] of [[flags.stderr, ["a"], "b"], [0, ["a", "b"], ""]] as const
      ) {
        const asked = client.request("web");
        const { identity, id } = await broker.hears("request");
        const frames = [web3, utf8("a"), utf8("b")];
        broker.say(identity, "reply", { id, status: 3, flags: bits, frames });
        const reply = await asked;
        assert.deepEqual(reply.body.map(textOf), body);
        assert.equal(reply.stderr === undefined ? "" : textOf(reply.stderr), stderr);
      }
    });
  });

  it("asks a very session, and a group, whatever their names look like", {
    timeout,
  }, async () => {
    await withClient({}, async (client, broker) => {
      for (const to of [web3, utf8("a*\x1fAAAAAAAA"), "@web", "@we*"]) {
        const asked = client.request(to);
        const { identity, id, frames } = await broker.hears("request");
        assert.deepEqual(frames[0], typeof to === "string" ? utf8(to) : to);
        broker.say(identity, "reply", { id, frames: [web3] });
        await asked;
      }
    });
  });

  it("rejects with the error by its name", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const asked = failureOf(client.request("web-3"));
      const { identity, id } = await broker.hears("request");
      broker.sayError(identity, "lost", { id, frames: [web3, { why: "gone" }] });
      const error = await asked;
      assert.ok(error instanceof PeerError);
      hasFields(error, {
        code: "lost",
        message: "it is lost",
        peer: "web-3",
        detail: { why: "gone" },
        isLocal: false,
      });
    });
  });

  it("shows no control characters of an error, nor a code nobody knows", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const asked = failureOf(client.request("@web"));
      const { identity, id } = await broker.hears("request");
      broker.say(identity, "error", { id, frames: ["news\x1b", "red\x1b[31m", "@web"] });
      hasFields(await asked, {
        code: "bad-message",
        message: 'Unknown error "news\\u001b": red\\x1b[31m',
        peer: "@web",
      });
    });
  });

  it("has the broker hold it, and is told when it does", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const told: string[] = [];
      const asked = client.request("web-3", "x", { hold: true, onHeld: () => told.push("held") })
        .then((reply) => told.push(reply.text()));
      const { identity, id, flags: bits } = await broker.hears("request");
      assert.equal(bits, flags.limit | flags.hold);
      const held = { id, flags: flags.more, status: ackStatus.held, frames: ["web-3"] };
      broker.say(identity, "ack", held);
      broker.say(identity, "reply", { id, frames: [web3, "there"] });
      await asked;
      assert.deepEqual(told, ["held", "there"]);
    });
  });

  it("gives the broker its own limit, or the client's, and never more than it takes", {
    timeout,
  }, async () => {
    const cases: readonly [ClientOptions, AskOptions, number][] = [
      [{}, {}, 60_000],
      [{ timeoutMs: 7000 }, {}, 7000],
      [{ timeoutMs: 7000 }, { timeoutMs: 9000 }, 9000],
      [{}, { timeoutMs: 86_400_000 }, 50_000],
    ];
    for (const [options, ask, limitMs] of cases) {
      await withClient(options, async (client, broker) => {
        if (limitMs === 50_000) broker.welcome = { ...usualWelcome, limitMsMax: limitMs };
        const asked = failureOf(client.request("web-3", "", ask));
        const limit = limitOf(await broker.hears("request"));
        assert.ok(limit <= limitMs && limit > limitMs - 5000, `${limit} of ${limitMs}`);
        await client.close();
        await asked;
      });
    }
  });

  it("refuses what cannot be asked", { timeout }, async () => {
    await withClient({}, async (client) => {
      const wrong: readonly [string, AskOptions, RegExp][] = [
        ["web-*", {}, /^Cannot ask "web-\*": it is a pattern, with many replies; use requestAll$/],
        ["", {}, /^Cannot send to "": a peer's name has 1 to 255 bytes, not 0$/],
        ["x".repeat(256), {}, /1 to 255 bytes, not 256$/],
        ["web-3", { timeoutMs: 0 }, /^Cannot wait for 0 ms: give a limit above 0 and up to/],
        ["web-3", { timeoutMs: NaN }, /^Cannot wait for NaN ms/],
        ["web-3", { timeoutMs: Infinity }, /^Cannot wait for Infinity ms/],
      ];
      for (const [to, options, message] of wrong) {
        await assert.rejects(client.request(to, "", options), { name: "RangeError", message });
      }
      for (const body of [1, null, [1], {}, [["a"]]]) {
        await assert.rejects(client.request("web-3", body as unknown as string), {
          name: "TypeError",
          message: /^Cannot send a body of type (number|object): give text or bytes$/,
        });
      }
    });
  });

  it("sends nothing that is too large for the broker", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      broker.welcome = { ...usualWelcome, messageBytes: 100, frames: 4 };
      const asked = [
        client.request("web-3", ["x".repeat(100), "x"]),
        client.request("web-3", [
          ..."12345",
        ]),
      ].map(failureOf);
      const most = "the broker takes at most 100 bytes in 4 frames";
      hasFields(await asked[0], {
        code: "too-large",
        isLocal: true,
        message: `Cannot ask "web-3": the body has 101 bytes in 2 frames; ${most}`,
      });
      hasFields(await asked[1], { code: "too-large" });
      const fits = client.request("web-3", [..."123", "x".repeat(97)]);
      const { identity, id } = await broker.hears("request");
      broker.say(identity, "reply", { id, frames: [web3] });
      await fits;
    });
  });
});

describe("Client.requestAll", () => {
  it("gives each reply and each failure, and the counts at the end", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const replies = client.requestAll("web-*", "x");
      const { identity, id, frames } = await broker.hears("request");
      assert.equal(textOf(frames[0]), "web-*");
      const more = { id, flags: flags.more };
      broker.say(identity, "reply", { ...more, status: 1, frames: [web4, "four"] });
      broker.sayError(identity, "timeout", { ...more, frames: [web3] });
      broker.say(identity, "ack", { id, frames: ["web-*", { matched: 2, done: 1 }] });
      const told: unknown[] = [];
      assert.equal(replies.counts, undefined);
      for await (const reply of replies) {
        told.push([reply.from, reply.error === undefined ? reply.text() : reply.error.code]);
      }
      assert.deepEqual(told, [["web-4", "four"], ["web-3", "timeout"]]);
      assert.deepEqual(replies.counts, { matched: 2, done: 1 });
    });
  });

  it("does for one peer too", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const replies = client.requestAll("web-3");
      const { identity, id } = await broker.hears("request");
      broker.say(identity, "reply", { id, frames: [web3] });
      const told: string[] = [];
      for await (const { from } of replies) told.push(from);
      assert.deepEqual(told, ["web-3"]);
      assert.deepEqual(replies.counts, { matched: 1, done: 1 });
    });
  });

  it("fails as a whole", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const replies = client.requestAll("web-*");
      const { identity, id } = await broker.hears("request");
      broker.sayError(identity, "unreachable", { id });
      await assert.rejects(replies.next(), { code: "unreachable" });
    });
  });

  it("cancels what has not come when the loop is left", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const replies = client.requestAll("web-*");
      const { identity, id } = await broker.hears("request");
      broker.say(identity, "reply", { id, flags: flags.more, frames: [web3] });
      for await (const { from } of replies) {
        assert.equal(from, "web-3");
        break;
      }
      assert.equal((await broker.hears("cancel")).id, id);
      assert.throws(() => client.requestAll(""), { name: "RangeError" });
    });
  });
});

describe("Client.send", () => {
  it("is done when it is sent, and tells later what failed", { timeout }, async () => {
    const undelivered: PeerError[] = [];
    const options = { onUndelivered: (error: PeerError) => undelivered.push(error) };
    await withClient(options, async (client, broker) => {
      assert.equal(await client.send("web-3", "x", { hold: true }), undefined);
      const { identity, id, flags: bits, frames } = await broker.hears("send");
      assert.equal(bits, flags.limit | flags.hold);
      assert.deepEqual(frames.toSpliced(1, 1), [utf8("web-3"), utf8("x")]);
      assert.ok(limitOf({ frames } as unknown as Heard) > 0);
      // What is asked meanwhile has another id, whatever comes back for the message.
      const asked = client.request("web-3");
      const request = await broker.hears("request");
      assert.notEqual(request.id, id);
      broker.sayError(identity, "expired", { id, frames: ["web-3"] });
      broker.say(identity, "reply", { id: request.id, frames: [web3] });
      await asked;
      assert.equal(undelivered.length, 1);
      hasFields(undelivered[0], { code: "expired", peer: "web-3" });
    });
  });

  it("waits for the receipt", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const held: string[] = [];
      const sent = client.send("web-3", "x", {
        receipt: true,
        hold: true,
        onHeld: () => held.push("held"),
      });
      const { identity, id, flags: bits } = await broker.hears("send");
      assert.equal(bits, flags.limit | flags.hold | flags.receipt);
      const notice = { id, flags: flags.more, status: ackStatus.held, frames: ["web-3"] };
      broker.say(identity, "ack", notice);
      await until(() => held.length === 1);
      broker.say(identity, "ack", { id, frames: [web3] });
      const counts = { matched: 1, done: 1, errors: [] };
      assert.deepEqual(await sent, { outcome: "confirmed", from: "web-3", ...counts });
    });
  });

  it("tells a message handed to a plain peer from one that is confirmed", {
    timeout,
  }, async () => {
    await withClient({}, async (client, broker) => {
      const sent = client.send("WORKER_A", "x", { receipt: true });
      const { identity, id } = await broker.hears("send");
      broker.say(identity, "ack", { id, status: ackStatus.handed, frames: ["WORKER_A"] });
      hasFields(await sent, { outcome: "handed", from: "WORKER_A" });
    });
  });

  it("counts the receipts of several peers, and tells who failed", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const sent = client.send("web-*", "x", { receipt: true });
      const { identity, id } = await broker.hears("send");
      broker.sayError(identity, "busy", { id, flags: flags.more, frames: [web3] });
      broker.say(identity, "ack", { id, frames: ["web-*", { matched: 3, done: 2 }] });
      const receipt = await sent;
      hasFields(receipt, { outcome: "confirmed", from: "web-*", matched: 3, done: 2 });
      assert.deepEqual(receipt.errors.map(({ code, peer }) => [code, peer]), [["busy", "web-3"]]);
    });
  });

  it("rejects when there is no receipt", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const sent = failureOf(client.send("web-3", "x", { receipt: true }));
      const { identity, id } = await broker.hears("send");
      broker.sayError(identity, "timeout", { id });
      hasFields(await sent, { code: "timeout", isLocal: false });
    });
  });
});

describe("Client.list, stats and kick", () => {
  it("puts together a list of several parts", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      for (const pattern of [undefined, "web-*"]) {
        const listed = client.list(pattern);
        const { identity, id, frames, flags: bits } = await broker.hears("list");
        assert.equal(bits, 0);
        assert.deepEqual(frames, pattern === undefined ? [] : [utf8(pattern)]);
        broker.say(identity, "roster", { id, flags: flags.more, frames: [[peer("a"), peer("b")]] });
        broker.say(identity, "roster", { id, flags: flags.more, frames: [[]] });
        broker.say(identity, "roster", { id, frames: [[peer("c")]] });
        assert.deepEqual((await listed).map(({ name }) => name), ["a", "b", "c"]);
      }
    });
  });

  it("lists again, from the beginning, when the connection was lost", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const listed = client.list();
      const first = await broker.hears("list");
      const part = { id: first.id, flags: flags.more, frames: [[peer("old")]] };
      broker.say(first.identity, "roster", part);
      broker.say(first.identity, "disconnect");
      const { identity, id } = await broker.hears("list");
      assert.notDeepEqual(identity, first.identity);
      broker.say(identity, "roster", { id, frames: [[peer("new")]] });
      assert.deepEqual((await listed).map(({ name }) => name), ["new"]);
    });
  });

  it("reads the broker's counts", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const read = client.stats();
      const { identity, id, frames } = await broker.hears("stats");
      assert.deepEqual(frames, []);
      broker.say(identity, "report", { id, frames: [{ broker: "B", workers: 3 }] });
      hasFields(await read, { broker: "B", workers: 3 });
    });
  });

  it("kicks, and tells how many", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const kicked = client.kick("web-*");
      const { identity, id, frames } = await broker.hears("kick");
      assert.deepEqual(frames, [utf8("web-*")]);
      broker.say(identity, "ack", { id, frames: ["web-*", { matched: 2, done: 2 }] });
      assert.equal(await kicked, 2);
      const nobody = failureOf(client.kick("web-*"));
      const second = await broker.hears("kick");
      broker.sayError(identity, "unreachable", { id: second.id });
      hasFields(await nobody, { code: "unreachable" });
    });
  });
});

describe("Client.watch", () => {
  it("tells who is there, and then each change, until the loop is left", {
    timeout,
  }, async () => {
    await withClient({}, async (client, broker) => {
      const changes = client.watch("web-*");
      const { identity, id, frames } = await broker.hears("watch");
      assert.deepEqual(frames, [utf8("web-*")]);
      broker.say(identity, "roster", { id, flags: flags.more, frames: [[peer("web-1")]] });
      broker.say(identity, "roster", { id, frames: [[peer("web-2")]] });
      broker.say(identity, "event", { id, frames: [{ event: "join", name: "web-3" }] });
      broker.say(identity, "event", { id, frames: [{ event: "leave", name: "web-1" }] });
      const told: string[] = [];
      for await (const change of changes) {
        told.push(
          change.event === "roster"
            ? change.peers.map(({ name }) => name).join()
            : `${change.event} ${change.name}`,
        );
        if (told.length === 3) break;
      }
      assert.deepEqual(told, ["web-1,web-2", "join web-3", "leave web-1"]);
      assert.equal((await broker.hears("cancel")).id, id);
    });
  });

  it("begins again with who is there when the connection was lost", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const changes = client.watch();
      const next = async () => (await changes.next()).value as PresenceChange;
      const first = await broker.hears("watch");
      broker.say(first.identity, "roster", { id: first.id, frames: [[peer("old")]] });
      hasFields(await next(), { event: "roster", peers: [peer("old")] });
      broker.say(first.identity, "disconnect");
      const { identity, id, frames } = await broker.hears("watch");
      assert.deepEqual(frames, []);
      broker.say(identity, "roster", { id, frames: [[peer("new")]] });
      hasFields(await next(), { event: "roster", peers: [peer("new")] });
      broker.say(identity, "event", { id, frames: [{ event: "join", name: "x" }] });
      hasFields(await next(), { event: "join", name: "x" });
    });
  });

  it("lasts longer than its limit, which is for each beginning", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const changes = client.watch("*", { timeoutMs: 100 });
      const { identity, id } = await broker.hears("watch");
      broker.say(identity, "roster", { id, frames: [[]] });
      await changes.next();
      // By the time this has failed, the watch's own time is over too.
      await failureOf(client.request("web-3", "", { timeoutMs: 200 }));
      broker.say(identity, "event", { id, frames: [{ event: "join", name: "x" }] });
      hasFields((await changes.next()).value, { event: "join" });
      await broker.close();
      await assert.rejects(changes.next(), { code: "unreachable" });
    });
  });

  it("ends with its signal's reason", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const controller = new AbortController();
      const changes = client.watch("*", { signal: controller.signal });
      const { id } = await broker.hears("watch");
      const ended = failureOf(changes.next());
      controller.abort("enough");
      assert.equal(await ended, "enough");
      assert.equal((await broker.hears("cancel")).id, id);
    });
  });
});

describe("a Client's limits", () => {
  it("ends in unreachable when no broker is there in time", { timeout }, async () => {
    const endpoint = await refusingEndpoint();
    await using client = new Client({ connect: [endpoint], library });
    const asks: (() => Promise<unknown>)[] = [
      () => client.request("web-3", "", { timeoutMs: 50 }),
      () => client.send("web-3", "", { timeoutMs: 50 }),
      () => client.send("web-3", "", { timeoutMs: 50, receipt: true }),
      () => client.list("*", { timeoutMs: 50 }),
      () => client.stats({ timeoutMs: 50 }),
      () => client.kick("web-3", { timeoutMs: 50 }),
      () => client.requestAll("web-*", "", { timeoutMs: 50 }).next(),
      () => client.watch("web-*", { timeoutMs: 50 }).next(),
    ];
    for (const error of await Promise.all(asks.map((ask) => failureOf(ask())))) {
      hasFields(error, { name: "PeerError", code: "unreachable", isLocal: true });
      assert.match((error as Error).message, / no broker at tcp:\S+ within 50 ms$/);
    }
  });

  it("waits for a broker that comes in time", { timeout }, async () => {
    const endpoint = await refusingEndpoint();
    const troubles: string[] = [];
    await using client = new Client({
      connect: [endpoint],
      onTrouble: (text) => troubles.push(text),
      library,
    });
    const tooLate = failureOf(client.request("web-3", "too late", { timeoutMs: 20 }));
    const asked = client.request("web-3", "in time");
    hasFields(await tooLate, { code: "unreachable" });
    await until(() => troubles.length === 1);
    await using broker = new ScriptedBroker(library, endpoint);
    const { identity, id, frames } = await broker.hears("request");
    assert.equal(textOf(frames[2]), "in time");
    broker.say(identity, "reply", { id, frames: [web3] });
    assert.equal((await asked).from, "web-3");
    assert.equal(broker.unheard("request"), 0);
  });

  it("ends in timeout when the broker does not answer, and cancels", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const asked = failureOf(client.request("web-3", "", { timeoutMs: 50 }));
      const { identity, id } = await broker.hears("request");
      hasFields(await asked, {
        code: "timeout",
        isLocal: true,
        message: 'Cannot ask "web-3": the broker has not answered within 50 ms',
      });
      assert.equal((await broker.hears("cancel")).id, id);
      // What comes now is for nobody.
      broker.say(identity, "reply", { id, frames: [web3] });
      const next = client.request("web-3");
      const second = await broker.hears("request");
      broker.say(identity, "reply", { id: second.id, frames: [web4] });
      assert.equal((await next).from, "web-4");
    });
  });

  it("leaves the broker time to say itself that the limit has passed", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const asked = failureOf(client.request("web-3", "", { timeoutMs: 100 }));
      const later = failureOf(client.request("web-3", "", { timeoutMs: 200 }));
      const { identity, id } = await broker.hears("request");
      const second = await broker.hears("request");
      setTimeout(() => {
        broker.sayError(identity, "timeout", { id });
        broker.sayError(identity, "timeout", { id: second.id });
      }, 250);
      hasFields(await asked, { code: "timeout", isLocal: false });
      hasFields(await later, { code: "timeout", isLocal: false });
    });
  });

  it("reads the answer that has come before it judges, after it was held up", {
    timeout,
  }, async () => {
    await withClient({}, async (client, broker) => {
      const asked = client.request("web-3", "", { timeoutMs: 100 });
      const { identity, id } = await broker.hears("request");
      broker.say(identity, "reply", { id, frames: [web3] });
      const endMs = performance.now() + 1000;
      while (performance.now() < endMs);
      assert.equal((await asked).from, "web-3");
    });
  });

  it("keeps so much to send, and no more", { timeout }, async () => {
    await using client = new Client({ connect: [await refusingEndpoint()], library });
    const kept = Array.from({ length: unsentMessagesMax }, () => client.send("web-3"));
    const settled = Promise.allSettled(kept);
    hasFields(await failureOf(client.send("web-3")), { code: "busy", isLocal: true });
    await client.close();
    const outcomes = await settled;
    assert.ok(outcomes.every(({ status }) => status === "rejected"));
  });
});

describe("a Client that loses its broker", () => {
  it("ends what was sent in lost, and sends the rest to the next broker", {
    timeout,
  }, async () => {
    await using one = new ScriptedBroker(library);
    await using two = new ScriptedBroker(library);
    const { endpoint } = one;
    await using client = new Client({ connect: [endpoint, two.endpoint], library });
    const sent = failureOf(client.request("web-3", "sent"));
    await one.hears("request");
    await one.close();
    const unsent = client.request("web-3", "unsent");
    const error = await sent;
    hasFields(error, { code: "lost", isLocal: true });
    assert.match((error as Error).message, /^Cannot tell whether it was done to ask "web-3": /);
    const { identity, id, frames } = await two.hears("request");
    assert.equal(textOf(frames[2]), "unsent");
    two.say(identity, "reply", { id, frames: [web3] });
    await unsent;
    assert.equal(two.unheard("request"), 0);
  });

  it("asks again what a broker refused because it had forgotten the session", {
    timeout,
  }, async () => {
    await withClient({}, async (client, broker) => {
      const lost = failureOf(client.request("web-3", "before"));
      const before = await broker.hears("request");
      const asked = client.request("web-3", "after");
      const { identity, id } = await broker.hears("request");
      await broker.hears("hello");
      broker.sayError(identity, "unknown-peer", { id });
      const again = await broker.hears("request");
      assert.equal(textOf(again.frames[2]), "after");
      broker.say(identity, "reply", { id: again.id, frames: [web3] });
      await asked;
      hasFields(await lost, { code: "lost" });
      assert.notEqual(before.id, again.id);
      assert.equal(broker.unheard("hello"), 1);
    });
  });

  for (const code of ["name-taken", "superseded", "kicked"]) {
    it(`ends with ${code}, now and for what is asked later`, { timeout }, async () => {
      await withClient({ name: "me" }, async (client, broker) => {
        broker.answers.delete("hello");
        const asked = failureOf(client.request("web-3"));
        const { identity, id } = await broker.hears("hello");
        broker.sayError(identity, code, { id });
        hasFields(await asked, { code, isLocal: false });
        hasFields(await failureOf(client.list()), { code });
        await assert.rejects(client.watch().next(), { code });
      });
    });
  }

  it("ends when its host cannot be resolved", { timeout }, async () => {
    await using client = new Client({ connect: ["tcp://host.invalid:5555"], library });
    hasFields(await failureOf(client.request("web-3")), {
      name: "ConnectionError",
      failure: "unresolved",
    });
  });
});

describe("a Client's signal", () => {
  it("ends at once what has been aborted before", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const signal = AbortSignal.abort("no");
      assert.equal(await failureOf(client.request("web-3", "", { signal })), "no");
      assert.equal(await failureOf(client.watch("*", { signal }).next()), "no");
      assert.equal(broker.unheard("request"), 0);
    });
  });

  it("ends what waits for a broker, and what waits for an answer", { timeout }, async () => {
    const controller = new AbortController();
    const { signal } = controller;
    await using lonely = new Client({ connect: [await refusingEndpoint()], library });
    await withClient({}, async (client, broker) => {
      const unsent = failureOf(lonely.request("web-3", "", { signal }));
      const sent = failureOf(client.request("web-3", "", { signal }));
      const other = client.request("web-3");
      const { identity, id } = await broker.hears("request");
      const second = await broker.hears("request");
      const reason = new Error("no more");
      controller.abort(reason);
      assert.equal(await unsent, reason);
      assert.equal(await sent, reason);
      assert.equal((await broker.hears("cancel")).id, id);
      broker.say(identity, "reply", { id: second.id, frames: [web3] });
      await other;
    });
  });

  it("ends everything when it is the client's", { timeout }, async () => {
    const controller = new AbortController();
    await withClient({ signal: controller.signal }, async (client, broker) => {
      const asked = failureOf(client.request("web-3"));
      await broker.hears("request");
      controller.abort("all");
      assert.equal(await asked, "all");
      assert.equal(await failureOf(client.stats()), "all");
    });
    await using aborted = new Client({ signal: AbortSignal.abort("never"), library });
    assert.equal(await failureOf(aborted.stats()), "never");
  });
});

describe("a Client's mail", () => {
  it("is given to the program, and confirmed", { timeout }, async () => {
    const messages: PeerMessage[] = [];
    const options = { onMessage: (message: PeerMessage) => void messages.push(message) };
    await withClient(options, async (_client, broker) => {
      const { identity } = await broker.hears("hello");
      broker.say(identity, "send", { id: 1n, frames: [web3, "one"] });
      broker.say(identity, "send", { id: 2n, flags: flags.receipt, frames: [web3, "two"] });
      const ack = await broker.hears("ack");
      assert.equal(ack.id, 2n);
      assert.deepEqual(ack.frames, [web3]);
      assert.deepEqual(messages.map((message) => message.text()), ["one", "two"]);
    });
  });
});

describe("Client.close", () => {
  it("ends everything in cancelled, and says goodbye", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      const asked = failureOf(client.request("web-3"));
      const watched = failureOf(client.watch().next());
      const { id } = await broker.hears("request");
      await broker.hears("watch");
      await client.close();
      hasFields(await asked, {
        code: "cancelled",
        isLocal: true,
        message: 'Cannot ask "web-3": the client was closed',
      });
      hasFields(await watched, { code: "cancelled" });
      assert.equal((await broker.hears("cancel")).id, id);
      await broker.hears("disconnect");
      hasFields(await failureOf(client.list()), { code: "cancelled" });
      await client.close();
    });
  });

  it("waits until the broker has heard what was sent", { timeout }, async () => {
    await withClient({}, async (client, broker) => {
      for (let i = 0; i < 100; i++) await client.send("web-3", "x".repeat(10_000));
      await client.close();
      await broker.hears("disconnect");
      assert.equal(broker.unheard("send"), 100);
    });
  });

  it("is quick without a broker", { timeout }, async () => {
    const client = new Client({ connect: [await refusingEndpoint()], library });
    const asked = failureOf(client.request("web-3"));
    await client.close();
    hasFields(await asked, { code: "cancelled" });
  });
});
