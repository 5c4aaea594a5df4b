// `callsign watch` in a shell: who comes and goes, told as it happens, for as long as it is wanted.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import type { Program } from "../support/process.ts";
import { prints } from "../support/prints.ts";
import { type Shell, shellForms, withShell } from "../support/shell.ts";

const timeout = 60_000;

// Asked of another program: Deno lets nobody look into /dev who may not do everything.
const hasFull = spawnSync("test", ["-c", "/dev/full"]).status === 0;
const withoutFull = hasFull ? "" : " (not on this system: /dev/full)";

/** Starts one, and waits until it tells of somebody who is there. */
async function watcher(shell: Shell, words: string): Promise<Program> {
  const program = shell.start(`exec callsign watch ${words}`);
  await program.line(/^(Online|\{"event":"online")/);
  return program;
}

/** Lines without what is different each time: what runs, and where it connects from. */
function withoutChance(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line.replace(/ \(callsign\/\S+ \w+ pid \d+\)/, "").replace(" from 127.0.0.1", "")
  );
}

for (const form of shellForms) {
  describe(`callsign watch on ${form.label}`, () => {
    it("tells in lines who is there, comes, goes, is kicked and refused", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        const first = await shell.worker("web-1 --echo");
        const program = await watcher(shell, "'web-*'");
        const { pid } = first;
        const agent = new RegExp(`\\(callsign/[\\d.]+ (bun|deno) pid ${pid}\\)$`);
        assert.match(program.lines[0] ?? "", agent);
        await prints(shell, "callsign worker web-1 --echo", {
          stderr: /^callsign: The name "web-1" is held by /,
          status: 73,
        });
        await program.line(/^Refused/);
        await first.end();
        await program.line(/^Left/);
        const second = await shell.worker("web-2 --echo");
        await program.line(/^Joined: web-2/);
        second.signal("SIGKILL");
        await program.line(/^Left: web-2/);
        await shell.worker("web-3 --echo");
        await prints(shell, "callsign kick web-3", { stdout: "Kicked 1 peer" });
        await program.line(/^Left: web-3/);
        assert.deepEqual(withoutChance(program.lines), [
          "Online: web-1, worker",
          "Refused: web-1, worker: name-taken",
          "Left: web-1, worker: goodbye",
          "Joined: web-2, worker: new",
          "Left: web-2, worker: disconnected",
          "Joined: web-3, worker: new",
          "Left: web-3, worker: kicked",
        ]);
        assert.deepEqual(program.errors, []);
      });
    });

    it("tells who is gone without a word, and is back", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker("web-1 --echo");
        const program = await watcher(shell, "web-1");
        worker.signal("SIGSTOP");
        await program.line(/^Left/);
        worker.signal("SIGCONT");
        await program.count(3);
        assert.deepEqual(withoutChance(program.lines), [
          "Online: web-1, worker",
          "Left: web-1, worker: timed-out",
          "Joined: web-1, worker: new",
        ]);
      }, ["--heartbeat", "400ms", "--gone-after", "1500ms"]);
    });

    it("tells who takes a name over", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const first = await shell.worker("web-1 --echo");
        const program = await watcher(shell, "web-1");
        await shell.worker("web-1 --echo");
        assert.equal((await first.ended).status, 73);
        await program.count(3);
        assert.deepEqual(withoutChance(program.lines), [
          "Online: web-1, worker",
          "Left: web-1, worker: superseded",
          "Joined: web-1, worker: took-over",
        ]);
      }, ["--duplicates", "takeover"]);
    });

    it("tells the same in JSON, an object a line", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const first = await shell.worker("web-1 -g web -j 4 --echo");
        const program = await watcher(shell, "'web-*' --json");
        await program.count(1);
        await shell.run("callsign worker web-1 --echo");
        await program.count(2);
        await first.end();
        await program.count(3);
        await shell.worker("web-2 --echo");
        await shell.run("callsign kick web-2");
        await program.count(5);
        const events = program.lines.map((line) => JSON.parse(line));
        const told = events.map(({ event, reason, name, role, groups, capacity, address }) => {
          return { event, reason, name, role, groups, capacity, address };
        });
        const common = { role: "worker", groups: [], capacity: 1, address: "127.0.0.1" };
        const web1 = { ...common, name: "web-1", groups: ["web"], capacity: 4 };
        const web2 = { ...common, name: "web-2" };
        assert.deepEqual(told, [
          { ...web1, event: "online", reason: undefined },
          { ...common, name: "web-1", event: "refused", reason: "name-taken" },
          // A worker that is about to go takes nothing any more.
          { ...web1, capacity: 0, event: "leave", reason: "goodbye" },
          { ...web2, event: "join", reason: "new" },
          { ...web2, event: "leave", reason: "kicked" },
        ]);
        for (const { event, at, agent } of events) {
          assert.match(agent, /^callsign\/\S+ \w+ pid \d+$/);
          if (event !== "online") assert.ok(Math.abs(at - Date.now()) < 60_000, `${at}`);
        }
      });
    });

    it("tells of whom its pattern means, of all without one, and never of itself", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 -g web --echo");
        const all = await watcher(shell, "");
        const group = await watcher(shell, "@web");
        await shell.worker("db-1 --echo");
        await shell.worker("cart -g web --echo");
        await all.line(/^Joined: cart/);
        await group.line(/^Joined: cart/);
        assert.deepEqual(withoutChance(group.lines), [
          "Online: web-1, worker",
          "Joined: cart, worker: new",
        ]);
        const isOf = (program: Program) => (line: string) => line.includes(`pid ${program.pid})`);
        assert.ok(all.lines.some(isOf(group)), "does not tell of a client");
        assert.ok(!all.lines.some(isOf(all)), "tells of itself");
        const workers = all.lines.filter((line) => !isOf(group)(line));
        assert.deepEqual(withoutChance(workers), [
          "Online: web-1, worker",
          "Joined: db-1, worker: new",
          "Joined: cart, worker: new",
        ]);
      });
    });

    it("waits for a broker, and after another begins with who is there", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        const endpoint = `ipc://${shell.folder}/broker.sock`;
        const serve = async (): Promise<Program> => {
          const broker = shell.start(`exec callsign broker -q --bind ${endpoint}`);
          await broker.line(/^Broker started/);
          return broker;
        };
        const program = shell.start(`exec callsign watch 'web-*' -c ${endpoint}`);
        await program.error(
          new RegExp(`^callsign: No broker at ${endpoint} yet; waiting for it$`),
        );
        const first = await serve();
        await shell.worker(`web-1 --echo -c ${endpoint}`);
        await program.line(/^(Joined|Online): web-1/);
        first.signal("SIGKILL");
        await program.error(
          new RegExp(`^callsign: Lost the connection to ${endpoint}; connecting again$`),
        );
        const before = program.lines.length;
        const second = await serve();
        await program.line(/^(Joined|Online): web-1/, before);
        await second.end();
        await program.error(
          new RegExp(
            `^callsign: (Lost the connection to|The broker at) ${endpoint}.*; connecting again$`,
          ),
        );
        assert.deepEqual(await program.end(), { status: 143, signal: null });
        assert.equal(program.lines.length, before + 1);
      });
    });

    it("ends in silence, with 141, when nobody reads it any more", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        for (const reader of ["head -n 1", "true"]) {
          const program = shell.start(
            `set -o pipefail; callsign watch | { ${reader}; echo seen >&2; }; ` +
              'echo "$?: ${PIPESTATUS[*]}"',
          );
          await program.error(/^seen$/);
          let hasEnded = false;
          void program.ended.then(() => hasEnded = true);
          // Something to tell: who lists comes and goes.
          while (!hasEnded) await shell.run("callsign list");
          assert.deepEqual(program.errors, ["seen"]);
          assert.equal(program.lines.at(-1), "141: 141 0");
          assert.equal(program.lines.length, reader === "true" ? 1 : 2);
        }
      });
    });

    it("goes on quietly where there is no stdout at all", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const program = shell.start("exec callsign watch >&-");
        await prints(shell, "callsign wait 'client-*'; callsign list | wc -l", { stdout: "1" });
        assert.deepEqual(await program.end(), { status: 143, signal: null });
        assert.deepEqual(program.errors, []);
      });
    });

    it(`ends with 69 when what it tells cannot be written${withoutFull}`, {
      timeout,
      skip: withoutFull !== "",
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        await prints(shell, "callsign watch >/dev/full", {
          stderr: "callsign: Cannot write to stdout: ENOSPC",
          status: 69,
        });
      });
    });

    it("ends with 130 at SIGINT and 143 at SIGTERM, and says goodbye", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        const all = await watcher(shell, "");
        for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
          const program = await watcher(shell, "");
          assert.deepEqual(await program.end(signal), { status, signal: null });
          assert.deepEqual(program.errors, []);
          await all.line(new RegExp(`^Left: client-.* pid ${program.pid}\\): goodbye$`));
        }
      });
    });

    it("refuses what cannot be meant, with 64", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const wrong: Readonly<Record<string, string>> = {
          "a b": 'Unexpected argument "b": callsign watch takes [PATTERN]',
          "''": 'Cannot use "" as a peer: it has 0 bytes; give a name, a pattern or @GROUP of 1 ' +
            "to 255",
          "--timeout 1s": 'Unknown flag "--timeout"; see callsign watch --help',
          "-c x": 'Cannot connect "x": it has no transport; write it as tcp://HOST:PORT or ' +
            "ipc://PATH",
        };
        for (const [words, text] of Object.entries(wrong)) {
          const wanted = { stderr: `callsign: ${text}`, status: 64 };
          await prints(shell, `callsign watch ${words}`, wanted);
        }
      });
    });
  });
}
