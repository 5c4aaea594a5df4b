// `callsign worker NAME -- COMMAND`: how handlers are run, ended, and never left behind.

import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { type Shell, shellForms, withShell } from "../support/shell.ts";
import { until } from "../support/until.ts";

const timeout = 60_000;

/** What a request must come to, all of it. */
async function asks(
  shell: Shell,
  words: string,
  wanted: { stdout?: string; stderr?: string | RegExp; status?: number },
): Promise<void> {
  const { stdout, stderr, status } = await shell.run(`callsign request ${words}`);
  assert.equal(stdout, wanted.stdout ?? "", stderr);
  if (wanted.stderr instanceof RegExp) assert.match(stderr, wanted.stderr);
  else assert.equal(stderr, wanted.stderr ?? "");
  assert.equal(status, wanted.status ?? 0);
}

/** A handler that ignores being told to end, and whose child does too. */
const stubborn = "sh -c 'trap \"\" TERM; touch begun; sleep 1000 & wait; wait'";

for (const form of shellForms) {
  describe(`callsign worker with a command on ${form.label}`, () => {
    it("tells the program who asks, and under which name and id", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker(
          "who -v -- sh -c 'echo $CALLSIGN_NAME $CALLSIGN_FROM $CALLSIGN_ID; pwd'",
        );
        assert.deepEqual(worker.errors, [`callsign: Online as who at ${shell.endpoint}`]);
        await asks(shell, "who --as ops x", { stdout: `who ops 1\n${shell.folder}` });
        await worker.error(/^callsign: Served ops \(1\): status 0, \d+ ms$/);
      });
    });

    it("runs no shell of its own, and keeps each argument as it is", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("args -- printf '<%s>' 'a b' '$HOME' '*' '' --lines -q");
        await asks(shell, "args x", { stdout: "<a b><$HOME><*><><--lines><-q>" });
      });
    });

    it("does not mind a program that leaves its stdin unread, however much is in it", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("deaf -- sh -c 'echo done'");
        await shell.worker("closed -- sh -c 'exec <&-; echo done'");
        for (const peer of ["deaf", "closed"]) {
          const script = `head -c 10000000 /dev/zero | callsign request ${peer}`;
          const { stdout, status } = await shell.run(script);
          assert.deepEqual([stdout, status], ["done", 0]);
        }
      });
    });

    it("reads stdout and stderr while it writes stdin, all at once", { timeout }, async () => {
      await withShell(form, async (shell) => {
        // Each of the three would block the others if they were taken in turn.
        await shell.worker("both -- sh -c 'tee /dev/fd/3 3>&2 2>/dev/null; tail -c 1 </dev/null'");
        await shell.worker("tee -- sh -c 'exec 3>&2; tee copy; cat copy >&2'");
        const script = "head -c 20000000 /dev/urandom >in; " +
          "callsign request tee <in >out 2>err && cmp in out && cmp in err";
        const { stderr, status } = await shell.run(script);
        assert.deepEqual([stderr, status], ["", 0]);
      });
    });

    it("says that a program cannot be started, and why, with 126 or 127", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        shell.file("data", "no program");
        const cases = [
          ["./nowhere", 127, "no such file or directory (ENOENT)"],
          ["not-on-the-path", 127, "no such file or directory (ENOENT)"],
          ["./data", 126, "permission denied (EACCES)"],
        ] as const;
        for (const [program, status, reason] of cases) {
          const text = `Cannot run "${program}": ${reason}`;
          const worker = await shell.worker(`w${status}${program.length} -- ${program} x`);
          await asks(shell, `w${status}${program.length} x`, {
            stderr: `callsign: ${text}`,
            status,
          });
          await worker.error(new RegExp(`status ${status}, .*: Cannot run`));
        }
      });
    });

    it("ends a handler that takes too long, and all it has started", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("slow -t 200ms -- sh -c 'echo part; sleep 1000 & sleep 1000'");
        await asks(shell, "slow x", {
          stdout: "part",
          stderr: "callsign: The handler was ended: it took longer than 200 ms",
          status: 124,
        });
        await until(() => shell.processesOf("sleep").length === 0);
        await shell.worker(`stubborn -t 200ms --kill-after 100ms -- ${stubborn}`);
        await asks(shell, "stubborn x", { stderr: /took longer than 200 ms/, status: 124 });
        await until(() => shell.processesOf("sleep").length === 0);
      });
    });

    it("leaves out what a handler wrote beyond its limit, and says so", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("much --max-output 1000 -- sh -c 'yes; touch never'");
        await shell.worker(
          "just --max-output 1000 -- sh -c 'head -c 600 /dev/zero; head -c 400 /dev/zero >&2'",
        );
        await asks(shell, "much x", {
          stderr:
            "callsign: The handler was ended, and what it wrote left out: more than 1000 bytes",
          status: 65,
        });
        assert.ok(!shell.exists("never"));
        const { stdout } = await shell.run("callsign request just x 2>err | wc -c; wc -c <err");
        assert.equal(stdout, "600\n400");
      });
    });

    it("ends what a handler leaves behind, and does not wait for it", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("leaver -- sh -c 'sleep 1000 & sleep 1000 >/dev/null 2>&1 & echo gone'");
        await asks(shell, "leaver x", { stdout: "gone" });
        await until(() => shell.processesOf("sleep").length === 0);
        // Who has a session of its own is meant to stay; it is not waited for either.
        await shell.worker("stayer -- sh -c 'setsid sleep 1000 & echo gone'");
        await asks(shell, "stayer x", { stdout: "gone" });
        const [pid] = await until(() => {
          const left = shell.processesOf("sleep");
          return left.length === 1 && left;
        });
        process.kill(pid as number, "SIGKILL");
      });
    });

    it("lets what a handler has piped into others come through", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("piper -- bash -c 'echo late > >(sleep 0.05; cat)'");
        await asks(shell, "piper x", { stdout: "late" });
      });
    });

    it("serves as many at once as it is told, and no more", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker(
          "two -j 2 -- sh -c 'read -r n; touch began.$n; until [ -e go ]; do sleep 0.01; done'",
        );
        const asked = shell.start("seq 3 | callsign request two --lines");
        await until(() => shell.exists("began.1") && shell.exists("began.2"));
        const { stdout } = await shell.run("callsign list two");
        assert.equal(stdout.split("\t")[5], "2/2");
        assert.ok(!shell.exists("began.3"));
        shell.file("go", "");
        assert.equal((await asked.ended).status, 0);
        assert.ok(shell.exists("began.3"));
      });
    });

    it("finishes what it serves at SIGTERM, takes nothing more, and ends with 0", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker(
          "w -- sh -c 'touch began; until [ -e go ]; do sleep 0.01; done; echo served'",
        );
        const asked = shell.start("exec callsign request w x");
        await until(() => shell.exists("began"));
        worker.signal("SIGTERM");
        await until(async () => (await shell.run("callsign request w x")).status === 69);
        shell.file("go", "");
        assert.deepEqual([(await asked.ended).status, asked.lines], [0, ["served"]]);
        assert.equal((await worker.ended).status, 0);
      });
    });

    it("ends its handlers when it waits no longer for them", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker(`w --drain 100ms -- ${stubborn}`);
        const asked = shell.start("exec callsign request w x");
        await until(() => shell.exists("begun"));
        assert.equal((await worker.end("SIGTERM")).status, 0);
        assert.equal((await asked.ended).status, 69);
        await until(() => shell.processesOf("sleep").length === 0);
      });
    });

    for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
      it(`leaves no handler behind when it is ended by ${signal}`, { timeout }, async () => {
        await withShell(form, async (shell) => {
          const worker = await shell.worker(`w -j 4 -- ${stubborn}`);
          const lines = shell.start("seq 3 | callsign request w --lines");
          await until(() => shell.processesOf("sleep").length === 3);
          worker.signal(signal);
          if (signal !== "SIGKILL") {
            await worker.error(/^callsign: Ending once 3 requests are served; now if told again$/);
            worker.signal(signal);
          }
          const { status } = await worker.ended;
          assert.equal(status, { SIGKILL: null, SIGTERM: 143, SIGINT: 130 }[signal]);
          assert.equal((await lines.ended).status, 69);
          await until(() => shell.processesOf("sleep").length === 0);
        });
      });
    }

    it("keeps one program for all lines, and starts it again when it ends", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        shell.script(
          "count.sh",
          `#!/bin/sh
echo ready to count >&2
n=0
while read -r line; do
  n=$((n + 1))
  case $line in
    die) exit 5 ;;
    leave) exit 0 ;;
    hang) sleep 1000 ;;
  esac
  echo "$n $line $CALLSIGN_NAME$CALLSIGN_FROM"
done
`,
        );
        const worker = await shell.worker("count --lines -t 300ms -- ./count.sh");
        const died = "callsign: The handler ended with status";
        await asks(shell, "count a", { stdout: "1 a count" });
        await asks(shell, "count b", { stdout: "2 b count" });
        await asks(shell, "count die", { stderr: `${died} 5 before it answered`, status: 5 });
        await asks(shell, "count c", { stdout: "1 c count" });
        await asks(shell, "count leave", { stderr: `${died} 0 before it answered`, status: 70 });
        await asks(shell, "count hang", {
          stderr: "callsign: The handler was ended: it took longer than 300 ms",
          status: 124,
        });
        await asks(shell, "count d", { stdout: "1 d count" });
        const two = await shell.run(String.raw`printf 'a\nb\n' | callsign request count`);
        assert.equal(two.stderr, "callsign: The request is more than one line");
        assert.equal(two.status, 65);
        await asks(shell, "count ''", { stdout: "2  count" });
        assert.equal(worker.errors.filter((line) => line === "ready to count").length, 4);
      });
    });

    it("throws away lines that answer nothing, and says so", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker(
          "noisy --lines -- sh -c 'while read -r a; do echo $a; echo more; done'",
        );
        await asks(shell, "noisy one", { stdout: "one" });
        await worker.error(/^callsign: Threw away 5 bytes of the handler: they answer no line$/);
        await asks(shell, "noisy two", { stdout: "two" });
        await shell.worker(
          "long --lines --max-output 10 -- sh -c 'while read -r a; do printf %s $a; done'",
        );
        await asks(shell, "long 0123456789x", {
          stderr: "callsign: The handler was ended: its line has more than 10 bytes",
          status: 65,
        });
      });
    });

    it("runs as many programs for lines as it is told", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker(
          "pids --lines -j 3 -- sh -c 'while read -r a; do sleep 0.1; echo $$; done'",
        );
        const { stdout } = await shell.run(
          "seq 30 | callsign request pids --lines | sort -u | wc -l",
        );
        assert.equal(stdout.trim(), "3");
      });
    });

    it("serves messages too, and prints what comes of them here", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker(
          'sink -v -- sh -c \'read -r a; echo "$CALLSIGN_FROM: $a"; echo err >&2; [ "$a" != bad ]\'',
        );
        const good = await shell.run("echo good | callsign send sink --receipt --as ops");
        assert.deepEqual([good.status, good.stderr], [0, ""]);
        await worker.line(/^ops: good$/);
        await worker.error(/^err$/);
        const bad = await shell.run("echo bad | callsign send sink --receipt --timeout 500ms");
        assert.equal(bad.status, 124);
        await worker.error(/Cannot take a message from "client-\w+": its handler ended with 1$/);
      });
    });

    it("answers with the request itself when it is to", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker("mirror --echo");
        await asks(shell, "mirror 'a b'", { stdout: "a b" });
        await shell.run("callsign send mirror --receipt seen");
        await worker.line(/^seen$/);
      });
    });

    it("says what is wrong with its words", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const missing = "Missing COMMAND: give it after --, as in callsign worker NAME -- COMMAND";
        const cases: readonly [string, string][] = [
          ["", "Missing NAME; see callsign worker --help"],
          ["w --lines", missing],
          ["w --", "Missing COMMAND after --"],
          ["w -- ''", "Missing COMMAND after --"],
          ["w --echo -- cat", "Cannot use --echo with a command: it answers by itself"],
          [
            "w x -- cat",
            'Unexpected argument "x": callsign worker takes NAME [-- COMMAND [ARGUMENT]...]',
          ],
          ["'w*' -- cat", 'Cannot use "w*" as a name: it has one of * ? [ ], which make a pattern'],
          ["w -j 65536 -- cat", "Cannot use 65536 for --concurrency: give at most 65535"],
          ["w -j 0 -- cat", 'Cannot use "0" for --concurrency: give a whole number from 1'],
          [
            "w -g 'a b' -- cat",
            'Cannot use "a b" as a group: it has a space; use a dash or an underscore',
          ],
        ];
        for (const [words, text] of cases) {
          const { stdout, stderr, status } = await shell.run(`callsign worker ${words}`);
          assert.deepEqual([stdout, stderr, status], ["", `callsign: ${text}`, 64]);
        }
      });
    });

    it("is turned away from a name that another holds, or waits for it", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const first = await shell.worker("w -- echo first");
        const { stderr, status } = await shell.run("callsign worker w -- echo second");
        assert.match(stderr, /^callsign: .*"w"/);
        assert.equal(status, 73);
        const second = shell.start("exec callsign worker w --wait -- echo second");
        await second.error(/waiting until it is free$/);
        await asks(shell, "w x", { stdout: "first" });
        await first.end();
        await second.error(/Online as w/);
        await asks(shell, "w x", { stdout: "second" });
      });
    });

    it("gives its handlers none of its descriptors", { timeout }, async () => {
      await withShell(form, async (shell) => {
        // Those that this test was given itself may go on to all.
        const count = "sh -c 'ls /proc/self/fd | wc -l'";
        const given = Number((await shell.run(count)).stdout);
        await shell.worker(`fds -- ${count}`);
        const has = Number((await shell.run("callsign request fds x")).stdout);
        assert.ok(has >= 4 && has <= given, `${has} descriptors, of which ${given} are no news`);
      });
    });
  });
}
