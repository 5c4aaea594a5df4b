// Plain peers and peers of callsign/1 on one port.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe } from "node:test";
import { vectors } from "../protocol/contract.ts";
import { runToEnd } from "../support/process.ts";
import { assertError, endPrograms, heard, scene, worker } from "./peers/scene.ts";
import { pythonPeer } from "./peers/programs.ts";
import type { Session, Sessions } from "./peers/sessions.ts";

endPrograms();

/** A plain peer that has been answered, and so is registered. */
async function plain(
  sessions: Sessions,
  identity: string | Uint8Array,
  type: "DEALER" | "REQ" = "DEALER",
): Promise<Session> {
  const peer = sessions.openIdentity(identity, type);
  peer.sayFrames(["Hello"]);
  const answer = await peer.hearFrames();
  assert.deepEqual(answer.filter((frame) => frame !== ""), ["ACK: Hello"]);
  return peer;
}

/** What LIST tells of who matches: names and dialects. */
async function listed(session: Session, pattern = "*"): Promise<readonly string[]> {
  const { JSON } = await session.ask({ verb: "LIST", id: "50", pattern });
  const peers = JSON as Record<string, unknown>[];
  return peers.map(({ name, dialect, role }) => `${name} ${dialect} ${role}`).sort();
}

const handed = { status: 1 };

describe("a plain peer", () => {
  scene("is among the others, by its identity or its bytes", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    await plain(sessions, "WORKER_A");
    await plain(sessions, Uint8Array.of(0xff, 0));
    await plain(sessions, "@print");
    await plain(sessions, "ASKER", "REQ");
    assert.deepEqual(await listed(ops), [
      "0x407072696e74 plain plain",
      "0xff00 plain plain",
      "ASKER plain plain",
      "WORKER_A plain plain",
      "ops callsign/1 client",
    ]);
    assert.deepEqual(await listed(ops, "0xff00"), ["0xff00 plain plain"]);
    assert.deepEqual(await listed(ops, "[A-Z]*"), ["ASKER plain plain", "WORKER_A plain plain"]);
  });

  scene("is sent the body alone, and cannot confirm it", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const names = ["WORKER_A", "0xff00"];
    const peers = [
      await plain(sessions, "WORKER_A"),
      await plain(sessions, Uint8Array.of(0xff, 0)),
    ];
    for (const [i, peer] of peers.entries()) {
      const name = names[i] as string;
      const send = { verb: "SEND", id: "1", peer: name };
      ops.say({ ...send, body: ["one", "", "three"] });
      assert.deepEqual(await peer.hearFrames(), ["one", "", "three"]);
      ops.say({ ...send, flags: ["RECEIPT"], body: [] });
      assert.deepEqual(await peer.hearFrames(), [""]);
      assert.deepEqual(await ops.hear(), heard("ACK", 1, { ...handed, peer: name }));
    }
    await ops.isQuiet();
  });

  scene("gets what is sent to all", async ({ sessions }) => {
    const [ops, web] = [await sessions.join("ops"), await sessions.join("web-3", worker)];
    const peer = await plain(sessions, "WORKER_A");
    await plain(sessions, "ASKER", "REQ");
    ops.say({ verb: "SEND", id: "1", flags: ["RECEIPT"], peer: "*", body: ["all"] });
    assert.deepEqual(await peer.hearFrames(), ["all"]);
    const { from } = await web.hear();
    web.say({ verb: "ACK", id: "1", to: from });
    const closing = { peer: "*", JSON: { matched: 2, done: 2 } };
    assert.deepEqual(await ops.hear(), heard("ACK", 1, closing));
  });

  scene("takes no REQUEST, and a REQ peer nothing at all", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    await plain(sessions, "WORKER_A");
    await plain(sessions, "ASKER", "REQ");
    for (const peer of ["WORKER_A", "ASKER"]) {
      const asked = await ops.ask({ verb: "REQUEST", id: "1", peer, body: ["a"] });
      assertError(asked, "not-serving", 1);
    }
    const sent = { verb: "SEND", id: "2", flags: ["RECEIPT"], peer: "ASKER", body: ["a"] };
    assertError(await ops.ask(sent), "not-serving", 2);
    // No worker matches, for there is none.
    const all = { verb: "REQUEST", id: "3", peer: "*", body: ["a"] };
    assertError(await ops.ask(all), "unreachable", 3);
  });

  scene("comes and goes with its connection", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    assert.equal((await ops.ask({ verb: "WATCH", id: "1", pattern: "WORKER_*" })).verb, "ROSTER");
    const event = async (): Promise<string> => {
      const { JSON } = await ops.hear();
      const { event, reason, name, dialect } = JSON as Record<string, unknown>;
      return `${event} ${reason} ${name} ${dialect}`;
    };
    const peer = await plain(sessions, "WORKER_A");
    assert.equal(await event(), "join new WORKER_A plain");
    peer.close();
    assert.equal(await event(), "leave disconnected WORKER_A plain");
  });

  scene("is cut by KICK, and comes back when it speaks", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const peer = await plain(sessions, "WORKER_A");
    const closing = { peer: "WORKER_A", JSON: { matched: 1, done: 1 } };
    const kicked = await ops.ask({ verb: "KICK", id: "1", pattern: "WORKER_A" });
    assert.deepEqual(kicked, heard("ACK", 1, closing));
    const sent = { verb: "SEND", id: "2", peer: "WORKER_A", body: ["a"] };
    assertError(await ops.ask(sent), "unreachable", 2);
    peer.sayFrames(["again"]);
    assert.deepEqual(await peer.hearFrames(), ["ACK: again"]);
    assert.deepEqual(await listed(ops, "W*"), ["WORKER_A plain plain"]);
  });

  scene("and a message held for it find each other", async ({ sessions }) => {
    const ops = await sessions.join("ops");
    const flags = ["RECEIPT", "LIMIT", "HOLD"];
    ops.say({ verb: "SEND", id: "1", flags, peer: "WORKER_A", limit: 60_000, body: ["kept"] });
    assert.equal((await ops.hear()).status, 2);
    const peer = sessions.openIdentity("WORKER_A");
    peer.sayFrames(["Hello"]);
    const said = [await peer.hearFrames(), await peer.hearFrames()].map(([frame]) => frame).sort();
    assert.deepEqual(said, ["ACK: Hello", "kept"]);
    assert.deepEqual(await ops.hear(), heard("ACK", 1, { ...handed, peer: "WORKER_A" }));
  });
});

describe("one name in two dialects", () => {
  scene("belongs to the peer of callsign/1 that was first", async ({ sessions }) => {
    const web = await sessions.join("web-3", { ...worker, agent: "worker.py" });
    const peer = sessions.openIdentity("web-3");
    peer.sayFrames(["Hello", "again"]);
    const [sentence, ...rest] = await peer.hearFrames();
    assert.match(sentence as string, /^ERROR: .*worker\.py/);
    assert.deepEqual(rest, []);
    assert.deepEqual(await listed(web), ["web-3 callsign/1 worker"]);
    await web.ask({ verb: "DISCONNECT" });
    peer.sayFrames(["Hello"]);
    assert.deepEqual(await peer.hearFrames(), ["ACK: Hello"]);
  }, { notices: [/^callsign: Cannot answer web-3: another peer holds its name$/] });

  scene("belongs to the plain peer that was first", async ({ sessions }) => {
    const peer = await plain(sessions, "web-3");
    const session = sessions.open("web-3");
    const { JSON: _, ...refusal } = await session.hello(worker, "1");
    assertError(refusal as never, "name-taken", 1);
    const watcher = await sessions.join("ops");
    assert.equal((await watcher.ask({ verb: "WATCH", id: "2", pattern: "web-*" })).verb, "ROSTER");
    peer.close();
    assert.equal((await watcher.hear()).verb, "EVENT");
    await session.greet(worker);
  });

  scene("is taken over from the plain peer where the broker lets it", async ({ sessions }) => {
    await plain(sessions, "web-3");
    const session = await sessions.join("web-3", worker);
    assert.deepEqual(await listed(session), ["web-3 callsign/1 worker"]);
  }, { args: ["--duplicates", "takeover"] });

  scene("is not meant by an identity of callsign/1 that talks plain", async ({ sessions }) => {
    const session = sessions.open("web-3");
    session.sayFrames(["Hello"]);
    assert.equal((await session.hear()).verb, "ERROR");
    const ops = await sessions.join("ops");
    assert.deepEqual(await listed(ops), ["ops callsign/1 client"]);
  }, { notices: [/^callsign: Cannot answer 0x7765622d331f/] });
});

describe("the seed's worker", () => {
  scene("is answered as ever while others speak callsign/1", async ({ sessions, endpoint }) => {
    const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
    const [command, script] = pythonPeer("seed_worker.py");
    const ended = runToEnd(command, [script, "WORKER_A", endpoint, "0", "100"]);
    for (let i = 0; i < 100; i++) {
      const answer = ops.ask({ verb: "REQUEST", id: `${i}`, peer: "web-3", body: [`${i}`] });
      const { id, from, body } = await web.hear();
      web.say({ verb: "REPLY", id: id as string, to: from, body });
      assert.deepEqual((await answer).body, [`${i}`]);
    }
    const { status, stdout } = await ended;
    assert.equal(status, 0);
    assert.deepEqual(stdout.split("\n"), [
      `Worker WORKER_A started, connecting to ${endpoint}`,
      "Received reply: ACK: Hello from WORKER_A",
      ...Array(99).fill("Received reply: ACK: Working on task...WORKER_A"),
    ]);
  });
});

describe("what looks like a header and is none", () => {
  scene("is answered as plain", async ({ sessions }) => {
    const peer = sessions.openIdentity("WORKER_A");
    for (const { name, frames } of vectors.plain) {
      const said = frames.map((frame) => Buffer.from(frame, "hex"));
      peer.sayFrames(said);
      const at = said.length > 1 && said[0]?.length === 0 ? 1 : 0;
      const answer = said.map((frame, i) =>
        i === at ? Buffer.concat([Buffer.from("ACK: "), frame]) : frame
      );
      const { frames: heard } = await peer.hear();
      assert.deepEqual(heard, answer.map((frame) => frame.toString("hex")), name);
    }
  });
});
