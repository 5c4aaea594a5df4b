// Who has which name, who is told of it, and what our broker refuses, as peers in Python meet it.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe } from "node:test";
import { vectors } from "../protocol/contract.ts";
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

describe("who is there", () => {
  /** A peer as ROSTER tells of it, without what changes from run to run. */
  function constant(info: Record<string, unknown>): Record<string, unknown> {
    const { address, since, silentMs, at, ...rest } = info;
    assert.match(`${address}`, /^(127\.0\.0\.1|::1|)$/);
    assert.ok(Math.abs(Date.now() - Number(since)) < 60_000, `since ${since}`);
    assert.ok(Number(silentMs) >= 0 && Number(silentMs) < 60_000, `silent ${silentMs}`);
    assert.ok(at === undefined || Math.abs(Date.now() - Number(at)) < 60_000);
    return rest;
  }
  const info = (name: string, rest: object = {}): Record<string, unknown> => ({
    name,
    dialect: "callsign/1",
    role: "client",
    groups: [],
    capacity: 0,
    inFlight: 0,
    queued: 0,
    agent: "",
    ...rest,
  });
  const byName = (a: { name?: unknown }, b: { name?: unknown }): number =>
    `${a.name}` < `${b.name}` ? -1 : 1;

  async function roster(session: Session, pattern?: string): Promise<unknown[]> {
    const ask = { verb: "LIST", id: idMax, ...(pattern === undefined ? {} : { pattern }) };
    const { JSON, ...rest } = await session.ask(ask);
    assert.deepEqual(rest, heard("ROSTER", idMax));
    return (JSON as Record<string, unknown>[]).map(constant).sort(byName);
  }

  scene("is listed: everybody, a name, a group, a glob", async ({ sessions }) => {
    const greeting = { ...worker, groups: ["都"], capacity: 2, agent: "wörker 1.0 🙂" };
    const [web, ops] = [await sessions.join("web-3", greeting), await sessions.join("ops")];
    for (const id of ["1", "2", "3"]) ops.say({ verb: "REQUEST", id, peer: "web-3", body: [] });
    const told = info("web-3", { ...greeting, inFlight: 2, queued: 1 });
    for (const id of ["1", "2"]) assert.equal((await web.hear()).id, id);
    assert.deepEqual(await roster(ops), [info("ops"), told]);
    assert.deepEqual(await roster(ops, "*"), [info("ops"), told]);
    for (const pattern of ["web-3", "@都", "web-[0-9]"]) {
      assert.deepEqual(await roster(web, pattern), [told]);
    }
    for (const pattern of ["web", "@web", "[!ow]*"]) {
      assert.deepEqual(await roster(web, pattern), []);
    }
  });

  scene("is listed 500 at a time", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const names = Array.from({ length: 501 }, (_, i) => `w-${i}`);
    const joined = names.map((name) => sessions.open(name));
    const greeting = (i: number): object => ({ role: "worker", instance: `${i}` });
    joined.forEach((it, i) => it.say({ verb: "HELLO", JSON: greeting(i) }));
    for (const session of joined) assert.equal((await session.hear()).verb, "WELCOME");
    const first = await ops.ask({ verb: "LIST", id: "1", pattern: "w-*" });
    const second = await ops.hear();
    const parts = [first, second].map(({ JSON }) => JSON as { name: string }[]);
    assert.deepEqual([first.flags, second.flags], [["MORE"], []]);
    assert.deepEqual(parts.map((part) => part.length), [500, 1]);
    assert.deepEqual(parts.flat().map(({ name }) => name).sort(), names.sort());
    // So many at once may take a slow machine longer than one alone is given.
  }, { args: ["--register-within", "60s"] });

  scene("is told as it changes, until CANCEL", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const old = await sessions.join("web-0", worker);
    const { JSON, ...rest } = await ops.ask({ verb: "WATCH", id: "1", pattern: "web-*" });
    assert.deepEqual(rest, heard("ROSTER", 1));
    assert.deepEqual((JSON as Record<string, unknown>[]).map(({ name }) => name), ["web-0"]);
    const event = async (): Promise<unknown> => {
      const { JSON, ...rest } = await ops.hear();
      assert.deepEqual(rest, heard("EVENT", 1));
      return constant(JSON as Record<string, unknown>);
    };
    const told = info("web-3", { role: "worker", capacity: 1 });
    await sessions.join("other", worker);

    const web = await sessions.join("web-3", worker);
    assert.deepEqual(await event(), { event: "join", reason: "new", ...told });
    await web.ask({ verb: "DISCONNECT" });
    assert.deepEqual(await event(), { event: "leave", reason: "goodbye", ...told });
    const again = await sessions.join("web-3", { ...worker, instance: "one" });
    assert.deepEqual(await event(), { event: "join", reason: "new", ...told });
    const second = sessions.open("web-3");
    await second.hello({ ...worker, instance: "two", agent: "2" });
    const turnedAway = { event: "refused", reason: "name-taken", ...told, agent: "2" };
    assert.deepEqual(await event(), turnedAway);
    const resumed = await sessions.join("web-3", { ...worker, instance: "one" });
    assert.deepEqual(await event(), { event: "join", reason: "resumed", ...told });
    again.close();
    resumed.close();
    assert.deepEqual(await event(), { event: "leave", reason: "disconnected", ...told });

    assertError(await ops.ask({ verb: "CANCEL", id: "1" }), "cancelled", 1);
    old.close();
    const late = await sessions.join("web-9", worker);
    await late.ask({ verb: "DISCONNECT" });
    await ops.isQuiet();
  });

  scene("can be watched 16 times by one session", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const watch = (id: number): Promise<Message> => ops.ask({ verb: "WATCH", id: `${id}` });
    for (let id = 1; id <= 16; id++) assert.equal((await watch(id)).verb, "ROSTER");
    assertError(await watch(17), "busy", 17);
    assertError(await watch(16), "duplicate-id", 16);
    assertError(await ops.ask({ verb: "CANCEL", id: "3" }), "cancelled", 3);
    assert.equal((await watch(17)).verb, "ROSTER");
  });

  scene("and what they did is counted", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    ops.say({ verb: "REQUEST", id: "1", peer: "web-3", body: ["a"] });
    await serve(web, ["a"]);
    await ops.hear();
    await ops.ask({ verb: "REQUEST", id: "2", peer: "nobody", body: ["a"] });
    const { JSON, ...rest } = await ops.ask({ verb: "STATS", id: "3" });
    assert.deepEqual(rest, heard("REPORT", 3));
    const report = JSON as Record<string, unknown>;
    const { workers, clients, plain, open, queued } = report;
    assert.deepEqual({ workers, clients, plain, open, queued }, {
      workers: 1,
      clients: 1,
      plain: 0,
      open: 0,
      queued: 0,
    });
    const { requests, failed } = report.counts as Record<string, unknown>;
    assert.deepEqual({ requests, failed }, { requests: 2, failed: { unreachable: 1 } });
  });
});

describe("a KICK", () => {
  scene("ends whoever matches, and they may not come back", async ({ sessions }) => {
    const webs = [await sessions.join("web-1", worker), await sessions.join("web-2", worker)];
    const ops = await sessions.join("ops");
    const closing = { peer: "web-*", JSON: { matched: 2, done: 2 } };
    const kick = { verb: "KICK", id: "1", pattern: "web-*" };
    assert.deepEqual(await ops.ask(kick), heard("ACK", 1, closing));
    for (const web of webs) {
      assertError(await web.hear(), "kicked", 0);
      // The socket connects anew by itself, and hears the same again, whatever it says.
      assertError(await web.ask({ verb: "HEARTBEAT", id: "8" }), "kicked", 8);
      const again = { verb: "HELLO", id: "9", JSON: { ...worker, instance: "i" } };
      assertError(await web.ask(again), "kicked", 9);
    }
    assertError(await ops.ask(kick), "unreachable", 1);
    // The name is free.
    await (await sessions.join("web-1", { ...worker, instance: "another" })).isQuiet();
  });

  scene("may end the very one who says it", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const closing = { peer: "*", JSON: { matched: 1, done: 1 } };
    assert.deepEqual(
      await ops.ask({ verb: "KICK", id: "1", pattern: "*" }),
      heard("ACK", 1, closing),
    );
    assertError(await ops.hear(), "kicked", 0);
  });

  scene("ends what the worker had in hand", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    ops.say({ verb: "REQUEST", id: "1", peer: "web-3", body: [] });
    await web.hear();
    ops.say({ verb: "KICK", id: "2", pattern: "web-3" });
    const [lost, kicked] = await both(ops);
    assertError(lost, "lost", 1);
    assert.deepEqual(kicked, heard("ACK", 2, { peer: "web-3", JSON: { matched: 1, done: 1 } }));
  });
});

describe("a name", () => {
  const one = { ...worker, instance: "one", agent: "wörker 1" };

  scene("is refused to a second holder, who is told of the first", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", one), await sessions.join("ops")];
    const second = sessions.open("web-3");
    const { JSON, ...refusal } = await second.hello({ instance: "other" }, "3");
    assertError(refusal as Message, "name-taken", 3);
    const { holder, address, since } = JSON as Record<string, unknown>;
    assert.deepEqual([holder, address], ["wörker 1", "127.0.0.1"]);
    assert.ok(Math.abs(Date.now() - Number(since)) < 60_000);
    assertError(await second.ask({ verb: "HEARTBEAT", id: "4" }), "unknown-peer", 4);
    ops.say({ verb: "REQUEST", id: "1", peer: "web-3", body: ["still"] });
    await serve(web, ["still"]);
    assert.equal((await ops.hear()).from, web.identity);
    await web.ask({ verb: "DISCONNECT" });
    await second.greet();
  });

  scene("is taken over where the broker lets it", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", one), await sessions.join("ops")];
    ops.say({ verb: "REQUEST", id: "1", peer: "web-3", body: [] });
    await web.hear();
    const second = await sessions.join("web-3", { ...worker, instance: "other" });
    assertError(await ops.hear(), "lost", 1);
    assertError(await web.hear(), "superseded", 0);
    const again = { verb: "HELLO", id: "9", JSON: one };
    assertError(await web.ask(again), "superseded", 9);
    ops.say({ verb: "REQUEST", id: "2", peer: "web-3", body: ["new"] });
    await serve(second, ["new"]);
    assert.equal((await ops.hear()).from, second.identity);
  }, { args: ["--duplicates", "takeover"] });

  scene("stays with its instance on a fresh socket", async ({ sessions }) => {
    const [web, ops] = [await sessions.join("web-3", one), await sessions.join("ops")];
    ops.say({ verb: "REQUEST", id: "1", peer: "web-3", body: [] });
    await web.hear();
    const fresh = await sessions.join("web-3", one);
    assertError(await ops.hear(), "lost", 1);
    ops.say({ verb: "REQUEST", id: "2", peer: "web-3", body: ["new"] });
    await serve(fresh, ["new"]);
    assert.equal((await ops.hear()).from, fresh.identity);
  });

  scene("must be one, and an identity of the right form", async ({ sessions }) => {
    const { frames: hello } = vectors.messages.find(({ means }) => means.verb === "HELLO") ??
      assert.fail();
    for (const { name, hex, callsign } of vectors.identities) {
      // libzmq lets no peer have a longer one, or one that begins with a zero byte.
      if (hex.length > 2 * 255 || hex.startsWith("00")) continue;
      const session = sessions.openIdentity(Buffer.from(hex, "hex"));
      session.sayFrames(hello.map((frame) => Buffer.from(frame, "hex")));
      const answer = await session.hear();
      if (callsign === null) assertError(answer, "bad-identity", answer.id as string);
      else assert.equal(answer.verb, "WELCOME", name);
    }
  });
});

describe("what is not as the contract says", () => {
  scene("is refused with the code of its vector", async ({ sessions }) => {
    const session = await sessions.join("ops");
    const wrong: object[] = [];
    for (const { name, frames, code } of vectors.refused) {
      session.sayFrames(frames.map((frame) => Buffer.from(frame, "hex")));
      const { verb, id, ...answer } = await session.hear();
      const expected = Buffer.from(frames[0] as string, "hex").readBigUInt64LE(8);
      if (verb !== "ERROR" || answer.code !== code || id !== `${expected}`) {
        wrong.push({ name, wanted: code, verb, id, ...answer });
      }
    }
    assert.deepEqual(wrong, []);
    await session.isQuiet();
  });
});
