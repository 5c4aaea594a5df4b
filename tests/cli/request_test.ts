// `callsign request` as a shell sees it: what goes in, what comes out, and with which status.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { hasFields } from "../support/fields.ts";
import { refusingEndpoint } from "../support/ports.ts";
import { type Shell, shellForms, withShell } from "../support/shell.ts";
import { until } from "../support/until.ts";

const timeout = 60_000;

/** Says on both streams what it was asked, and ends with 3. */
const talker = `#!/bin/sh
printf 'out:'; cat
echo "err of $CALLSIGN_NAME" >&2
exit 3
`;

/** What a script must print, all of it, and its status. */
async function prints(
  shell: Shell,
  script: string,
  wanted: { stdout?: string; stderr?: string | RegExp; status?: number },
): Promise<void> {
  const { stdout, stderr, status } = await shell.run(script);
  assert.equal(stdout, wanted.stdout ?? "", stderr);
  if (wanted.stderr instanceof RegExp) assert.match(stderr, wanted.stderr);
  else assert.equal(stderr, wanted.stderr ?? "");
  assert.equal(status, wanted.status ?? 0);
}

const jsonLines = (text: string): Record<string, unknown>[] =>
  text.split("\n").map((line) => JSON.parse(line));

for (const form of shellForms) {
  describe(`callsign request on ${form.label}`, () => {
    it("prints the reply, what was said of errors, and ends with the status", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        shell.script("talk.sh", talker);
        await shell.worker("web-3 -- ./talk.sh");
        await prints(shell, "echo hello | callsign request web-3", {
          stdout: "out:hello",
          stderr: "err of web-3",
          status: 3,
        });
        // Each stream by itself, and no byte more or less than the program wrote.
        await prints(shell, "callsign request web-3 a 'b  c' d 2>/dev/null | od -An -c", {
          stdout: "   o   u   t   :   a       b           c       d",
        });
        await prints(shell, "callsign request web-3 x 2>&1 >/dev/null", {
          stdout: "err of web-3",
          status: 3,
        });
      });
    });

    it("reads stdin without words and for a dash, and else leaves it alone", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("cat --echo");
        await prints(shell, "printf a | callsign request cat", { stdout: "a" });
        await prints(shell, "printf a | callsign request cat -", { stdout: "a" });
        await prints(shell, "callsign request cat '' </dev/null", {});
        await prints(shell, "callsign request cat -- --lines -x", { stdout: "--lines -x" });
        const loop = "printf '1\\n2\\n' | while read -r n; do callsign request cat $n; echo; done";
        await prints(shell, loop, { stdout: "1\n2" });
        await prints(shell, "callsign request cat <&-", {});
      });
    });

    it("passes every status on", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("exit -- sh -c 'read -r n; exit \"$n\"'");
        for (const status of [0, 1, 64, 69, 124, 130, 255]) {
          await prints(shell, `echo ${status} | callsign request exit`, { status });
        }
        await shell.worker("killed -- sh -c 'kill -SEGV $$'");
        await prints(shell, "callsign request killed x", { status: 139 });
        const script = "set -euo pipefail; echo 0 | callsign request exit; echo on; " +
          "echo 9 | callsign request exit; echo never";
        await prints(shell, script, { stdout: "on", status: 9 });
      });
    });

    it("tells in JSON how it ended, text and bytes", { timeout }, async () => {
      await withShell(form, async (shell) => {
        shell.script("talk.sh", talker);
        await shell.worker("web-3 -- ./talk.sh");
        const { stdout, status } = await shell.run(
          "printf hello | callsign request web-3 --json; " +
            String.raw`printf '\377\0' | callsign request web-3 --json; ` +
            "callsign request nobody --json x",
        );
        const stderr = "err of web-3\n";
        assert.deepEqual(jsonLines(stdout), [
          { outcome: "replied", from: "web-3", status: 3, stdout: "out:hello", stderr },
          { outcome: "replied", from: "web-3", status: 3, stdoutBase64: "b3V0Ov8A", stderr },
          { outcome: "unreachable", from: "nobody", error: 'Nobody is online as "nobody"' },
        ]);
        assert.equal(status, 69);
      });
    });

    it("fails with a reason and a status of its own when there is no reply", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        await prints(shell, "callsign request nobody x", {
          stderr: 'callsign: Nobody is online as "nobody"',
          status: 69,
        });
        await prints(shell, "callsign request @nobody x", { stderr: /^callsign: .*/, status: 69 });
        await prints(shell, "callsign request 'no*' x", { stderr: /^callsign: .*/, status: 69 });
        await prints(shell, "callsign request 'no*' --all x", {
          stderr: /^callsign: .*/,
          status: 69,
        });
        await shell.worker("slow -- sleep 100");
        await prints(shell, "callsign request slow --timeout 100ms x", {
          stderr: 'callsign: "slow" did not answer in time; it may have done it or not',
          status: 124,
        });
        await prints(shell, "callsign request '' x", {
          stderr: 'callsign: Cannot use "" as a peer: it has 0 bytes; give a name, a pattern or ' +
            "@GROUP of 1 to 255",
          status: 64,
        });
        await prints(shell, "callsign request", {
          stderr: "callsign: Missing PEER; see callsign request --help",
          status: 64,
        });
        await prints(shell, "callsign request slow --timeout 0 x", {
          stderr: "callsign: Cannot use 0s for --timeout: give a time above 0 and up to 24h",
          status: 64,
        });
        await prints(shell, "callsign request slow --timeout 25h x", {
          stderr: "callsign: Cannot use 90000s for --timeout: give a time above 0 and up to 24h",
          status: 64,
        });
        await prints(shell, "callsign request slow --lines x", {
          stderr: "callsign: Cannot use --lines with a body: its lines are read from stdin",
          status: 64,
        });
      });
    });

    it("tells at once that there is no broker, and waits for one when it is to", {
      timeout,
    }, async () => {
      const nowhere = await refusingEndpoint();
      await withShell(form, async (shell) => {
        await shell.worker("cat --echo");
        await prints(shell, `callsign request cat x --connect ${nowhere}`, {
          stderr: `callsign: Cannot reach a broker: No broker at ${nowhere}; start one with ` +
            "callsign broker, or say where it is with --connect",
          status: 69,
        });
        const failover = `callsign request cat x -c ${nowhere} -c "$CALLSIGN_CONNECT"`;
        await prints(shell, failover, {
          stdout: "x",
          stderr: `callsign: No broker at ${nowhere}`,
        });
        const variable = `CALLSIGN_CONNECT="${nowhere} $CALLSIGN_CONNECT"`;
        await prints(shell, `${variable} callsign request cat x --quiet`, { stdout: "x" });
        const endpoint = `ipc://${shell.folder}/later`;
        const asked = shell.start(
          `callsign request cat hi --wait --connect ${endpoint}`,
        );
        await asked.error(/yet; waiting for it$/);
        const broker = shell.start(`exec callsign broker --bind ${endpoint}`);
        await broker.line(/^Joined: client-/);
        await shell.worker(`cat --echo --connect ${endpoint}`);
        assert.deepEqual((await asked.ended).status, 0);
        assert.deepEqual(asked.lines, ["hi"]);
      });
    });

    it(
      "waits for a peer when it is to, by name, by group and by pattern",
      { timeout },
      async () => {
        await withShell(form, async (shell) => {
          const asked = ["late", "@crew", "la*"].map((peer) =>
            shell.start(`callsign request '${peer}' --wait --as ask-${peer.length} hi`)
          );
          for (const name of ["ask-3", "ask-4", "ask-5"]) {
            await shell.broker.line(new RegExp(`^Joined: ${name}`));
          }
          await shell.worker("late --echo --group crew");
          for (const one of asked) {
            assert.equal((await one.ended).status, 0);
            assert.deepEqual(one.lines, ["hi"]);
          }
        });
      },
    );

    it("waits once for a pattern, however many lines there are", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const asked = shell.start("seq 40 | callsign request 'la*' --wait --lines --as asker");
        await shell.broker.line(/^Joined: asker/);
        await shell.worker("late --echo");
        assert.equal((await asked.ended).status, 0);
        assert.deepEqual([asked.lines.length, asked.errors], [40, []]);
      });
    });

    it("asks one of a group, and all of a group or a pattern by name", { timeout }, async () => {
      await withShell(form, async (shell) => {
        shell.script("talk.sh", talker);
        await shell.worker("web-1 -g web -- sh -c 'echo one; echo more'");
        await shell.worker("web-2 -g @web -- ./talk.sh");
        await shell.worker("db-1 -- true");
        const { stdout } = await shell.run("callsign request @web x 2>/dev/null");
        assert.match(stdout, /^(one\nmore|out:x)$/);
        for (const peer of ["@web", "web-*"]) {
          const all = await shell.run(`callsign request '${peer}' --all x | sort`);
          assert.equal(all.stdout, "web-1: more\nweb-1: one\nweb-2: out:x");
          assert.equal(all.stderr, "web-2: err of web-2");
          const bare = await shell.run(`callsign request '${peer}' --all --bare x 2>&1 | sort`);
          assert.equal(bare.stdout, "err of web-2\nmore\none\nout:x");
          const worst = await shell.run(`callsign request '${peer}' --all x >/dev/null`);
          assert.equal(worst.status, 3);
        }
        const json = await shell.run("callsign request '*' -a --json x");
        const names = jsonLines(json.stdout).map(({ from }) => from).sort();
        assert.deepEqual(names, ["db-1", "web-1", "web-2"]);
      });
    });

    it("takes the first reply to a pattern, and tells the others to stop", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        const slow = await shell.worker(
          "web-1 -v -- sh -c 'trap \"exit 7\" TERM; touch begun; sleep 100 & wait'",
        );
        await shell.worker("web-2 -- sh -c 'until [ -e begun ]; do sleep 0.01; done; echo two'");
        await prints(shell, "callsign request 'web-*' x", { stdout: "two" });
        await slow.error(/status 7/);
      });
    });

    it("asks for each line, and prints the replies in order or as they come", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("up --lines -- sed -u s/a/A/");
        await prints(shell, "printf 'a\\n\\nb a\\nend' | callsign request up --lines", {
          stdout: "A\n\nb A\nend",
        });
        await prints(shell, "callsign request up --lines </dev/null", {});
        // The first to be asked waits for the second to be answered.
        await shell.worker(
          "turn -j 2 -- sh -c 'read -r n; " +
            "if [ $n = 1 ]; then until [ -e two ]; do sleep 0.01; done; else touch two; fi; echo $n'",
        );
        await prints(shell, "seq 2 | callsign request turn --lines", { stdout: "1\n2" });
        await shell.worker(
          "hold -j 2 -- sh -c 'read -r n; [ $n = 2 ] || until [ -e go ]; do sleep 0.01; done; echo $n'",
        );
        const unordered = shell.start("seq 2 | callsign request hold --lines --unordered");
        await unordered.line(/^2$/);
        shell.file("go", "");
        await unordered.ended;
        assert.deepEqual(unordered.lines, ["2", "1"]);
        const nul = String
          .raw`printf 'a\nb\0c\0' | callsign request cat --lines --null | tr '\0' '|'`;
        await shell.worker("cat --echo");
        await prints(shell, nul, { stdout: "a\nb|c|" });
      });
    });

    it("prints a reply as soon as it is there, however long the next line takes", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("cat --echo");
        const asked = shell.start("exec callsign request cat --lines");
        for (const line of ["one", "two"]) {
          asked.write(`${line}\n`);
          await asked.line(new RegExp(`^${line}$`));
        }
        asked.endInput();
        assert.equal((await asked.ended).status, 0);
      });
    });

    it("tells of each line that failed, goes on, and ends with the highest status", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("odd -- sh -c 'read -r n; echo $n; exit $((n % 2))'");
        await prints(shell, "seq 4 | callsign request odd --lines", {
          stdout: "1\n2\n3\n4",
          status: 1,
        });
        await prints(shell, "seq 2 | callsign request nobody --lines", {
          stderr: ["1", "2"].map((line) => `callsign: Line ${line}: Nobody is online as "nobody"`)
            .join("\n"),
          status: 69,
        });
        const { stdout } = await shell.run("seq 2 | callsign request odd --lines --json");
        assert.deepEqual(jsonLines(stdout), [
          { line: 1, outcome: "replied", from: "odd", status: 1, stdout: "1\n" },
          { line: 2, outcome: "replied", from: "odd", status: 0, stdout: "2\n" },
        ]);
      });
    });

    it("has no more lines under way than its window", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker(
          "slow -j 8 -- sh -c 'read -r n; touch b.$n; until [ -e go ]; do sleep 0.01; done'",
        );
        const asked = shell.start("seq 6 | callsign request slow --lines --window 2");
        await until(() => shell.exists("b.1") && shell.exists("b.2"));
        const { stdout } = await shell.run("callsign stats --json");
        hasFields(JSON.parse(stdout), { open: 2 });
        shell.file("go", "");
        assert.equal((await asked.ended).status, 0);
      });
    });

    it("gives up at the line at which there is no broker any more", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("cat --echo");
        const asked = shell.start("exec callsign request cat --lines");
        asked.write("one\n");
        await asked.line(/^one$/);
        await shell.broker.end();
        asked.write("two\nthree\n");
        await asked.error(/^callsign: Line 2: Cannot reach a broker: /);
        asked.write("four\n");
        assert.equal((await asked.ended).status, 69);
        assert.match(
          asked.errors.at(-1) ?? "",
          /^callsign: Gave up after line [23]: no other was asked$/,
        );
      });
    });

    it("passes bodies of any size and any bytes on as they are", { timeout: 120_000 }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("cat -- cat");
        await shell.worker("echo --echo");
        for (const bytes of [0, 1, 2 ** 20, 2 ** 28]) {
          const body = randomBytes(Math.min(bytes, 2 ** 20));
          const parts = Math.max(1, bytes / 2 ** 20);
          shell.file("part", body);
          const wanted = createHash("sha256");
          for (let i = 0; i < parts; i++) wanted.update(body);
          const repeat = `for i in $(seq ${parts}); do cat part; done`;
          // The largest only once: it takes a second or two.
          for (const peer of bytes < 2 ** 28 ? ["cat", "echo"] : ["cat"]) {
            const script = `set -o pipefail; (${repeat}) | callsign request ${peer} | sha256sum`;
            const { stdout, stderr, status } = await shell.run(script);
            assert.equal(status, 0, stderr);
            assert.equal(stdout.slice(0, 64), wanted.copy().digest("hex"), `${bytes} bytes`);
          }
        }
      });
    });

    it("refuses a body that is too large for the broker, with 65", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("cat --echo");
        await prints(shell, "head -c 1001 /dev/zero | callsign request cat", {
          stderr: /^callsign: Cannot ask "cat": the body has 1001 bytes in 1 frames; /,
          status: 65,
        });
      }, ["--max-message-bytes", "1000"]);
    });

    it("is known by the name it is given, and refused one that another has", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("who -- sh -c 'echo $CALLSIGN_FROM'");
        await prints(shell, "callsign request who --as me x", { stdout: "me" });
        await prints(shell, "callsign request who --as who x", {
          stderr: /^callsign: .*"who"/,
          status: 73,
        });
        await prints(shell, "callsign request who --as 'a b' x", {
          stderr: /^callsign: Cannot use "a b" as a name: /,
          status: 64,
        });
      });
    });

    it("ends with 130 or 143 when it is told to, and ends the handler", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const slow = await shell.worker(
          "slow -v -- sh -c 'trap \"exit 7\" TERM; sleep 100 & wait'",
        );
        for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
          const before = slow.errors.length;
          for (const words of ["x", "--lines"]) {
            const asked = shell.start(`exec callsign request slow ${words} --as asker`);
            asked.write("line\n");
            await until(() => shell.processesOf("sleep").length === 1);
            asked.signal(signal);
            assert.equal((await asked.ended).status, status);
            assert.deepEqual([asked.lines, asked.errors], [[], []]);
            await until(() => shell.processesOf("sleep").length === 0);
          }
          await until(() => slow.errors.length === before + 2);
        }
      });
    });

    it("ends quietly when nobody reads its output", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("big -- head -c 10000000 /dev/zero");
        await prints(shell, "callsign request big x | head -c 1 | wc -c; echo ${PIPESTATUS[0]}", {
          stdout: "1\n141",
        });
        await prints(shell, "callsign request big x >&-", { status: 0 });
        await prints(shell, "callsign request big x >/dev/full", {
          stderr: "callsign: Cannot write to stdout: ENOSPC",
          status: 69,
        });
      });
    });
  });
}
