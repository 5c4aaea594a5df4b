import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Received } from "../../src/peer/connection.ts";
import { Link, type LinkOptions, type LinkOwner } from "../../src/peer/link.ts";
import type { Hello, Welcome } from "../../src/protocol/greeting.ts";
import { encodeHeader, verbs } from "../../src/protocol/header.ts";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing } from "../../src/zmq/socket.ts";
import { hasFields } from "../support/fields.ts";
import { libraryForTests } from "../support/library.ts";
import { refusingEndpoint } from "../support/ports.ts";
import { jsonOf, ScriptedBroker, textOf, usualWelcome, utf8 } from "../support/scripted_broker.ts";
import { until } from "../support/until.ts";

const library = libraryForTests();
const timeout = 20_000;

/** Remembers what it is told. */
class Owner implements LinkOwner {
  readonly welcomes: Welcome[] = [];
  readonly losses: string[] = [];
  readonly messages: Received[] = [];
  readonly troubles: string[] = [];
  capacity = 3;
  readonly isWorking = false;
  hello(): Hello {
    const { capacity } = this;
    return { role: "worker", instance: "I", groups: ["g"], capacity, agent: "test" };
  }
  welcomed(welcome: Welcome): void {
    this.welcomes.push(welcome);
  }
  lost(reason: string): void {
    this.losses.push(reason);
  }
  heard(message: Received): void {
    this.messages.push(message);
  }
  tick(): number {
    return Infinity;
  }
  trouble(text: string): void {
    this.troubles.push(text);
  }
}

interface Running {
  readonly link: Link;
  readonly owner: Owner;
  /** Resolves with what the run ended with: undefined, or an error. */
  readonly ended: Promise<unknown>;
}

/** Runs a link while `body` does, and closes everything behind it. */
async function withLink(
  endpoints: readonly string[],
  body: (running: Running) => Promise<void>,
  options: Partial<LinkOptions> = {},
): Promise<void> {
  const context = new Context(library);
  const owner = new Owner();
  const link = new Link(
    {
      context,
      name: "W",
      endpoints,
      lingerMs: 1000,
      retryTaken: false,
      retryBrokers: true,
      mayBlock: false,
      ...options,
    },
    owner,
  );
  const ended = link.run().then(() => undefined, (error) => error);
  try {
    await body({ link, owner, ended });
  } finally {
    link.stop();
    await ended;
    await context.close();
  }
}

const send = (text: string) => ({ frames: () => [encodeHeader(verbs.send, 1n), utf8(text)] });

/** Lets everybody in this program who has something to do have a turn. */
async function othersTurns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Holds up this thread, as a suspended process or a handler that computes does. */
function stall(forMs: number): void {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs);
}

describe("Link", () => {
  it("says HELLO, by an identity of its name and a session", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    await withLink([broker.endpoint], async ({ link, owner }) => {
      const hello = await broker.hears("hello");
      assert.equal(hello.callsign, "W");
      assert.match(hello.session, /^[A-Za-z0-9]{8}$/);
      assert.equal(hello.frames.length, 1);
      assert.deepEqual(jsonOf(hello.frames[0]), owner.hello());
      await until(() => link.isOnline);
      assert.deepEqual(owner.welcomes, [usualWelcome]);
      assert.deepEqual(owner.troubles, []);
    });
  });

  it("says HELLO to a broker that was started again, on a fresh socket", { timeout }, async () => {
    const first = new ScriptedBroker(library);
    await withLink([first.endpoint], async ({ link, owner }) => {
      const { session } = await first.hears("hello");
      await until(() => link.isOnline);
      await first.close();
      await until(() => !link.isOnline);
      await using second = new ScriptedBroker(library, first.endpoint);
      const again = await second.hears("hello");
      assert.notEqual(again.session, session);
      assert.equal(again.callsign, "W");
      await until(() => link.isOnline);
      assert.deepEqual(owner.losses, [
        `Lost the connection to ${first.endpoint}; connecting again`,
      ]);
      assert.equal(owner.troubles[0], owner.losses[0]);
    });
  });

  it("says HELLO again when the broker does not know it, on the same socket", {
    timeout,
  }, async () => {
    await using broker = new ScriptedBroker(library);
    await withLink([broker.endpoint], async ({ link, owner }) => {
      const first = await broker.hears("hello");
      await until(() => link.isOnline);
      broker.sayError(first.identity, "unknown-peer", { id: 7n });
      const second = await broker.hears("hello");
      assert.deepEqual(second.identity, first.identity);
      assert.notEqual(second.id, first.id);
      await until(() => owner.welcomes.length === 2);
      // Whoever sent what was refused is told so, and that all before is lost.
      assert.deepEqual(owner.messages.map(({ header }) => header.id), [7n]);
      assert.deepEqual(owner.losses, [
        `The broker at ${broker.endpoint} had forgotten this session`,
      ]);
      assert.deepEqual(owner.troubles, []);
      assert.ok(link.isOnline);
    });
  });

  it("says HELLO again when it has something new to say", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    await withLink([broker.endpoint], async ({ link, owner }) => {
      await broker.hears("hello");
      await until(() => link.isOnline);
      owner.capacity = 0;
      link.greet();
      assert.equal(jsonOf<Hello>((await broker.hears("hello")).frames[0]).capacity, 0);
      await until(() => owner.welcomes.length === 2);
      assert.deepEqual(owner.losses, []);
    });
  });

  it("waits for the answer to its last HELLO", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.answers.delete("hello");
    await withLink([broker.endpoint], async ({ link, owner }) => {
      const first = await broker.hears("hello");
      link.greet();
      const { identity, id } = await broker.hears("hello");
      broker.say(identity, "welcome", { id: first.id, frames: [usualWelcome] });
      broker.say(identity, "report", { frames: [{}] });
      await until(() => owner.messages.length === 1);
      assert.equal(link.isOnline, false);
      broker.say(identity, "welcome", { id, frames: [usualWelcome] });
      await until(() => link.isOnline);
      assert.equal(owner.welcomes.length, 1);
    });
  });

  it("says heartbeats, and stays as long as they are answered", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.welcome = { ...usualWelcome, heartbeatMs: 50 };
    await withLink([broker.endpoint], async ({ owner }) => {
      const { session } = await broker.hears("hello");
      const ids = new Set<bigint>();
      for (let i = 0; i < 6; i++) {
        const beat = await broker.hears("heartbeat");
        assert.equal(beat.session, session);
        ids.add(beat.id);
      }
      assert.equal(ids.size, 6);
      assert.deepEqual(owner.losses, []);
    });
  });

  it("takes a fresh socket after three heartbeats without an answer", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.welcome = { ...usualWelcome, heartbeatMs: 20 };
    broker.answers.delete("heartbeat");
    await withLink([broker.endpoint], async ({ owner }) => {
      const first = await broker.hears("hello");
      for (let i = 0; i < 3; i++) await broker.hears("heartbeat");
      const second = await broker.hears("hello");
      assert.notEqual(second.session, first.session);
      assert.equal(broker.unheard("heartbeat"), 0);
      assert.equal(
        owner.losses[0],
        `No answer from ${broker.endpoint} to 3 heartbeats; connecting afresh`,
      );
    });
  });

  it("takes whatever it hears for a sign of life", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.welcome = { ...usualWelcome, heartbeatMs: 100 };
    broker.answers.delete("heartbeat");
    await withLink([broker.endpoint], async ({ owner }) => {
      const { identity } = await broker.hears("hello");
      for (let i = 0; i < 6; i++) {
        await broker.hears("heartbeat");
        broker.say(identity, "report", { id: BigInt(i), frames: [{}] });
      }
      assert.deepEqual(owner.losses, []);
    });
  });

  it("takes a fresh socket when no WELCOME comes", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.answers.delete("hello");
    await withLink([broker.endpoint], async ({ link, owner }) => {
      const first = await broker.hears("hello");
      broker.answers.add("hello");
      const second = await broker.hears("hello");
      assert.notEqual(second.session, first.session);
      await until(() => link.isOnline);
      assert.deepEqual(owner.troubles, [`No WELCOME from ${broker.endpoint}; connecting afresh`]);
      assert.deepEqual(owner.losses, []);
    });
  });

  it("reads what has come before it judges, after it was held up", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.answers.delete("hello");
    await withLink([broker.endpoint], async ({ link, owner }) => {
      const { identity, id } = await broker.hears("hello");
      stall(1500);
      await othersTurns();
      broker.say(identity, "welcome", { id, frames: [usualWelcome] });
      await until(() => link.isOnline);
      assert.equal(broker.unheard("hello"), 0);
      assert.deepEqual(owner.troubles, []);
    });
  });

  it("waits for a broker that is not there yet, and says so once", { timeout }, async () => {
    const endpoint = await refusingEndpoint();
    await withLink([endpoint], async ({ link, owner }) => {
      await until(() => owner.troubles.length > 0);
      await using broker = new ScriptedBroker(library, endpoint);
      await broker.hears("hello");
      await until(() => link.isOnline);
      assert.deepEqual(owner.troubles, [`No broker at ${endpoint} yet; waiting for it`]);
    });
  });

  it("goes to the next broker when one is not there, or goes", { timeout }, async () => {
    const nobody = await refusingEndpoint();
    await using one = new ScriptedBroker(library);
    await using two = new ScriptedBroker(library);
    await withLink([nobody, one.endpoint, two.endpoint], async ({ link }) => {
      await one.hears("hello");
      await until(() => link.isOnline);
      assert.equal(link.endpoint, one.endpoint);
      await one.close();
      await two.hears("hello");
      await until(() => link.isOnline);
      assert.equal(link.endpoint, two.endpoint);
    });
  });

  it("waits for the next one when the broker says that it stops", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    await withLink([broker.endpoint], async ({ link, owner }) => {
      const sessions = new Set<string>();
      // Waits that grew from one time to the next would take longer than this may.
      const times = 15;
      for (let i = 1; i <= times; i++) {
        const { identity, session } = await broker.hears("hello");
        sessions.add(session);
        await until(() => owner.welcomes.length === i);
        broker.say(identity, "disconnect");
      }
      await until(() => owner.welcomes.length > times);
      const text = `The broker at ${broker.endpoint} has stopped; connecting again`;
      assert.deepEqual(owner.losses, Array.from({ length: times }, () => text));
      assert.deepEqual(owner.troubles, owner.losses);
      assert.equal(sessions.size, times);
      assert.equal(link.sessions, times);
    });
  });

  for (const code of ["name-taken", "superseded", "kicked", "unknown-version", "bad-identity"]) {
    it(`ends with ${code}, and does not come back`, { timeout }, async () => {
      await using broker = new ScriptedBroker(library);
      broker.answers.delete("hello");
      await withLink([broker.endpoint], async ({ ended }) => {
        const { identity, id } = await broker.hears("hello");
        broker.sayError(identity, code, { id, frames: ["W", { holder: "other" }] });
        const error = await ended;
        hasFields(error, {
          name: "PeerError",
          code,
          message: `it is ${code}`,
          peer: "W",
          detail: { holder: "other" },
          isLocal: false,
        });
        assert.equal(broker.unheard("hello"), 0);
      });
    });
  }

  it("ends when its HELLO is refused", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.answers.delete("hello");
    await withLink([broker.endpoint], async ({ ended }) => {
      const { identity, id } = await broker.hears("hello");
      broker.sayError(identity, "bad-message", { id });
      hasFields(await ended, { code: "bad-message" });
    });
  });

  it("comes again for a taken name when it is told to, each time afresh", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.answers.delete("hello");
    await withLink([broker.endpoint], async ({ link, owner }) => {
      const sessions = new Set<string>();
      for (let i = 0; i < 3; i++) {
        const { identity, id, session } = await broker.hears("hello");
        sessions.add(session);
        if (i === 2) broker.answers.add("hello");
        broker.sayError(identity, "name-taken", { id });
      }
      await until(() => link.isOnline);
      assert.equal(sessions.size, 3);
      assert.deepEqual(owner.troubles, ["it is name-taken; waiting until it is free"]);
    }, { retryTaken: true });
  });

  it("says goodbye after what is still to send, and waits for the answer", {
    timeout,
  }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.answers.delete("disconnect");
    await withLink([broker.endpoint], async ({ link, ended, owner }) => {
      await broker.hears("hello");
      await until(() => link.isOnline);
      for (let i = 0; i < 3; i++) link.post(send(`${i}`));
      link.stop();
      const { identity, id } = await broker.hears("disconnect");
      assert.equal(broker.unheard("send"), 3);
      let hasEnded = false;
      void ended.then(() => hasEnded = true);
      broker.say(identity, "report", { frames: [{}] });
      await until(() => owner.messages.length === 1);
      assert.equal(hasEnded, false);
      broker.say(identity, "disconnect", { id });
      assert.equal(await ended, undefined);
      assert.deepEqual(owner.troubles, []);
    }, { lingerMs: 15_000 });
  });

  it("leaves without an answer after its linger time", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.answers.delete("disconnect");
    await withLink([broker.endpoint], async ({ link, ended }) => {
      await until(() => link.isOnline);
      link.stop();
      await broker.hears("disconnect");
      assert.equal(await ended, undefined);
    }, { lingerMs: 50 });
  });

  it("can be stopped before there is a broker, and before it ran", { timeout }, async () => {
    await withLink([await refusingEndpoint()], async ({ link, owner, ended }) => {
      await until(() => owner.troubles.length > 0);
      link.stop();
      assert.equal(await ended, undefined);
    });
    await using context = new Context(library);
    const endpoints = ["tcp://127.0.0.1:1"];
    const owner = new Owner();
    const link = new Link(
      {
        context,
        name: "W",
        endpoints,
        lingerMs: 1,
        retryTaken: false,
        retryBrokers: true,
        mayBlock: false,
      },
      owner,
    );
    link.stop();
    await link.run();
    assert.deepEqual(owner.troubles, []);
  });

  it("keeps what is to be sent until there is a session, in order", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.answers.delete("hello");
    await withLink([broker.endpoint], async ({ link, owner }) => {
      const withdrawn = send("withdrawn");
      link.post(send("one"));
      link.post(withdrawn);
      link.post({ frames: () => undefined });
      link.post(send("two"));
      link.withdraw(withdrawn);
      const { identity, id } = await broker.hears("hello");
      broker.say(identity, "report", { frames: [{}] });
      await until(() => owner.messages.length === 1);
      assert.equal(link.unsent, 3);
      broker.say(identity, "welcome", { id, frames: [usualWelcome] });
      assert.equal(textOf((await broker.hears("send")).frames[0]), "one");
      assert.equal(textOf((await broker.hears("send")).frames[0]), "two");
      assert.equal(link.unsent, 0);
    });
  });

  it("sends what was meant for one session by no other", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    await withLink([broker.endpoint], async ({ link }) => {
      const { identity } = await broker.hears("hello");
      await until(() => link.isOnline);
      const ack = [encodeHeader(verbs.ack, 1n), utf8("of this session")];
      link.postNow(ack);
      await broker.hears("ack");
      broker.say(identity, "disconnect");
      // Long enough for that to arrive, and nobody reads it.
      stall(100);
      link.postNow(ack);
      link.post(send("of any"));
      await broker.hears("send");
      assert.equal(broker.unheard("ack"), 0);
      assert.equal(broker.unheard("hello"), 1);
    });
  });

  it("leaves after all that is to be sent, however much", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    await withLink([broker.endpoint], async ({ link, ended }) => {
      await until(() => link.isOnline);
      const count = 20_000;
      for (let i = 0; i < count; i++) link.post(send(String(i)));
      link.stop();
      assert.equal(await ended, undefined);
      await broker.hears("disconnect");
      assert.equal(broker.unheard("send"), count);
    }, { lingerMs: 15_000 });
  });

  it("is not held against it when it is refused while it leaves", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.answers.delete("disconnect");
    await withLink([broker.endpoint], async ({ link, ended }) => {
      await until(() => link.isOnline);
      link.stop();
      const { identity } = await broker.hears("disconnect");
      broker.sayError(identity, "superseded");
      assert.equal(await ended, undefined);
    }, { lingerMs: 15_000 });
  });

  it("leaves a broker that does not know it any more", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    broker.answers.delete("disconnect");
    await withLink([broker.endpoint], async ({ link, ended }) => {
      await until(() => link.isOnline);
      link.stop();
      const { identity, id } = await broker.hears("disconnect");
      broker.sayError(identity, "unknown-peer", { id });
      assert.equal(await ended, undefined);
    }, { lingerMs: 15_000 });
  });

  it("goes on when there is room again, and loses nothing on the way", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    await withLink([broker.endpoint], async ({ link }) => {
      const count = 20_000;
      let sent = 0;
      for (let i = 0; i < count; i++) {
        link.post({ ...send(String(i)), sent: () => sent++ });
      }
      for (let i = 0; i < count; i++) {
        const { frames } = await broker.hears("send");
        assert.equal(textOf(frames[0]), String(i));
      }
      assert.equal(sent, count);
      assert.equal(link.unsent, 0);
    });
  });

  it("passes over what is not callsign/1, or of another version", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    await withLink([broker.endpoint], async ({ link, owner }) => {
      const { identity } = await broker.hears("hello");
      await until(() => link.isOnline);
      broker.sayRaw(identity, [utf8("ACK: hello"), utf8("x")]);
      const header = encodeHeader(verbs.reply, 1n);
      header[2] = 2;
      broker.sayRaw(identity, [header, utf8("of version 2")]);
      broker.say(identity, "welcome", { id: 1n, frames: ["no JSON"] });
      broker.sayRaw(identity, [encodeHeader(verbs.error, 1n)]);
      broker.say(identity, "report", { id: 5n, frames: [{}] });
      await until(() => owner.messages.some(({ header }) => header.id === 5n));
      assert.deepEqual(owner.messages.map(({ header }) => header.verb), [
        verbs.error,
        verbs.report,
      ]);
      assert.ok(link.isOnline);
    });
  });

  it("gives up on a host that cannot be resolved", { timeout }, async () => {
    await withLink(["tcp://host.invalid:5555"], async ({ ended }) => {
      hasFields(await ended, {
        name: "ConnectionError",
        failure: "unresolved",
      });
    });
  });

  it("uses another broker when the host of one cannot be resolved", { timeout }, async () => {
    await using broker = new ScriptedBroker(library);
    await withLink(["tcp://host.invalid:5555", broker.endpoint], async ({ link, owner }) => {
      await until(() => link.isOnline);
      assert.match(owner.troubles[0] as string, /^Cannot connect to "tcp:\/\/host.invalid:5555"/);
    });
  });

  it("gives up when the broker's authentication refuses it", { timeout }, async () => {
    await using context = new Context(library);
    const handler = context.socket("rep", { linger: 0 });
    handler.bind("inproc://zeromq.zap.01");
    const router = context.socket("router", { linger: 0, zapDomain: "test" });
    await withLink([router.bind("tcp://127.0.0.1:*")], async ({ ended }) => {
      const readiness = new Readiness(context.poller, [handler]);
      using frame = new Message(library);
      while (handler.receive(frame) === nothing) await readiness.wait(1000);
      handler.receive(frame);
      const requestId = frame.bytes();
      while (frame.more) handler.receive(frame);
      const answer = [utf8("1.0"), requestId, utf8("400"), utf8("no"), utf8(""), utf8("")];
      answer.forEach((part, i) => handler.send(part, part.length, i < answer.length - 1));
      hasFields(await ended, { name: "ConnectionError", failure: "denied" });
    });
  });

  it("refuses what cannot be a name, or an endpoint", async () => {
    await using context = new Context(library);
    const options = {
      context,
      lingerMs: 1,
      retryTaken: false,
      retryBrokers: true,
      mayBlock: false,
    };
    for (const name of ["", "a b", "@a", "web-*", "x".repeat(247)]) {
      const make = () => new Link({ ...options, name, endpoints: ["tcp://a:1"] }, new Owner());
      assert.throws(make, { name: "IdentityError" });
    }
    assert.throws(() => new Link({ ...options, name: "W", endpoints: ["nowhere"] }, new Owner()), {
      name: "EndpointError",
    });
  });
});
