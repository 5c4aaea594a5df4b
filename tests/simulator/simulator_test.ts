// The real core against a world that does its worst, and the checker against a core that breaks its
// word: a test must be able to fail. More seeds: tests/simulator/main.ts.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorCodes } from "../../src/protocol/codes.ts";
import { verbs } from "../../src/protocol/header.ts";
import { Agenda } from "./agenda.ts";
import type { Rule, Violation } from "./checks/violation.ts";
import { type Frames, utf8 } from "./frames.ts";
import { Random } from "./prng.ts";
import { type Connection, type Endpoint, Router } from "./router.ts";
import { run } from "./run.ts";
import type { World } from "./world.ts";

const timeout = 300_000;
const steps = 20_000;
/** Each batch is a test of its own, so that none takes long. */
const batches = 10;
const seedsInBatch = 4;

describe("the core, simulated", () => {
  const coverage = new Map<string, number>();
  let total = 0;

  for (let batch = 0; batch < batches; batch++) {
    const first = 1 + batch * seedsInBatch;
    it(`keeps its promises, seeds ${first} to ${first + seedsInBatch - 1}`, { timeout }, () => {
      for (let seed = first; seed < first + seedsInBatch; seed++) {
        const result = run({ seed, steps });
        const again = `tests/simulator/main.ts --seed ${seed} --steps ${steps} --trace`;
        assert.equal(result.violation?.message, undefined, `to see it again: ${again}`);
        total += result.steps;
        for (const [what, count] of result.coverage) {
          coverage.set(what, (coverage.get(what) ?? 0) + count);
        }
      }
    });
  }

  it("was made to do a million steps, and everything it can do", () => {
    assert.ok(total >= 1_000_000, `${total} steps`);
    const wanted = [
      ...Object.keys(errorCodes).map((code) => `error ${code}`),
      ...["new", "resumed", "took-over"].map((reason) => `join ${reason}`),
      ...["goodbye", "disconnected", "timed-out", "kicked", "superseded", "slow"].map((reason) =>
        `leave ${reason}`
      ),
      ...["name", "group", "several", "session"].map((kind) => `handed ${kind}`),
      ...["ack 0", "ack 1", "ack 2", "replied", "handed after waiting", "cut parked", "cut silent"],
      "refused name-taken",
    ];
    assert.deepEqual(wanted.filter((what) => !coverage.has(what)), []);
  });

  it("is the same each time a seed is run", { timeout }, () => {
    const [first, second] = [run({ seed: 3, steps: 5000 }), run({ seed: 3, steps: 5000 })];
    assert.equal(first.virtualMs, second.virtualMs);
    assert.deepEqual([...first.coverage], [...second.coverage]);
  });
});

describe("the checker", () => {
  /** The first violation that a broken world leads to, in a few seeds. */
  function violationOf(prepare: (world: World) => void): Violation | undefined {
    for (const seed of [4, 8, 3, 12, 16, 20]) {
      const { violation } = run({ seed, steps: 8000, prepare });
      if (violation !== undefined) return violation;
    }
    return undefined;
  }

  const verbOf = (frames: Frames): number => frames[0]?.[3] as number;

  // Which of several promises is seen to be broken first depends on the seeds.
  const faults: readonly (readonly [string, readonly Rule[], (world: World) => void])[] = [
    ["loses one REPLY that it has accepted", ["one end"], ({ wire }) => {
      let left = 5;
      wire.mislay = (frames) => verbOf(frames) === verbs.reply && left-- === 0;
    }],
    ["answers no HEARTBEAT", ["order", "answer"], ({ wire }) => {
      const send = wire.send.bind(wire);
      wire.send = (to, frames) => verbOf(frames) === verbs.heartbeat ? "sent" : send(to, frames);
    }],
    ["tells an EVENT twice", ["presence"], ({ wire }) => {
      const send = wire.send.bind(wire);
      wire.send = (to, frames) => {
        if (verbOf(frames) === verbs.event) send(to, frames);
        return send(to, frames);
      };
    }],
    ["ends a message twice", ["answer", "one end"], ({ wire }) => {
      const send = wire.send.bind(wire);
      wire.send = (to, frames) => {
        const code = new TextDecoder().decode(frames[1]);
        if (verbOf(frames) === verbs.error && code === "unreachable") send(to, frames);
        return send(to, frames);
      };
    }],
    ["hands a message to the one before", ["right receiver"], ({ wire }) => {
      const forward = wire.forward.bind(wire);
      let before: Uint8Array | undefined;
      wire.forward = (to, header, ...rest) => {
        const other = before ?? to;
        before = to.slice();
        return header[3] === verbs.reply
          ? forward(to, header, ...rest)
          : forward(other, header, ...rest);
      };
    }],
    ["keeps a body for ever", ["parcels"], ({ wire }) => {
      wire.release = () => {};
    }],
    ["keeps an ACK to itself", ["one end", "answer"], ({ wire }) => {
      const send = wire.send.bind(wire);
      let left = 30;
      wire.send = (to, frames) => {
        return verbOf(frames) === verbs.ack && left-- === 0 ? "sent" : send(to, frames);
      };
    }],
    ["is not told that time passes", ["one end", "lock-out", "progress"], (world) => {
      const start = world.broker.start.bind(world.broker);
      world.broker.start = () => {
        start();
        world.broker.core.tick = () => {};
      };
    }],
    ["is not told that connections end", ["counts", "presence", "lock-out"], (world) => {
      const start = world.broker.start.bind(world.broker);
      world.broker.start = () => {
        start();
        world.broker.core.disconnected = () => {};
      };
    }],
    ["throws", ["throws"], (world) => {
      const start = world.broker.start.bind(world.broker);
      world.broker.start = () => {
        start();
        world.broker.core.caughtUp = () => {
          throw new Error("Out of luck");
        };
      };
    }],
  ];
  for (const [what, rules, prepare] of faults) {
    it(`notices a core that ${what}`, { timeout }, () => {
      const violation = violationOf(prepare);
      assert.ok(violation !== undefined, "nothing was noticed");
      assert.ok(rules.includes(violation.rule), violation.message);
    });
  }
});

describe("the simulated ROUTER", () => {
  interface Heard {
    readonly endpoint: Endpoint;
    isOpen: boolean;
  }

  function peer(): Heard {
    const heard: Heard = {
      isOpen: false,
      endpoint: {
        opened: () => {
          heard.isOpen = true;
        },
        received: () => {},
        closed: () => {
          heard.isOpen = false;
        },
      },
    };
    return heard;
  }

  function pass(agenda: Agenda): void {
    while (agenda.nextAt < Infinity) agenda.step();
  }

  function connected(router: Router, agenda: Agenda): Connection {
    const connection = router.connect(peer().endpoint, utf8("w"), "DEALER");
    pass(agenda);
    router.processCommands();
    router.send(connection, [utf8("hello")]);
    pass(agenda);
    return connection;
  }

  it("never reads a second connection of a live identity, and lets a third in", () => {
    const agenda = new Agenda();
    const router = new Router(agenda, new Random(1), { pipeMessages: 5, latencyMs: 1 });
    const first = connected(router, agenda);
    assert.equal(router.receive()?.connection, first);
    const second = connected(router, agenda);
    assert.ok(second.isParked);
    assert.equal(router.receive(), undefined);

    router.end(first);
    pass(agenda);
    router.processCommands();
    pass(agenda);
    router.processCommands();
    router.send(second, [utf8("hello again")]);
    pass(agenda);
    assert.equal(router.receive(), undefined);
    assert.equal(router.push("w", [utf8("a")]), "unreachable");
    const third = connected(router, agenda);
    assert.equal(router.receive()?.connection, third);
    assert.equal(router.push("w", [utf8("a")]), "sent");
  });

  it("keeps the identity of a connection that has ended until its messages are read", () => {
    const agenda = new Agenda();
    const router = new Router(agenda, new Random(1), { pipeMessages: 5, latencyMs: 1 });
    const first = connected(router, agenda);
    router.end(first);
    pass(agenda);
    assert.ok(connected(router, agenda).isParked);
    assert.equal(router.receive()?.connection, first);
  });

  it("takes so many messages for a peer that does not read, and says when it is full", () => {
    const agenda = new Agenda();
    const router = new Router(agenda, new Random(1), { pipeMessages: 2, latencyMs: 1 });
    const connection = connected(router, agenda);
    router.setDeaf(connection, true);
    const results = [1, 2, 3].map(() => {
      const result = router.push("w", [utf8("a")]);
      pass(agenda);
      return result;
    });
    assert.deepEqual(results, ["sent", "sent", "full"]);
  });

  it("uses the lowest free descriptor", () => {
    const agenda = new Agenda();
    const router = new Router(agenda, new Random(1), { pipeMessages: 2, latencyMs: 1 });
    const first = router.connect(peer().endpoint, utf8("a"), "DEALER");
    const second = router.connect(peer().endpoint, utf8("b"), "DEALER");
    router.end(first);
    assert.equal(router.connect(peer().endpoint, utf8("c"), "DEALER").descriptor, first.descriptor);
    assert.notEqual(second.descriptor, first.descriptor);
  });
});
