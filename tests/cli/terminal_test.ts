// What is different on a terminal: colours, the table, progress, and the keyboard.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Program } from "../support/process.ts";
import { prints } from "../support/prints.ts";
import { type Shell, shellForms, withShell } from "../support/shell.ts";
import { controlC, controlD, runOnTerminal, startOnTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const timeout = 60_000;

const red = "\x1b[31mcallsign:\x1b[0m";
const yellow = "\x1b[33mcallsign:\x1b[0m";
const cyan = "\x1b[36mcallsign:\x1b[0m";
const dim = "\x1b[2mcallsign:\x1b[0m";

/** What takes a line that is redrawn off the screen, and begins it anew. */
const anew = "\r\x1b[K";

/** Runs a script on a terminal, and checks all that shows. */
async function shows(
  shell: Shell,
  script: string,
  wanted: { readonly text: string | RegExp; readonly status?: number },
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { stdout, stderr, status } = await runOnTerminal(shell, script, environment);
  if (wanted.text instanceof RegExp) assert.match(stdout, wanted.text, script);
  else assert.equal(stdout, wanted.text, script);
  assert.deepEqual([stderr, status], ["", wanted.status ?? 0], script);
}

/** A handler that takes longer than a line of progress stands. */
const slow = "sh -c 'cat; sleep 0.06'";

/** One that goes on when it is told to end, and whose child does too. */
const stubborn = '#!/bin/sh\ntrap "" TERM\ntouch begun\nsleep 1000 & wait\nwait\n';

/** Types Ctrl-C to a worker that serves, and waits until the broker knows that it is about to go. */
async function leaveOnce(shell: Shell, worker: Program): Promise<void> {
  worker.write(controlC);
  for (;;) {
    const { stdout } = await shell.run("callsign list stubborn | cut -f 6");
    if (stdout === "1/0") return;
  }
}

for (const form of shellForms) {
  describe(`On a terminal, on ${form.label}`, () => {
    it("the name before what is said has the colour of its gravity", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        await shows(shell, "callsign kick nobody", {
          text: `${red} Nobody is online as "nobody"`,
          status: 69,
        });
        await shows(shell, "callsign list --nope", {
          text: `${red} Unknown flag "--nope"; see callsign list --help`,
          status: 64,
        });
        const ask = `callsign send web-1 x --as ops -c ipc://no.sock -c ${shell.endpoint}`;
        await shows(shell, `${ask} --receipt -vv`, {
          text: [
            `${dim} Asking as ops at ipc://no.sock, ${shell.endpoint}`,
            `${yellow} No broker at ipc://no.sock`,
            `${cyan} Confirmed by 1 of 1 (web-1)`,
          ].join("\n"),
        });
        // It is what stderr is that counts.
        await shows(shell, "callsign kick nobody | cat", {
          text: `${red} Nobody is online as "nobody"`,
        });
      });
    });

    it("there are no colours where they are not wanted, or nobody would see them", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        const plain = { text: 'callsign: Nobody is online as "nobody"', status: 69 };
        await shows(shell, "callsign kick nobody", plain, { NO_COLOR: "1" });
        await shows(shell, "callsign kick nobody", plain, { NO_COLOR: "0" });
        await shows(shell, "callsign kick nobody", plain, { TERM: "dumb" });
        await shows(shell, "callsign kick nobody 2>err; cat err", { ...plain, status: 0 });
        await shows(shell, "callsign kick nobody 2>&1 | cat", { ...plain, status: 0 });
        await shows(shell, "callsign kick nobody --log-json", {
          text: /^\{"time":"[^"]+","level":"error","text":"Nobody is online as \\"nobody\\""\}$/,
          status: 69,
        });
        await prints(shell, "callsign kick nobody", { stderr: plain.text, status: 69 }, {
          TERM: "xterm",
        });
      });
    });

    it("list prints a table, and tabs when it is piped all the same", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        const table = /^NAME {3}ROLE {4}GROUPS .* AGENT\nweb-1 {2}worker {2}- .*\d$/;
        await shows(shell, "callsign list", { text: table });
        await shows(shell, "callsign list 2>/dev/null </dev/null", { text: table });
        await shows(shell, "callsign list | cut -f 1,2", { text: "web-1\tworker" });
        await shows(shell, "callsign list >out; cut -f 1 out", { text: "web-1" });
      });
    });

    it("--lines from a file shows how much of it is done", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker(`box -- ${slow}`);
        shell.file("in", "1\n2\n3\n4\n5\n6\n7\n8\n9\n0\n");
        for (const command of ["request box", "send box --receipt"]) {
          const script = `callsign ${command} --lines --window 1 <in >out`;
          const { stdout, status } = await runOnTerminal(shell, script);
          assert.equal(status, 0);
          const shown = stdout.split(anew);
          // It is taken off the screen at the end.
          assert.deepEqual([shown.shift(), shown.pop()], ["", ""]);
          assert.ok(shown.length >= 3, stdout);
          for (const line of shown) {
            const [, percent, lines] = /^(\d+) %, (\d+) lines, \d+ a second$/.exec(line) ?? [];
            assert.equal(Number(percent), 10 * Number(lines), line);
          }
        }
        await prints(shell, "callsign request box --lines --window 1 <in | tr -d '\\n'", {
          stdout: "1234567890",
        });
      });
    });

    it("bench shows how much of it is done", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker(`box -- ${slow}`);
        const { stdout, status } = await runOnTerminal(
          shell,
          "callsign bench box -n 10 --window 1 >out",
        );
        assert.equal(status, 0);
        const shown = stdout.split(anew);
        assert.deepEqual([shown.shift(), shown.pop()], ["", ""]);
        assert.ok(shown.length >= 3, stdout);
        for (const line of shown) assert.match(line, /^(\d+)0 %, \1 requests, \d+ a second$/);
        assert.match(shell.read("out"), /^10 requests of 20 bytes to box, 1 at once: /);
      });
    });

    it("progress is for who would see it, and wants to", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker(`box -- ${slow}`);
        shell.file("in", "1\n2\n3\n4\n");
        const lines = "callsign request box --lines --window 1";
        const bench = "callsign bench box -n 4 --window 1";
        for (const command of [`${lines} <in`, bench]) {
          for (const flags of ["-q >out", "--log-json >out", ">out 2>err"]) {
            await shows(shell, `${command} ${flags}`, { text: "" });
          }
          assert.equal(shell.read("err"), "");
          await prints(shell, `${command} >out`, {});
        }
        // What comes by a pipe has no end that is known; replies on the screen are enough to see.
        await shows(shell, `cat in | ${lines} >out`, { text: "" });
        await shows(shell, `${lines} <in`, { text: "1\n2\n3\n4" });
      });
    });

    it("what is typed is read up to Ctrl-D, line by line with --lines", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("dots -- sh -c 'cat; echo .'");
        const lines = startOnTerminal(shell, "exec callsign request dots --lines");
        for (const text of ["one", "two"]) {
          lines.write(`${text}\n`);
          await lines.line(new RegExp(`^${text}\\.\r$`));
        }
        lines.write(controlD);
        assert.deepEqual(await lines.ended, { status: 0, signal: null });
        const whole = startOnTerminal(shell, "exec callsign request dots");
        whole.write(`one\ntwo\n${controlD}`);
        await whole.ended;
        assert.deepEqual(whole.lines, ["one\r", "two\r", ".\r"]);
      });
    });

    it("Ctrl-C ends a request with 130, and its handler is told to end", { timeout }, async () => {
      await withShell(form, async (shell) => {
        shell.script(
          "serve",
          "#!/bin/sh\ntrap 'touch told; exit 9' TERM\ntouch begun\nsleep 1000 & wait\n",
        );
        const worker = await shell.worker("slow -v -- ./serve");
        const asker = startOnTerminal(shell, "exec callsign request slow x");
        await prints(shell, "until test -e begun; do :; done", {});
        asker.write(controlC);
        assert.deepEqual(await asker.ended, { status: 130, signal: null });
        assert.deepEqual(asker.lines, []);
        await worker.error(/^callsign: Served client-\w+ \(1\): status 9, \d+ ms/);
        await prints(shell, "ls told", { stdout: "told" });
      });
    });

    it("Ctrl-C ends whatever waits, with 130", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        const waiting: Readonly<Record<string, RegExp>> = {
          "watch": /^Online: web-1/,
          "wait nobody -v": /Missing: nobody/,
          "broker --bind 'tcp://127.0.0.1:*'": /^Broker started/,
          "worker WORKER_A": /^Received reply/,
        };
        for (const [words, sign] of Object.entries(waiting)) {
          const program = startOnTerminal(shell, `exec callsign ${words}`);
          await program.line(sign);
          program.write(controlC);
          assert.deepEqual(await program.ended, { status: 130, signal: null }, words);
        }
        // A worker with a handler has done all it had to.
        const worker = startOnTerminal(shell, "exec callsign worker web-2 --echo");
        await worker.line(/Online as web-2/);
        worker.write(controlC);
        assert.deepEqual(await worker.ended, { status: 0, signal: null });
        // Nothing was asked yet of whom stdin is read for.
        const reader = startOnTerminal(shell, "exec callsign request web-1 --lines");
        reader.write("x\n");
        await reader.line(/^x/);
        reader.write(controlC);
        assert.deepEqual(await reader.ended, { status: 130, signal: null });
      });
    });

    it("Ctrl-C twice ends a worker at once, and nothing of its handler is left", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        shell.script("serve", stubborn);
        const worker = startOnTerminal(shell, "exec callsign worker stubborn -- ./serve");
        await worker.line(/Online as stubborn/);
        const asker = shell.start("exec callsign request stubborn x");
        await prints(shell, "until test -e begun; do :; done", {});
        await leaveOnce(shell, worker);
        worker.write(controlC);
        assert.deepEqual(await worker.ended, { status: 130, signal: null });
        assert.equal((await asker.ended).status, 69);
        assert.deepEqual(asker.errors, [
          'callsign: "stubborn" went away before it answered; it may have done it or not',
        ]);
        // The broker is all there is.
        await until(() => shell.processes().length <= 1);
      });
    });

    it("Ctrl-C twice ends an asker whose broker hangs", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("slow -- sh -c 'touch begun; sleep 1000'");
        const asker = startOnTerminal(shell, "exec callsign request slow x --linger 1h");
        await prints(shell, "until test -e begun; do :; done", {});
        shell.broker.signal("SIGSTOP");
        let hasEnded = false;
        void asker.ended.then(() => hasEnded = true);
        // The second must not come before the first was heard.
        await until(() => {
          asker.write(controlC);
          return hasEnded;
        });
        assert.deepEqual(await asker.ended, { status: 130, signal: null });
        shell.broker.signal("SIGCONT");
      });
    });
  });
}
