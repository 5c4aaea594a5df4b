// Workers and clients that know nothing of our code, in three languages, with our broker between
// them: the two examples in Python, two programs in C, and one in JavaScript on Node.

import assert from "node:assert/strict";
import path from "node:path";
import { before, describe, it } from "node:test";
import { Program, runToEnd } from "../support/process.ts";
import { executableForms, type Form, root, sourceForms, startBroker } from "../support/programs.ts";
import {
  compilePeer,
  nodePeer,
  pythonPeer,
  startPythonBroker,
  temporaryFolder,
  withoutC,
  withoutNode,
  withoutPython,
} from "./peers/programs.ts";
import { assertError, endPrograms, scene, worker } from "./peers/scene.ts";
import { type Session, Sessions } from "./peers/sessions.ts";

endPrograms();

const timeout = 60_000;
const forms = [...sourceForms, ...executableForms];
const folder = temporaryFolder();
const compiled: Record<string, string> = {};
before(() => {
  if (withoutC !== false) return;
  for (const file of ["worker.c", "client.c"]) [compiled[file]] = compilePeer(file, folder);
});

const [python] = pythonPeer("");
const example = (name: string): string => path.join(root, "examples", name);

/** How a peer is started: the words of its command line. */
interface Peer {
  readonly label: string;
  readonly skip: string | false;
  command(endpoint: string, ...words: readonly string[]): readonly string[];
}

/** Takes a name. */
const workers: readonly Peer[] = [
  {
    label: "examples/worker.py",
    skip: withoutPython,
    command: (endpoint, name) => [python, example("worker.py"), name as string, endpoint],
  },
  {
    label: "a worker in C",
    skip: withoutPython || withoutC,
    command: (endpoint, name) => [compiled["worker.c"] as string, endpoint, name as string],
  },
];

/** Takes a peer, a text, and all but the example a time limit. */
const clients: readonly Peer[] = [
  {
    label: "examples/client.py",
    skip: withoutPython,
    command: (endpoint, peer, text) =>
      [python, example("client.py"), peer, text, endpoint] as string[],
  },
  {
    label: "a client in C",
    skip: withoutPython || withoutC,
    command: (endpoint, ...words) => [compiled["client.c"] as string, endpoint, ...words],
  },
  {
    label: "a client in zeromq.js",
    skip: withoutPython || withoutNode,
    command: (endpoint, ...words) => [...nodePeer("client.js"), endpoint, ...words],
  },
];

function start([command, ...args]: readonly string[]): Program {
  return new Program(command as string, args);
}

/** What a client prints, and how it ends. */
async function run([command, ...args]: readonly string[]): Promise<readonly [number, string]> {
  const { status, stdout, stderr } = await runToEnd(command as string, args);
  return [status as number, stdout || stderr];
}

/** Waits until a name is there. */
async function present(observer: Session, name: string): Promise<void> {
  const { verb, JSON } = await observer.ask({ verb: "WATCH", id: "70", pattern: name });
  assert.equal(verb, "ROSTER");
  let isThere = (JSON as unknown[]).length > 0;
  while (!isThere) isThere = (await observer.hear()).JSON?.["event" as never] === "join";
  assertError(await observer.ask({ verb: "CANCEL", id: "70" }), "cancelled", 70);
}

for (const form of forms) {
  for (const { label, skip, command } of workers) {
    describe(`${label}, with a broker on ${form.label}`, () => {
      const able = clients.filter((client) => client.skip === false);

      it("serves clients in every language", { skip, timeout }, async () => {
        const { broker, endpoint } = await startBroker(form, ["--quiet"]);
        const sessions = new Sessions(endpoint);
        const ops = await sessions.join("ops");
        const names = ["wörker-1", "wörker-東京"];
        const started = names.map((name) => start(command(endpoint, name)));
        for (const name of names) await present(ops, name);
        for (const client of able) {
          const ask = (peer: string, text: string): ReturnType<typeof run> =>
            run(client.command(endpoint, peer, text));
          assert.deepEqual(await ask("wörker-1", "hello, you"), [0, "HELLO, YOU"], client.label);
          assert.deepEqual(await ask("wörker-東京", ""), [0, ""]);
          assert.deepEqual(await ask("wörker-*", "both"), [0, "BOTH\nBOTH"]);
          const [status, text] = await ask("nobody", "hello");
          assert.equal(status, 69);
          assert.match(text, /^unreachable: ./);
        }
        const [first] = started as [Program, Program];
        ops.say({ verb: "SEND", id: "1", flags: ["RECEIPT"], peer: "wörker-1", body: ["a", "b"] });
        const { verb, peer } = await ops.hear();
        assert.deepEqual([verb, `${peer}`.split("\x1f")[0]], ["ACK", "wörker-1"]);
        await first.line(/^a b$/);
        for (const program of started) await program.end();
        await sessions.end();
        await broker.end();
        assert.deepEqual([...started, broker].flatMap(({ errors }) => errors), []);
      });

      it("ends when its name is taken, and when it is kicked", { skip, timeout }, async () => {
        const { broker, endpoint } = await startBroker(form, ["--quiet"]);
        const sessions = new Sessions(endpoint);
        const ops = await sessions.join("ops");
        const first = start(command(endpoint, "web-3"));
        await present(ops, "web-3");
        const second = start(command(endpoint, "web-3"));
        assert.equal((await second.ended).status, 73);
        assert.match(second.errors.join(), /^name-taken/);
        assert.equal((await ops.ask({ verb: "KICK", id: "1", pattern: "web-3" })).verb, "ACK");
        assert.equal((await first.ended).status, 73);
        assert.match(first.errors.join(), /^kicked/);
        await sessions.end();
        await broker.end();
      });
    });
  }
}

describe("a client", () => {
  const statuses = ["0", "1", "42", "255", "300"];

  for (const { label, skip, command } of clients) {
    it(`ends with the status of what it asked for: ${label}`, {
      skip: skip || withoutC,
      timeout,
    }, async () => {
      const { broker, endpoint } = await startBroker(sourceForms[1] as Form, ["--quiet"]);
      const sessions = new Sessions(endpoint);
      const program = start((workers[1] as Peer).command(endpoint, "web-3"));
      await present(await sessions.join("ops"), "web-3");
      for (const status of statuses) {
        const answer = await run(command(endpoint, "web-3", `exit ${status}`));
        assert.deepEqual(answer, [Math.min(Number(status), 255), `EXIT ${status}`]);
      }
      await program.end();
      await sessions.end();
      await broker.end();
    });

    scene(`tells of what became of it: ${label}`, async ({ sessions, endpoint }) => {
      if (skip !== false) return;
      const [web, ops] = [await sessions.join("web-3", worker), await sessions.join("ops")];
      const limit = label.startsWith("examples") ? [] : ["300"];
      const ask = (): ReturnType<typeof run> => run(command(endpoint, "web-3", "hello", ...limit));
      const fails = async (wanted: number, code: RegExp): Promise<void> => {
        const [status, text] = await ask();
        assert.equal(status, wanted, text);
        assert.match(text, code);
      };
      await fails(124, /^timeout: ./);
      // The worker still has that one in hand, and room for no other.
      await fails(124, /^expired: ./);
      const long = { verb: "REQUEST", flags: ["LIMIT"], limit: 60_000, peer: "web-3", body: [] };
      ops.say({ ...long, id: "1" });
      await ops.isQuiet();
      await fails(75, /^busy: ./);
      ops.say({ verb: "KICK", id: "2", pattern: "web-3" });
      assert.equal((await web.hear()).verb, "REQUEST");
    }, { args: ["--limit", "300ms", "--queue-messages", "1"] });
  }

  it("says so when there is no broker", { skip: withoutPython, timeout }, async () => {
    const { broker, endpoint } = await startPythonBroker("mute_broker.py", "tcp://127.0.0.1:*");
    const client = start((clients[0] as Peer).command(endpoint, "web-3", "hello"));
    assert.deepEqual(await client.ended, { status: 69, signal: null });
    assert.deepEqual(client.errors, [`unreachable: no broker answers at ${endpoint}`]);
    await broker.end();
  });
});

describe("examples/worker.py", () => {
  const command = (workers[0] as Peer).command;
  const beats = ["--heartbeat", "200ms", "--gone-after", "3s"];

  scene("gives its name up where it is taken over", async ({ sessions, endpoint }) => {
    const first = start(command(endpoint, "web-3"));
    const ops = await sessions.join("ops");
    await present(ops, "web-3");
    const second = start(command(endpoint, "web-3"));
    assert.equal((await first.ended).status, 73);
    assert.match(first.errors.join(), /^superseded: ./);
    ops.say({ verb: "REQUEST", id: "1", peer: "web-3", body: ["still"] });
    assert.deepEqual((await ops.hear()).body, ["STILL"]);
    await second.end();
  }, { args: ["--duplicates", "takeover"] });

  scene("is gone when it is stopped, and back when it goes on", async ({ sessions, endpoint }) => {
    const program = start(command(endpoint, "web-3"));
    const ops = await sessions.join("ops");
    await present(ops, "web-3");
    await ops.ask({ verb: "WATCH", id: "1", pattern: "web-3" });
    program.signal("SIGSTOP");
    const change = async (): Promise<unknown> => {
      const { JSON } = await ops.hear();
      const { event, reason } = JSON as Record<string, unknown>;
      return [event, reason];
    };
    assert.deepEqual(await change(), ["leave", "timed-out"]);
    program.signal("SIGCONT");
    assert.deepEqual(await change(), ["join", "new"]);
    ops.say({ verb: "REQUEST", id: "2", peer: "web-3", body: ["back"] });
    assert.deepEqual((await ops.hear()).body, ["BACK"]);
    await program.end();
  }, { args: beats });

  scene("outlives an answer that came late", async ({ sessions, endpoint }) => {
    const program = start(command(endpoint, "web-3"));
    const ops = await sessions.join("ops");
    await present(ops, "web-3");
    program.signal("SIGSTOP");
    const request = { verb: "REQUEST", peer: "web-3", body: ["hello"] };
    const limited = { ...request, id: "0", flags: ["LIMIT"], limit: 100 };
    assertError(await ops.ask(limited), "timeout", 0);
    program.signal("SIGCONT");
    assert.deepEqual((await ops.ask({ ...request, id: "1" })).body, ["HELLO"]);
    await program.end();
    assert.deepEqual(program.errors, []);
  });

  for (const form of sourceForms) {
    it(`comes back to a broker that was restarted: ${form.label}`, {
      skip: withoutPython,
      timeout,
    }, async () => {
      const first = await startBroker(form, ["--quiet", ...beats]);
      const { endpoint } = first;
      const program = start(command(endpoint, "web-3"));
      let sessions = new Sessions(endpoint);
      await present(await sessions.join("ops"), "web-3");
      await sessions.end();
      await first.broker.end("SIGKILL");

      const second = await startBroker(form, ["--quiet", ...beats, "--bind", endpoint]);
      sessions = new Sessions(endpoint);
      const ops = await sessions.join("ops");
      await present(ops, "web-3");
      ops.say({ verb: "REQUEST", id: "1", peer: "web-3", body: ["back"] });
      assert.deepEqual((await ops.hear()).body, ["BACK"]);
      await sessions.end();
      await program.end();
      await second.broker.end();
    });
  }

  it("opens a fresh socket when its heartbeats are not answered", {
    skip: withoutPython,
    timeout,
  }, async () => {
    const { broker, endpoint } = await startPythonBroker("mute_broker.py", "tcp://127.0.0.1:*");
    const program = start(command(endpoint, "web-3"));
    const [, session] = (await broker.line(/^web-3 .* says 1$/)).split(" ");
    await broker.line(new RegExp(`^web-3 (?!${session}).* says 1$`));
    assert.ok(broker.lines.includes(`web-3 ${session} says 3`), broker.lines.join("\n"));
    await program.end();
    await broker.end();
  });
});
