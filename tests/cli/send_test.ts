// `callsign send` in a shell: who gets it, who is told when nobody does, and with which status.

import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { refusingEndpoint } from "../support/ports.ts";
import { jsonLines, prints } from "../support/prints.ts";
import { type Shell, shellForms, withShell } from "../support/shell.ts";
import { until } from "../support/until.ts";

const timeout = 60_000;

/** A handler that prints each message as a line. */
const prompter = "sh -c 'cat; echo'";

const nobody = (peer: string): string => `callsign: Nobody is online as "${peer}"`;

/** Waits until the broker has counted so many of something. */
async function counted(shell: Shell, name: "open" | "clients", count: number): Promise<void> {
  for (;;) {
    const [report] = jsonLines(await shell.run("callsign stats --json"));
    if (report?.[name] === count) return;
  }
}

/** Sends lines where no broker is: those that it has begun with fail, and it ends. */
async function givesUp(shell: Shell, endpoint: string, text: string): Promise<void> {
  const script = `yes | callsign send -c ${endpoint} x --lines --window 3`;
  const { stdout, stderr, status } = await shell.run(script);
  const lines = stderr.split("\n");
  const count = lines.length - 1;
  assert.ok(count >= 1 && count <= 3, stderr);
  assert.deepEqual(lines, [
    ...Array.from({ length: count }, (_, i) => `callsign: Line ${i + 1}: ${text}`),
    `callsign: Gave up after line ${count}: no other was sent`,
  ]);
  assert.deepEqual([stdout, status], ["", 69]);
}

for (const form of shellForms) {
  describe(`callsign send on ${form.label}`, () => {
    it("hands words, stdin or bytes to the peer's handler, and prints nothing", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker(
          "box -- sh -c 'cat; echo \" from $CALLSIGN_FROM\"; echo err >&2'",
        );
        await prints(shell, "callsign send box a 'b  c' --as ops", {});
        assert.deepEqual(await worker.count(1), ["a b  c from ops"]);
        await worker.error(/^err$/);
        await prints(shell, "printf hello | callsign send box --as ops", {});
        await prints(shell, "printf hello | callsign send box - --as ops", {});
        await prints(shell, "callsign send box --as ops -- --lines -q", {});
        await prints(shell, "callsign send box --as ops '' </dev/null", {});
        assert.deepEqual((await worker.count(5)).slice(1), [
          "hello from ops",
          "hello from ops",
          "--lines -q from ops",
          " from ops",
        ]);
      });
    });

    it("ends with 69 when nobody is there, whoever is meant", { timeout }, async () => {
      await withShell(form, async (shell) => {
        for (const peer of ["web-3", "@web", "web-*"]) {
          const wanted = { stderr: nobody(peer), status: 69 };
          await prints(shell, `callsign send '${peer}' x`, wanted);
          await prints(shell, `callsign send '${peer}' x --receipt`, wanted);
          await prints(shell, `callsign send '${peer}' x -q`, wanted);
        }
      });
    });

    it("with --receipt ends once the peer has confirmed it", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("box -- sh -c 'cat >got'");
        await prints(shell, "callsign send box hello --receipt; cat got", { stdout: "hello" });
        await prints(shell, "callsign send box hello --receipt -v", {
          stderr: "callsign: Confirmed by 1 of 1 (box)",
        });
      });
    });

    it("hands a message to a plain peer, which cannot confirm it", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = shell.start("exec callsign worker WORKER_A");
        await worker.line(/^Received reply: ACK/);
        await prints(shell, "callsign send WORKER_A hello --receipt -v", {
          stderr: "callsign: Handed to 1 of 1 (WORKER_A)",
        });
        await worker.line(/^Received reply: hello$/);
      });
    });

    it("reads a stdin that is closed, or that does not block", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker(`box -- ${prompter}`);
        await prints(shell, "callsign send box --receipt <&-", {});
        const open = `"$PYTHON" -c 'import os; os.set_blocking(0, False)'`;
        // There is nothing to read yet when it begins.
        const script =
          `{ callsign list >list; echo a; echo b; } | { ${open}; callsign send box -l; }`;
        const python = process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3";
        await prints(shell, script, {}, { PYTHON: python });
        assert.deepEqual(await worker.count(3), ["", "a", "b"]);
      });
    });

    it("with --receipt ends with 124 when the handler fails", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker("bad -- sh -c 'exit 3'");
        await prints(shell, "callsign send bad x --as ops --receipt --timeout 300ms", {
          stderr: 'callsign: "bad" did not answer in time; it may have done it or not',
          status: 124,
        });
        await worker.error(
          /^callsign: Cannot take a message from "ops": its handler ended with 3$/,
        );
        // Without one, that is the worker's own affair.
        await prints(shell, "callsign send bad x --timeout 300ms", {});
      });
    });

    it("reaches all that match a pattern, and one of a group", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const [one, two, other] = [
          await shell.worker(`web-1 -g web -- ${prompter}`),
          await shell.worker(`web-2 -g web -- ${prompter}`),
          await shell.worker(`db-1 -- ${prompter}`),
        ];
        await prints(shell, "callsign send 'web-*' all --receipt -v", {
          stderr: "callsign: Confirmed by 2 of 2 (web-*)",
        });
        await prints(shell, "callsign send @web one --receipt -v", {
          stderr: /^callsign: Confirmed by 1 of 1 \(web-[12]\)$/,
        });
        await prints(shell, "callsign send '*' bye --receipt", {});
        const lines = [...await one.count(2), ...await two.count(2), ...await other.count(1)];
        await until(() => one.lines.length + two.lines.length + other.lines.length === 6);
        assert.deepEqual(lines.toSorted().slice(0, 2), ["all", "all"]);
        assert.deepEqual(other.lines, ["bye"]);
        assert.deepEqual([...one.lines, ...two.lines].filter((line) => line === "one"), ["one"]);
      });
    });

    it("tells of each of several that has not confirmed it", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 -- true");
        await shell.worker("web-2 -- false");
        const { stderr, status } = await shell.run(
          "callsign send 'web-*' x --receipt --timeout 300ms -v",
        );
        assert.deepEqual(stderr.split("\n"), [
          'callsign: "web-2" did not answer in time; it may have done it or not',
          "callsign: Confirmed by 1 of 2 (web-*)",
        ]);
        assert.equal(status, 124);
      });
    });

    it("with --lines sends each line, in their order", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker("box --lines -- cat");
        await prints(shell, "seq 300 | callsign send box --lines", {});
        await worker.count(300);
        await prints(shell, "seq 301 303 | callsign send box -l --window 1 --receipt", {});
        await worker.count(303);
        // The last line may have no end, and an empty one is a line too.
        await prints(shell, "printf 'a\\n\\nb' | callsign send box --lines --receipt", {});
        const numbers = Array.from({ length: 303 }, (_, i) => `${i + 1}`);
        assert.deepEqual(await worker.count(306), [...numbers, "a", "", "b"]);
        await prints(shell, "callsign send nobody --lines </dev/null", {});
      });
    });

    it("with --null sends what NUL bytes separate", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker("box -- sh -c 'tr \"\\n\" _; echo'");
        const script = String.raw`printf 'a\nb\0c\n' | callsign send box --lines --receipt`;
        await prints(shell, `${script} --null`, {});
        await prints(shell, `${script} -0`, {});
        assert.deepEqual(await worker.count(4), ["a_b", "c_", "a_b", "c_"]);
      });
    });

    it("has as many lines under way as --window says", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("slow -j 100 --drain 0 -- sleep 100");
        const flags = "--lines --window 3 --receipt --timeout 1h";
        const sender = shell.start(`exec callsign send slow ${flags} < <(seq 9)`);
        await counted(shell, "open", 3);
        await prints(shell, "callsign stats | grep ^open", { stdout: /^open +3$/ });
        assert.deepEqual(await sender.end(), { status: 143, signal: null });
      });
    });

    it("goes on after a line that fails, and ends with the highest status", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker(`box -- ${prompter}`);
        const script =
          "{ echo a; head -c 2000 /dev/zero; echo; echo b; } | callsign send box --lines";
        const tooLarge = 'Cannot send to "box": the body has 2000 bytes in 1 frames; the broker ' +
          "takes at most 1024 bytes in 64 frames";
        await prints(shell, script, { stderr: `callsign: Line 2: ${tooLarge}`, status: 65 });
        assert.deepEqual(await worker.count(2), ["a", "b"]);
        await prints(shell, "head -c 2000 /dev/zero | callsign send box", {
          stderr: `callsign: ${tooLarge}`,
          status: 65,
        });
        await prints(shell, "seq 2 | callsign send nobody --lines --receipt", {
          stderr: [1, 2].map((line) => `callsign: Line ${line}: Nobody is online as "nobody"`)
            .join("\n"),
          status: 69,
        });
        await prints(shell, "seq 2 | callsign send nobody --lines", {
          stderr: `${nobody("nobody")}\n${nobody("nobody")}`,
          status: 69,
        });
      }, ["--max-message-bytes", "1K"]);
    });

    it("is told when too much waits already, with 75", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const first = shell.start("exec callsign send late x --wait --receipt");
        await counted(shell, "open", 1);
        await prints(shell, "callsign send late x --wait --receipt", {
          stderr: 'callsign: Too much waits for "late" already; try again',
          status: 75,
        });
        await shell.worker("late -- true");
        assert.equal((await first.ended).status, 0);
      }, ["--queue-messages", "1"]);
    });

    it("with --wait sends to who comes later", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const received = ["late-1", "late-2", "late-3"].map((name) => `to ${name}`);
        const senders = [
          shell.start("callsign send late-1 'to late-1' --wait"),
          shell.start("callsign send 'late-2*' 'to late-2' --wait --receipt"),
          shell.start("callsign send @late-3 'to late-3' -w"),
        ];
        // This client and the three that wait.
        await counted(shell, "clients", 4);
        const workers = [
          await shell.worker(`late-1 -- ${prompter}`),
          await shell.worker(`late-2 -- ${prompter}`),
          await shell.worker(`late-3 -g late-3 -- ${prompter}`),
        ];
        for (const [i, worker] of workers.entries()) {
          assert.deepEqual(await worker.count(1), [received[i]]);
        }
        for (const sender of senders) {
          assert.equal((await sender.ended).status, 0);
          assert.deepEqual(sender.errors, []);
        }
      });
    });

    it("with --wait and --receipt is held by the broker until the peer comes", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        const sender = shell.start("callsign send late hello --wait --receipt");
        await counted(shell, "open", 1);
        const worker = await shell.worker(`late -- ${prompter}`);
        assert.equal((await sender.ended).status, 0);
        assert.deepEqual(worker.lines, ["hello"]);
        await prints(shell, "callsign stats | grep counts.held", { stdout: /^counts\.held +1$/ });
      });
    });

    it("with --wait and --lines waits once for all of them", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const sender = shell.start("seq 100 | callsign send 'late*' --lines --wait");
        await counted(shell, "clients", 2);
        const worker = await shell.worker("late --lines -- cat");
        assert.equal((await sender.ended).status, 0);
        assert.deepEqual(sender.errors, []);
        assert.deepEqual((await worker.count(100)).map(Number).at(-1), 100);
      });
    });

    it("with --wait ends with 124 when nobody comes in time", { timeout }, async () => {
      await withShell(form, async (shell) => {
        for (const peer of ["late", "late*", "@late"]) {
          await prints(shell, `callsign send '${peer}' x --wait --timeout 300ms`, {
            stderr: `callsign: Cannot wait any longer for ${peer}: 300ms have passed`,
            status: 124,
          });
        }
        await prints(shell, "callsign send late x --wait --receipt --timeout 300ms", {
          stderr: 'callsign: "late" could not be reached in time; it was not done',
          status: 124,
        });
        const late = "Cannot wait any longer for late*: 300ms have passed";
        await prints(shell, "seq 2 | callsign send 'late*' --lines --wait --timeout 300ms", {
          stderr: `callsign: Line 1: ${late}\ncallsign: Line 2: ${late}`,
          status: 124,
        });
      });
    });

    it("tells of no broker at once, and with --wait waits for one", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const endpoint = await refusingEndpoint();
        const none = `Cannot reach a broker: No broker at ${endpoint}; start one with callsign ` +
          "broker, or say where it is with --connect";
        await prints(shell, `callsign send -c ${endpoint} x y`, {
          stderr: `callsign: ${none}`,
          status: 69,
        });
        await givesUp(shell, endpoint, none);
        await prints(shell, `callsign send -c ${endpoint} x y --wait --timeout 300ms`, {
          stderr: `callsign: No broker at ${endpoint} yet; waiting for it\n` +
            "callsign: Cannot wait any longer for x: 300ms have passed",
          status: 124,
        });
        const unknown = "tcp://nowhere.invalid:5555";
        const unresolved = `Cannot connect to "${unknown}": the host cannot be resolved; check ` +
          "its name, or use an IP address";
        await givesUp(shell, unknown, unresolved);
      });
    });

    it("takes another broker when the first is not there", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker(`box -- ${prompter}`);
        const endpoint = await refusingEndpoint();
        await prints(shell, `callsign send -q -c ${endpoint} -c ${shell.endpoint} box x`, {});
        assert.deepEqual(await worker.count(1), ["x"]);
      });
    });

    it("ends with 73 when somebody else has the name of --as", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker(`box -- ${prompter}`);
        await prints(shell, "callsign send box x --as box", {
          stderr: new RegExp(
            '^callsign: The name "box" is held by "callsign/[^"]+" from 127\\.0\\.0\\.1 since ' +
              "[-0-9T:.]+Z; choose another, or end that one$",
          ),
          status: 73,
        });
      });
    });

    it("refuses what cannot be meant, with 64", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const wrong: Readonly<Record<string, string>> = {
          "": "Missing PEER; see callsign send --help",
          "'' x": 'Cannot use "" as a peer: it has 0 bytes; give a name, a pattern or @GROUP of ' +
            "1 to 255",
          "box --lines x": "Cannot use --lines with a body: its lines are read from stdin",
          "box x --timeout 0": "Cannot use 0s for --timeout: give a time above 0 and up to 24h",
          "box x -t 25h": "Cannot use 90000s for --timeout: give a time above 0 and up to 24h",
          "box x -t soon": 'Cannot use "soon" for --timeout: give a time such as 500ms, 10s or ' +
            "2m, at most 24d",
          "box x --timeout": "Missing value for --timeout: give it as --timeout TIME or -t TIME",
          "box x --window 0": 'Cannot use "0" for --window: give a whole number from 1',
          "box x --linger x": 'Cannot use "x" for --linger: give a time such as 500ms, 10s or ' +
            "2m, at most 24d",
          "box x --json": 'Unknown flag "--json"; see callsign send --help',
          "box x --as 'a b'": 'Cannot use "a b" as a name: it has a space; use a dash or an ' +
            "underscore",
          "box x -c nowhere": 'Cannot connect "nowhere": it has no transport; write it as ' +
            "tcp://HOST:PORT or ipc://PATH",
        };
        for (const [words, text] of Object.entries(wrong)) {
          const wanted = { stderr: `callsign: ${text}`, status: 64 };
          await prints(shell, `callsign send ${words} </dev/null`, wanted);
        }
        const long = "x".repeat(256);
        await prints(shell, `callsign send ${long} x`, {
          stderr: `callsign: Cannot use "${long}" as a peer: it has 256 bytes; give a name, a ` +
            "pattern or @GROUP of 1 to 255",
          status: 64,
        });
      });
    });

    it("ends with 130 at SIGINT and 143 at SIGTERM while it waits", { timeout }, async () => {
      await withShell(form, async (shell) => {
        for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
          for (const flag of ["--wait", "--wait --receipt"]) {
            const sender = shell.start(`exec callsign send late x ${flag}`);
            await counted(shell, "clients", 2);
            assert.deepEqual(await sender.end(signal), { status, signal: null });
            assert.deepEqual([sender.lines, sender.errors], [[], []]);
          }
        }
      });
    });

    it("ends just so while it reads stdin", { timeout }, async () => {
      await withShell(form, async (shell) => {
        for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
          await shell.run("mkfifo input");
          const sender = shell.start("exec callsign send late <input");
          const feeder = shell.start(
            "exec >input; rm input; head -c 1000000 /dev/zero; echo fed >&2; read -r _",
          );
          await feeder.error(/^fed$/);
          assert.deepEqual(await sender.end(signal), { status, signal: null });
          assert.deepEqual([sender.lines, sender.errors], [[], []]);
        }
      });
    });

    it("stops a script that minds what fails", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const worker = await shell.worker(`box -- ${prompter}`);
        const script = "set -euo pipefail; callsign send box a; echo on; " +
          "callsign send nobody b | cat; echo never";
        await prints(shell, script, { stdout: "on", stderr: nobody("nobody"), status: 69 });
        await prints(shell, "if callsign send nobody x -q 2>/dev/null; then echo sent; fi", {});
        assert.deepEqual(await worker.count(1), ["a"]);
      });
    });
  });
}
