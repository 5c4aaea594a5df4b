// The contract's messages, clause by clause, as peers in Python meet them at our broker.

import assert from "node:assert/strict";
import { describe } from "node:test";
import {
  assertError,
  both,
  endPrograms,
  heard,
  idMax,
  scene,
  serve,
  worker,
} from "./peers/scene.ts";
import type { Message, Session } from "./peers/sessions.ts";

endPrograms();

describe("a session", () => {
  scene("is welcomed, and is told what is asked of it", async ({ sessions }) => {
    const session = sessions.open("wörker-東京");
    const JSON = { role: "worker", instance: "i", colour: ["blue"] };
    const { JSON: welcome, ...rest } = await session.ask({ verb: "HELLO", id: idMax, JSON });
    assert.deepEqual(rest, heard("WELCOME", idMax));
    const { broker, version, ...numbers } = welcome as Record<string, unknown>;
    assert.ok(typeof broker === "string" && broker.length >= 8);
    assert.match(`${version}`, /^\d+\.\d+\.\d+/);
    assert.deepEqual(numbers, {
      heartbeatMs: 5000,
      goneAfterMs: 15_000,
      limitMs: 60_000,
      limitMsMax: 86_400_000,
      messageBytes: 268_435_456,
      frames: 64,
    });
  });

  scene("gets each heartbeat back with its id", async ({ sessions }) => {
    const session = await sessions.join("ops");
    for (const id of ["0", "1", `${2n ** 32n}`, `${2n ** 53n + 1n}`]) {
      assert.deepEqual(await session.ask({ verb: "HEARTBEAT", id }), heard("HEARTBEAT", id));
    }
  });

  scene("must say HELLO before anything else", async ({ sessions }) => {
    const session = sessions.open("ops");
    const others: readonly Message[] = [
      { verb: "HEARTBEAT", id: "1" },
      { verb: "LIST", id: "2" },
      { verb: "REQUEST", id: "3", peer: "web-3", body: ["a"] },
      { verb: "SEND", id: "4", flags: ["RECEIPT"], peer: "web-3", body: ["a"] },
      { verb: "REPLY", id: "5", to: "web-3", body: ["a"] },
      { verb: "KICK", id: "6", pattern: "*" },
    ];
    for (const said of others) {
      assertError(await session.ask(said), "unknown-peer", said.id as string);
    }
    await session.greet();
    await session.isQuiet();
  });

  scene("says goodbye, hears it, and holds its name no longer", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    const goodbye = { verb: "DISCONNECT", id: "7", reason: "going" };
    assert.deepEqual(await web.ask(goodbye), heard("DISCONNECT", 7));
    const asked = await ops.ask({ verb: "REQUEST", id: "1", peer: "web-3", body: [] });
    assertError(asked, "unreachable", 1);
    assertError(await web.ask({ verb: "HEARTBEAT", id: "8" }), "unknown-peer", 8);
    await (await sessions.join("web-3", { ...worker, instance: "another" })).isQuiet();
  });

  scene("hears of the end of the broker", async ({ sessions, broker }) => {
    const web = await sessions.join("web-3", worker);
    broker.signal("SIGTERM");
    const { verb, id } = await web.hear();
    assert.deepEqual([verb, id], ["DISCONNECT", "0"]);
    await broker.ended;
  });

  scene("is answered what it had open before the broker ends", async ({ sessions, broker }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    ops.say({ verb: "REQUEST", id: "1", peer: "web-3", body: [] });
    ops.say({ verb: "REQUEST", id: "2", peer: "web-3", body: ["waits"] });
    const flags = ["RECEIPT", "LIMIT", "HOLD"];
    ops.say({ verb: "SEND", id: "3", flags, limit: 60_000, peer: "nobody", body: ["held"] });
    assert.equal((await ops.hear()).status, 2);
    assert.equal((await web.hear()).verb, "REQUEST");
    broker.signal("SIGTERM");
    const ends = [await ops.hear(), await ops.hear(), await ops.hear()];
    assert.deepEqual(ends.map(({ verb, id }) => `${verb} ${id}`).sort(), [
      "ERROR 1",
      "ERROR 2",
      "ERROR 3",
    ]);
    const codes = ends.sort((a, b) => Number(a.id) - Number(b.id)).map(({ code }) => code);
    assert.equal(codes[0], "lost");
    assert.equal((await ops.hear()).verb, "DISCONNECT");
    await broker.ended;
  });
});

describe("a REQUEST", () => {
  scene("is answered by whoever holds the name, byte for byte", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("wörker-東京", worker), await sessions.join("ops")];
    const bodies = [[], [""], ["hello"], ["", "a\0\xff", ""], ["x".repeat(100_000), "y"]];
    const ids = ["0", "1", `${2n ** 32n}`, `${2n ** 53n + 1n}`, idMax];
    for (const [i, body] of bodies.entries()) {
      const id = ids[i] as string;
      const status = [0, 1, 255, 256, 65_535][i] as number;
      for (const peer of ["wörker-東京", web.identity, "wörk*"]) {
        ops.say({ verb: "REQUEST", id, peer, body });
        assert.deepEqual(await web.hear(), heard("REQUEST", id, { from: ops.identity, body }));
        web.say({ verb: "REPLY", id, status, to: ops.identity, body: ["answer", ...body] });
        const reply = { status, from: web.identity, body: ["answer", ...body] };
        if (peer !== "wörk*") {
          assert.deepEqual(await ops.hear(), heard("REPLY", id, reply));
        } else {
          assert.deepEqual(await ops.hear(), heard("REPLY", id, { ...reply, flags: ["MORE"] }));
          const closing = { peer, JSON: { matched: 1, done: 1 } };
          assert.deepEqual(await ops.hear(), heard("ACK", id, closing));
        }
      }
    }
    await ops.isQuiet();
    await web.isQuiet();
  });

  scene("keeps apart the same id of two who ask", async ({ sessions }) => {
    const web = await sessions.join("web-3", { ...worker, capacity: 2 });
    const askers = [await sessions.join("ops-1"), await sessions.join("ops-2")];
    for (const asker of askers) {
      asker.say({ verb: "REQUEST", id: "1", peer: "web-3", body: [asker.identity] });
    }
    const requests = [await web.hear(), await web.hear()];
    for (const { from } of requests.toReversed()) {
      web.say({ verb: "REPLY", id: "1", to: from, body: [from as string] });
    }
    for (const asker of askers) assert.deepEqual((await asker.hear()).body, [asker.identity]);
  });

  scene("fails by the name of what is wrong", async ({ sessions }) => {
    await sessions.join("web-0", { ...worker, capacity: 0 });
    const ops = await sessions.join("ops");
    const codes: Readonly<Record<string, string>> = {
      "nobody": "unreachable",
      "@nobody": "unreachable",
      "nobody-*": "unreachable",
      "nobody\x1fsssssss1": "unreachable",
      "web-0": "not-serving",
      "ops": "not-serving",
    };
    for (const [peer, code] of Object.entries(codes)) {
      const answer = await ops.ask({ verb: "REQUEST", id: "5", peer, body: ["a"] });
      assertError(answer, code, 5);
      assert.equal(answer.peer, peer);
    }
    await ops.isQuiet();
  });

  scene("waits for room, and its turn", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    for (const id of ["1", "2", "3"]) {
      ops.say({ verb: "REQUEST", id, peer: "web-3", body: [id] });
    }
    for (const id of ["1", "2", "3"]) {
      const request = await web.hear();
      assert.equal(request.id, id);
      // It has one, and is given no other before it has answered.
      await web.isQuiet();
      web.say({ verb: "REPLY", id, to: ops.identity, body: [] });
      assert.equal((await ops.hear()).id, id);
    }
  });

  scene("ends when its time is up: timeout when it was handed over, else expired", async (
    { sessions },
  ) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    const limited = { verb: "REQUEST", flags: ["LIMIT"], peer: "web-3", limit: 200, body: [] };
    ops.say({ ...limited, id: "1" });
    ops.say({ ...limited, id: "2" });
    const [handed, waiting] = await both(ops);
    assertError(handed, "timeout", 1);
    assertError(waiting, "expired", 2);
    assert.equal((await web.hear()).verb, "REQUEST");
    // It is told that nobody waits, keeps its place until it answers, and then is told again.
    assert.deepEqual(await web.hear(), heard("CANCEL", 1, { from: ops.identity }));
    ops.say({ verb: "REQUEST", id: "3", peer: "web-3", body: ["next"] });
    await web.isQuiet();
    const late = { verb: "REPLY", id: "1", to: ops.identity, body: ["late"] };
    assertError(await web.ask(late), "not-waiting", 1);
    await serve(web, ["next"]);
    assert.deepEqual((await ops.hear()).body, ["next"]);
    await ops.isQuiet();
  });

  scene("is lost with its worker, and told at once", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const ends: Readonly<Record<string, (web: Session) => void>> = {
      "gone": (web) => web.close(),
      "leaves": (web) => web.say({ verb: "DISCONNECT" }),
    };
    for (const [callsign, end] of Object.entries(ends)) {
      const web = await sessions.join(callsign, worker);
      ops.say({ verb: "REQUEST", id: "1", peer: callsign, body: [] });
      ops.say({ verb: "REQUEST", id: "2", peer: callsign, body: ["never handed over"] });
      await web.hear();
      end(web);
      const [lost, unreachable] = await both(ops);
      assertError(lost, "lost", 1);
      assertError(unreachable, "unreachable", 2);
    }
  });

  scene("can be cancelled, waiting or handed over", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    ops.say({ verb: "REQUEST", id: "1", peer: "web-3", body: [] });
    ops.say({ verb: "REQUEST", id: "2", peer: "web-3", body: [] });
    await web.hear();
    assertError(await ops.ask({ verb: "CANCEL", id: "2" }), "cancelled", 2);
    await web.isQuiet();
    assertError(await ops.ask({ verb: "CANCEL", id: "1" }), "cancelled", 1);
    assert.deepEqual(await web.hear(), heard("CANCEL", 1, { from: ops.identity }));
    assertError(await ops.ask({ verb: "CANCEL", id: "1" }), "not-waiting", 1);
    const late = { verb: "REPLY", id: "1", to: ops.identity, body: [] };
    assertError(await web.ask(late), "not-waiting", 1);
    await ops.isQuiet();
  });

  scene("is cancelled with its asker, whose answer goes no further", async ({ sessions }) => {
    const web = await sessions.join("web-3", worker);
    const ends: Readonly<Record<string, (session: Session) => void>> = {
      "gone": (session) => session.close(),
      "leaves": (session) => session.say({ verb: "DISCONNECT" }),
    };
    for (const [callsign, end] of Object.entries(ends)) {
      const asker = await sessions.join(callsign);
      asker.say({ verb: "REQUEST", id: "1", peer: "web-3", body: ["handed over"] });
      asker.say({ verb: "REQUEST", id: "2", peer: "web-3", body: ["waits"] });
      const { from } = await web.hear();
      end(asker);
      assert.deepEqual(await web.hear(), heard("CANCEL", 1, { from }));
      await web.isQuiet();
      const late = { verb: "REPLY", id: "1", to: from, body: [] };
      assertError(await web.ask(late), "not-waiting", 1);
      const { JSON } = await web.ask({ verb: "LIST", id: "3", pattern: "web-3" });
      const [told] = JSON as Record<string, unknown>[];
      assert.deepEqual([told?.inFlight, told?.queued], [0, 0]);
    }
  });

  scene("keeps its place behind those that wait, and a SEND as well", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    ops.say({ verb: "REQUEST", id: "1", peer: "web-3", body: ["1"] });
    ops.say({ verb: "REQUEST", id: "2", peer: "web-3", body: ["2"] });
    ops.say({ verb: "SEND", id: "3", peer: "web-3", body: ["3"] });
    ops.say({ verb: "SEND", id: "4", flags: ["RECEIPT"], peer: "web-3", body: ["4"] });
    await serve(web, ["1"]);
    const second = await web.hear();
    const sent = [await web.hear(), await web.hear()];
    assert.deepEqual([second, ...sent].map(({ body }) => body), [["2"], ["3"], ["4"]]);
  });

  scene("finds room when the worker says that it has more", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    for (const id of ["1", "2", "3", "4"]) {
      ops.say({ verb: "REQUEST", id, peer: "web-3", body: [id] });
    }
    assert.equal((await web.hear()).id, "1");
    web.say({ verb: "HELLO", id: "9", JSON: { ...worker, instance: "i", capacity: 3 } });
    assert.equal((await web.hear()).verb, "WELCOME");
    for (const id of ["2", "3"]) assert.equal((await web.hear()).id, id);
    await web.isQuiet();
  });

  scene("needs an id that is not open", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    const request = { verb: "REQUEST", id: "1", peer: "web-3", body: ["one"] };
    ops.say(request);
    assertError(await ops.ask(request), "duplicate-id", 1);
    await serve(web, ["one"]);
    assert.equal((await ops.hear()).verb, "REPLY");
    ops.say(request);
    await serve(web, ["one"]);
    assert.equal((await ops.hear()).verb, "REPLY");
  });

  scene("may have no more than 64 frames, nor more bytes than WELCOME says", async (
    { sessions },
  ) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    const ask = (body: readonly string[]): Promise<Message> =>
      ops.ask({ verb: "REQUEST", id: "1", peer: "web-3", body });
    assertError(await ask(Array(65).fill("")), "too-large", 1);
    assertError(await ask(["x".repeat(600), "x".repeat(401)]), "too-large", 1);
    for (const body of [Array(64).fill("x"), ["x".repeat(600), "x".repeat(400)]]) {
      const answer = ask(body);
      await serve(web, body);
      assert.deepEqual((await answer).body, body);
    }
  }, { args: ["--max-message-bytes", "1000"] });
});

describe("a group", () => {
  scene("is answered by the one who has the fewest requests", async ({ sessions }) => {
    const greeting = { ...worker, groups: ["都", "print"], capacity: 2 };
    const members = [await sessions.join("p-1", greeting), await sessions.join("p-2", greeting)];
    await sessions.join("other", worker);
    const ops = await sessions.join("ops");
    for (const id of ["1", "2", "3", "4"]) {
      ops.say({ verb: "REQUEST", id, peer: "@都", body: [id] });
    }
    for (const member of members) {
      const requests = [await member.hear(), await member.hear()];
      await member.isQuiet();
      for (const { id, from, body } of requests) {
        member.say({ verb: "REPLY", id: id as string, to: from, body });
      }
    }
    const answers = [await ops.hear(), await ops.hear(), await ops.hear(), await ops.hear()];
    assert.deepEqual(answers.map(({ id }) => id).sort(), ["1", "2", "3", "4"]);
  });

  scene("is chosen anew by each HELLO", async ({ sessions }) => {
    const web = await sessions.join("web-3", { ...worker, groups: ["old"] });
    const ops = await sessions.join("ops");
    await web.greet({ ...worker, groups: ["new"] });
    assertError(
      await ops.ask({ verb: "REQUEST", id: "1", peer: "@old", body: [] }),
      "unreachable",
      1,
    );
    ops.say({ verb: "REQUEST", id: "2", peer: "@new", body: ["a"] });
    await serve(web, ["a"]);
    assert.equal((await ops.hear()).verb, "REPLY");
  });
});

describe("a SEND", () => {
  const send = { verb: "SEND", id: "1", body: ["", "note\xff"] };

  scene("arrives, and is not answered", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    for (const peer of ["web-3", web.identity, "web-?"]) {
      ops.say({ ...send, peer });
      assert.deepEqual(await web.hear(), heard("SEND", 1, { from: ops.identity, body: send.body }));
    }
    // A client can be sent to as well.
    web.say({ ...send, peer: "ops", body: [] });
    assert.deepEqual(await ops.hear(), heard("SEND", 1, { from: web.identity, body: [] }));
    await ops.isQuiet();
    await web.isQuiet();
  });

  scene("is answered when it fails, without RECEIPT as well", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    for (const flags of [[], ["RECEIPT"]]) {
      for (const peer of ["nobody", "@nobody", "nobody*"]) {
        assertError(await ops.ask({ ...send, flags, peer }), "unreachable", 1);
      }
    }
  });

  scene("with RECEIPT is confirmed by who has it", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    ops.say({ ...send, id: idMax, flags: ["RECEIPT"], peer: "web-3" });
    const { from, ...rest } = await web.hear();
    assert.deepEqual(rest, heard("SEND", idMax, { flags: ["RECEIPT"], body: send.body }));
    await ops.isQuiet();
    web.say({ verb: "ACK", id: idMax, to: from });
    assert.deepEqual(await ops.hear(), heard("ACK", idMax, { peer: web.identity }));
    assertError(await web.ask({ verb: "ACK", id: idMax, to: from }), "not-waiting", idMax);
  });

  scene("with RECEIPT is lost with the peer, or times out", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    const limited = { ...send, flags: ["RECEIPT", "LIMIT"], limit: 100, peer: "web-3" };
    assertError(await ops.ask(limited), "timeout", 1);
    ops.say({ ...send, flags: ["RECEIPT"], peer: "web-3" });
    assert.equal((await web.hear()).verb, "SEND");
    assert.equal((await web.hear()).verb, "SEND");
    web.close();
    assertError(await ops.hear(), "lost", 1);
  });
});

describe("several peers", () => {
  scene("each answer a REQUEST, and an ACK closes it", async ({ sessions }) => {
    const webs = await Promise.all(
      ["web-1", "web-2", "web-3"].map((it) => sessions.join(it, worker)),
    );
    await sessions.join("other", worker);
    const ops = await sessions.join("web-client");
    ops.say({ verb: "REQUEST", id: "1", peer: "web-*", body: ["all"] });
    const [first, second, third] = webs as [Session, Session, Session];
    await serve(second, ["all"], 2);
    const more = { flags: ["MORE"], body: ["all"] };
    assert.deepEqual(
      await ops.hear(),
      heard("REPLY", 1, { ...more, status: 2, from: second.identity }),
    );
    await first.hear();
    first.close();
    const lost = await ops.hear();
    assertError(lost, "lost", 1, { flags: ["MORE"] });
    assert.equal(lost.peer, first.identity);
    await ops.isQuiet();
    await serve(third, ["all"]);
    assert.deepEqual(await ops.hear(), heard("REPLY", 1, { ...more, from: third.identity }));
    const closing = { peer: "web-*", JSON: { matched: 3, done: 2 } };
    assert.deepEqual(await ops.hear(), heard("ACK", 1, closing));
    await ops.isQuiet();
  });

  scene("are all told when it is cancelled", async ({ sessions }) => {
    const webs = [await sessions.join("web-1", worker), await sessions.join("web-2", worker)];
    const ops = await sessions.join("ops");
    ops.say({ verb: "REQUEST", id: "1", peer: "web-*", body: [] });
    for (const web of webs) assert.equal((await web.hear()).verb, "REQUEST");
    assertError(await ops.ask({ verb: "CANCEL", id: "1" }), "cancelled", 1);
    for (const web of webs) {
      assert.deepEqual(await web.hear(), heard("CANCEL", 1, { from: ops.identity }));
      const late = { verb: "REPLY", id: "1", to: ops.identity, body: [] };
      assertError(await web.ask(late), "not-waiting", 1);
    }
    await ops.isQuiet();
  });

  scene("each get a SEND, and one ACK tells how many confirmed", async ({ sessions }) => {
    const [web, tty] = [await sessions.join("x-web", worker), await sessions.join("x-tty")];
    const ops = await sessions.join("x-ops");
    const send = { verb: "SEND", id: "1", peer: "x-*", body: ["news"] };
    ops.say(send);
    for (const peer of [web, tty]) assert.equal((await peer.hear()).verb, "SEND");
    const flags = ["RECEIPT", "LIMIT"];
    ops.say({ ...send, flags, limit: 60_000 });
    for (const peer of [web, tty]) {
      const { from, id } = await peer.hear();
      peer.say({ verb: "ACK", id: id as string, to: from });
    }
    const closing = { peer: "x-*", JSON: { matched: 2, done: 2 } };
    assert.deepEqual(await ops.hear(), heard("ACK", 1, closing));

    ops.say({ ...send, flags, limit: 200 });
    const { from } = await tty.hear();
    tty.say({ verb: "ACK", id: "1", to: from });
    const late = await ops.hear();
    assertError(late, "timeout", 1, { flags: ["MORE"] });
    assert.equal(late.peer, web.identity);
    assert.deepEqual((await ops.hear()).JSON, { matched: 2, done: 1 });
    await ops.isQuiet();
  });
});

describe("a queue that is full", () => {
  scene("is told to whoever comes next, as busy", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    const ask = { verb: "REQUEST", peer: "web-3", body: ["x".repeat(300)] };
    for (const id of ["1", "2", "3"]) ops.say({ ...ask, id });
    assertError(await ops.ask({ ...ask, id: "4" }), "busy", 4);
    await serve(web, ask.body);
    assert.equal((await ops.hear()).verb, "REPLY");
    // There is room again, for small ones, up to so many bytes.
    assertError(await ops.ask({ ...ask, id: "5", body: ["x".repeat(800)] }), "busy", 5);
    ops.say({ ...ask, id: "6", body: ["x"] });
    await ops.isQuiet();
  }, { args: ["--queue-messages", "2", "--queue-bytes", "1000"] });

  scene("of all that is held", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const flags = ["RECEIPT", "LIMIT", "HOLD"];
    const send = { verb: "SEND", flags, limit: 60_000, body: ["x"] };
    for (const id of ["1", "2"]) {
      assert.equal((await ops.ask({ ...send, id, peer: `web-${id}` })).status, 2);
    }
    assertError(await ops.ask({ ...send, id: "3", peer: "web-3" }), "busy", 3);
    assertError(await ops.ask({ verb: "CANCEL", id: "1" }), "cancelled", 1);
    assert.equal((await ops.ask({ ...send, id: "4", peer: "web-3" })).status, 2);
  }, { args: ["--held-messages", "2"] });

  scene("of all that is open", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    const ask = { verb: "REQUEST", peer: "web-3", body: ["a"] };
    for (const id of ["1", "2"]) ops.say({ ...ask, id });
    assertError(await ops.ask({ ...ask, id: "3" }), "busy", 3);
    await serve(web, ["a"]);
    assert.equal((await ops.hear()).verb, "REPLY");
    ops.say({ ...ask, id: "4" });
    await ops.isQuiet();
  }, { args: ["--open-messages", "2"] });
});

describe("a message that is held", () => {
  const held = { flags: ["LIMIT", "HOLD"], limit: 60_000 };

  scene("waits for its peer, and keeps its order", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const receipt = [...held.flags, "RECEIPT"];
    for (const id of ["1", "2", "3"]) {
      ops.say({ verb: "SEND", id, ...held, flags: receipt, peer: "web-3", body: [id] });
      const told = { status: 2, flags: ["MORE"], peer: "web-3" };
      assert.deepEqual(await ops.hear(), heard("ACK", id, told));
    }
    const web = await sessions.join("web-3", worker);
    for (const id of ["1", "2", "3"]) {
      const said = { flags: ["RECEIPT"], from: ops.identity, body: [id] };
      assert.deepEqual(await web.hear(), heard("SEND", id, said));
      web.say({ verb: "ACK", id, to: ops.identity });
      assert.deepEqual(await ops.hear(), heard("ACK", id, { peer: web.identity }));
    }
  });

  scene("can be a REQUEST, to a group too, and outlives one who came and went", async (
    { sessions },
  ) => {
    const ops = await sessions.join("ops");
    for (const peer of ["web-3", "@print"]) {
      ops.say({ verb: "REQUEST", id: "1", ...held, peer, body: [peer] });
      const told = { status: 2, flags: ["MORE"], peer };
      assert.deepEqual(await ops.hear(), heard("ACK", 1, told));
      const web = await sessions.join("web-3", { ...worker, groups: ["print"] });
      await serve(web, [peer]);
      assert.equal((await ops.hear()).verb, "REPLY");
      await web.ask({ verb: "DISCONNECT" });
    }
  });

  scene("expires, or is cancelled, without having been handed over", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const send = { verb: "SEND", peer: "web-3", body: ["x"] };
    const flags = ["RECEIPT", ...held.flags];
    ops.say({ ...send, id: "1", flags, limit: 100 });
    assert.equal((await ops.hear()).status, 2);
    assertError(await ops.hear(), "expired", 1);
    ops.say({ ...send, id: "2", flags, limit: 60_000 });
    assert.equal((await ops.hear()).status, 2);
    assertError(await ops.ask({ verb: "CANCEL", id: "2" }), "cancelled", 2);
    const web = await sessions.join("web-3", worker);
    await web.isQuiet();
  });
});
