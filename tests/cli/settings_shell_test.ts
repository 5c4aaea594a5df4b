// What each setting does, given by its variable, as a shell sees it.

import assert from "node:assert/strict";
import net from "node:net";
import { describe, it } from "node:test";
import { settings } from "../../src/cli/flags.ts";
import { libraryForTests } from "../support/library.ts";
import { refusingEndpoint } from "../support/ports.ts";
import { jsonLines, prints } from "../support/prints.ts";
import type { Program } from "../support/process.ts";
import { type Shell, shellForms, withShell } from "../support/shell.ts";
import { keepSilent, welcomeOf } from "../support/welcome.ts";

const timeout = 60_000;
const library = libraryForTests();

type Environment = Readonly<Record<string, string>>;

/** A value of a setting, and what must come of it in an environment that gives it. */
type Case = readonly [value: string, check: (shell: Shell, given: Environment) => Promise<void>];

/** A broker that is given settings, beside the shell's own. */
async function brokerOf(
  shell: Shell,
  given: Environment,
  words = "",
): Promise<{ broker: Program; endpoint: string; there: Environment }> {
  const broker = shell.start(`exec callsign broker --bind 'tcp://127.0.0.1:*' ${words}`, given);
  const line = await broker.line(/^Broker started, listening on /);
  const endpoint = line.replace("Broker started, listening on ", "");
  return { broker, endpoint, there: { CALLSIGN_CONNECT: endpoint } };
}

/** A worker that is given settings, once it is online. */
async function workerOf(shell: Shell, words: string, given: Environment): Promise<Program> {
  const worker = shell.start(`exec callsign worker ${words}`, given);
  await worker.error(/Online as /);
  return worker;
}

/** Waits until the broker has counted so many messages that are open. */
async function untilOpen(shell: Shell, count: number, there: Environment = {}): Promise<void> {
  for (;;) {
    const [report] = jsonLines(await shell.run("callsign stats --json", there));
    if (report?.open === count) return;
  }
}

/** One message that a broker holds is as much as it may; the next is told so. */
const heldCase = (value: string, next: string): Case => [value, async (shell, given) => {
  const { there } = await brokerOf(shell, given);
  const first = shell.start("exec callsign send late 12345678 --wait --receipt", there);
  await untilOpen(shell, 1, there);
  const wanted = {
    stderr: `callsign: Too much waits for "${next}" already; try again`,
    status: 75,
  };
  await prints(shell, `callsign send ${next} 12345678 --wait --receipt`, wanted, there);
  await first.end();
}];

const nobody = 'Nobody is online as "nobody"';
const aborted = { status: 143, signal: null };

const ofAll: Readonly<Record<string, Case>> = {
  "config": ["own", async (shell, given) => {
    shell.file("own", "json = 1\n");
    await shell.worker("web-1 --echo");
    await prints(shell, "callsign list", { stdout: /^\{"name":"web-1".*\}$/ }, given);
  }],
  "quiet": ["1", async (shell, given) => {
    const endpoint = await refusingEndpoint();
    await prints(shell, `callsign wait nobody -t 200ms -c ${endpoint}`, {
      stderr: "callsign: Cannot wait any longer for nobody: 200ms have passed",
      status: 124,
    }, given);
  }],
  "verbose": ["2", async (shell, given) => {
    await shell.worker("web-1 --echo");
    await prints(shell, "callsign request web-1 hello --as ops", {
      stdout: "hello",
      stderr: `callsign: Asking as ops at ${shell.endpoint}`,
    }, given);
    const less = { ...given, CALLSIGN_VERBOSE: "1" };
    await prints(shell, "callsign wait web-1", { stderr: "callsign: Missing: none" }, less);
  }],
  "log-json": ["1", async (shell, given) => {
    const { stderr, status } = await shell.run("callsign kick nobody", given);
    const { time, ...rest } = JSON.parse(stderr);
    assert.deepEqual([rest, status], [{ level: "error", text: nobody }, 69]);
    assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  }],
};

const ofAskers: Readonly<Record<string, Case>> = {
  "connect": ["ipc://nobody.sock ENDPOINT", async (shell, given) => {
    await shell.worker("web-1 --echo");
    const connect = (given.CALLSIGN_CONNECT ?? "").replace("ENDPOINT", shell.endpoint);
    await prints(shell, "callsign list -q | cut -f 1", { stdout: "web-1" }, {
      CALLSIGN_CONNECT: connect,
    });
  }],
  "as": ["ops", async (shell, given) => {
    await shell.worker("who -- sh -c 'echo $CALLSIGN_FROM'");
    await prints(shell, "callsign request who x", { stdout: "ops" }, given);
  }],
  "timeout": ["200ms", async (shell, given) => {
    await shell.worker("slow -- sleep 100");
    await prints(shell, "callsign request slow x", {
      stderr: 'callsign: "slow" did not answer in time; it may have done it or not',
      status: 124,
    }, given);
  }],
  "wait": ["yes", async (shell, given) => {
    await prints(shell, "callsign send nobody x -t 200ms", {
      stderr: "callsign: Cannot wait any longer for nobody: 200ms have passed",
      status: 124,
    }, given);
  }],
  "linger": ["1h", async (shell, given) => {
    const script = "exec callsign request late x --wait";
    const [patient, usual] = [shell.start(script, given), shell.start(script)];
    await untilOpen(shell, 2);
    shell.broker.signal("SIGSTOP");
    patient.signal("SIGTERM");
    // It does not wait that long for the answer to its goodbye.
    assert.deepEqual(await usual.end(), aborted);
    let hasEnded = false;
    void patient.ended.then(() => hasEnded = true);
    await prints(shell, "true", {});
    assert.equal(hasEnded, false);
    shell.broker.signal("SIGCONT");
    assert.deepEqual(await patient.ended, aborted);
  }],
  "json": ["on", async (shell, given) => {
    await shell.worker("web-1 --echo");
    await prints(shell, "callsign kick web-1", { stdout: '{"kicked":1}' }, given);
  }],
  "lines": ["1", async (shell, given) => {
    await shell.worker("dots -- sh -c 'cat; echo .'");
    const script = "printf 'a\\nb' | callsign request dots";
    await prints(shell, script, { stdout: "a.\nb." }, given);
  }],
  "null": ["1", async (shell, given) => {
    await shell.worker("bar -- tr '\\n' '|'");
    const script = "printf 'a\\nb\\0c' | callsign request bar --lines | tr '\\0' '/'";
    await prints(shell, script, { stdout: "a|b/c/" }, given);
  }],
  "window": ["3", async (shell, given) => {
    await shell.worker("slow -j 100 -- sleep 100");
    const asker = shell.start("exec callsign request slow --lines < <(seq 9)", given);
    await untilOpen(shell, 3);
    await prints(shell, "callsign stats | grep ^open", { stdout: /^open +3$/ });
    await asker.end();
  }],
  "unordered": ["1", async (shell, given) => {
    // The first line is served once the reply to the second was printed.
    shell.script(
      "serve",
      "#!/bin/sh\nread -r n\n[ $n = 2 ] || until test -s out; do :; done\necho $n",
    );
    await shell.worker("box -j 2 -- ./serve");
    const script = "seq 2 | callsign request box --lines >out; cat out";
    await prints(shell, script, { stdout: "2\n1" }, given);
  }],
  "all": ["1", async (shell, given) => {
    await shell.worker("web-1 --echo");
    await shell.worker("web-2 --echo");
    const script = "callsign request 'web-*' x | sort";
    await prints(shell, script, { stdout: "web-1: x\nweb-2: x" }, given);
  }],
  "bare": ["1", async (shell, given) => {
    await shell.worker("web-1 --echo");
    await prints(shell, "callsign request 'web-*' --all x", { stdout: "x" }, given);
  }],
  "receipt": ["1", async (shell, given) => {
    await shell.worker("bad -- false");
    await prints(shell, "callsign send bad x -t 200ms", {
      stderr: 'callsign: "bad" did not answer in time; it may have done it or not',
      status: 124,
    }, given);
  }],
  "count": ["1", async (shell, given) => {
    await shell.worker("web-1 --echo");
    await prints(shell, "callsign wait web-1 nobody", {}, given);
  }],
  "wait-timeout": ["200ms", async (shell, given) => {
    await prints(shell, "callsign wait nobody", {
      stderr: "callsign: Cannot wait any longer for nobody: 200ms have passed",
      status: 124,
    }, given);
  }],
  "requests": ["7", async (shell, given) => {
    await prints(shell, "callsign bench", { stdout: /^7 requests of 20 bytes to / }, given);
  }],
  "size": ["1K", async (shell, given) => {
    const stdout = /^9 requests of 1024 bytes to /;
    await prints(shell, "callsign bench -n 9", { stdout }, given);
  }],
  "step-timeout": ["200ms", async (shell, given) => {
    const mute = net.createServer();
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const { port } = mute.address() as net.AddressInfo;
    await prints(shell, `callsign doctor --connect tcp://127.0.0.1:${port}`, {
      stdout: /^5 greeting .*200 ?ms/m,
      status: 5,
    }, given);
    mute.close();
  }],
};

const ofBroker: Readonly<Record<string, Case>> = {
  "bind": ["tcp://127.0.0.1:* ipc://broker.sock", async (shell, given) => {
    const broker = shell.start("exec callsign broker", given);
    await broker.line(/^Broker started, listening on tcp:\S+:\d+, ipc:\/\/broker.sock$/);
    await prints(shell, "callsign list -c ipc://broker.sock", {});
  }],
  "duplicates": ["takeover", async (shell, given) => {
    const { there } = await brokerOf(shell, given);
    const first = await workerOf(shell, "web-1 --echo", there);
    await workerOf(shell, "web-1 --echo", there);
    assert.equal((await first.ended).status, 73);
  }],
  "register-within": ["200ms", async (shell, given) => {
    const { broker, endpoint } = await brokerOf(shell, given);
    const said = /^callsign: Cut a connection that said nothing for 0\.2 s; is its name in use\?$/;
    await keepSilent(library, endpoint, broker.error(said));
  }],
  "heartbeat": ["1234ms", async (shell, given) => {
    const { endpoint } = await brokerOf(shell, given);
    assert.equal((await welcomeOf(library, endpoint)).heartbeatMs, 1234);
  }],
  "gone-after": ["7s", async (shell, given) => {
    const { endpoint } = await brokerOf(shell, given);
    assert.equal((await welcomeOf(library, endpoint)).goneAfterMs, 7000);
    await prints(shell, "callsign broker --heartbeat 7s", {
      stderr: "callsign: Cannot use --heartbeat and --gone-after as they are: a peer must be " +
        "heard before it is gone; give a heartbeat of more than 0, and --gone-after as three of " +
        "them",
      status: 64,
    }, given);
  }],
  "max-message-bytes": ["1K", async (shell, given) => {
    const { there } = await brokerOf(shell, given);
    await workerOf(shell, "web-1 --echo", there);
    await prints(shell, "head -c 1025 /dev/zero | callsign request web-1", {
      stderr: 'callsign: Cannot ask "web-1": the body has 1025 bytes in 1 frames; the broker ' +
        "takes at most 1024 bytes in 64 frames",
      status: 65,
    }, there);
  }],
  "limit": ["17s", async (shell, given) => {
    const { endpoint } = await brokerOf(shell, given);
    assert.equal((await welcomeOf(library, endpoint)).limitMs, 17_000);
  }],
  "queue-messages": heldCase("1", "late"),
  "queue-bytes": heldCase("10", "late"),
  "held-messages": heldCase("1", "other"),
  "held-bytes": heldCase("10", "other"),
  "open-messages": ["1", async (shell, given) => {
    const { there } = await brokerOf(shell, given);
    await workerOf(shell, "slow -- sleep 100", there);
    const first = shell.start("exec callsign request slow x", there);
    await untilOpen(shell, 1, there);
    await prints(shell, "callsign request slow x", {
      stderr: 'callsign: Too much waits for "slow" already; try again',
      status: 75,
    }, there);
    await first.end();
  }],
};

const ofWorker: Readonly<Record<string, Case>> = {
  "group": ["web front", async (shell, given) => {
    await workerOf(shell, "web-1 --echo", given);
    await prints(shell, "callsign list | cut -f 3", { stdout: "web,front" });
  }],
  "concurrency": ["7", async (shell, given) => {
    await workerOf(shell, "web-1 --echo", given);
    await prints(shell, "callsign list | cut -f 6", { stdout: "0/7" });
  }],
  "handler-timeout": ["200ms", async (shell, given) => {
    await workerOf(shell, "slow -- sleep 100", given);
    await prints(shell, "callsign request slow x", {
      stderr: "callsign: The handler was ended: it took longer than 200 ms",
      status: 124,
    });
  }],
  "kill-after": ["100ms", async (shell, given) => {
    shell.script("stay", "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n");
    await shell.worker("usual -t 100ms -- ./stay");
    await workerOf(shell, "strict -t 100ms -- ./stay", given);
    const ask = async (peer: string): Promise<string> => {
      assert.equal((await shell.run(`callsign request ${peer} x`)).status, 124);
      return peer;
    };
    const asked = [ask("usual"), ask("strict")];
    assert.equal(await Promise.race(asked), "strict");
    await Promise.all(asked);
  }],
  "max-output": ["1K", async (shell, given) => {
    await workerOf(shell, "much -- yes", given);
    await prints(shell, "callsign request much x", {
      stderr: "callsign: The handler was ended, and what it wrote left out: more than 1024 bytes",
      status: 65,
    });
  }],
  "handler-lines": ["1", async (shell, given) => {
    await workerOf(shell, "one -- sh -c 'while read -r _; do echo $$; done'", given);
    const script = "callsign request one x; callsign request one y";
    const { stdout } = await prints(shell, script, { stdout: /^\d+/ });
    const [first, second] = stdout.match(/\d+/g) ?? [];
    assert.equal(stdout.replaceAll("\n", ""), `${first}${first}`, `${first} and ${second}`);
  }],
  "echo": ["1", async (shell, given) => {
    await workerOf(shell, "web-1", given);
    await prints(shell, "callsign request web-1 hello", { stdout: "hello" });
  }],
  "wait-for-name": ["1", async (shell, given) => {
    const first = await shell.worker("web-1 --echo");
    const second = shell.start("exec callsign worker web-1 --echo", given);
    await second.error(/^callsign: The name "web-1" is held by .*; waiting until it is free$/);
    await first.end();
    await second.error(/Online as web-1/);
  }],
  "drain": ["0", async (shell, given) => {
    const worker = await workerOf(shell, "slow -- sh -c 'touch begun; sleep 100'", given);
    const asker = shell.start("exec callsign request slow x");
    await prints(shell, "until test -e begun; do :; done", {});
    assert.deepEqual(await worker.end(), { status: 0, signal: null });
    // Lost, or what the handler ended with when it was told to.
    const { status } = await asker.ended;
    assert.ok(status === 69 || status === 143, `${status}`);
  }],
  "answer-timeout": ["200ms", async (shell, given) => {
    const worker = shell.start("exec callsign worker WORKER_A", given);
    await worker.line(/^Received reply: /);
    shell.broker.signal("SIGSTOP");
    const said = /^callsign: No answer for 0\.2 s: connecting afresh; is another peer using the /;
    await worker.error(said);
    shell.broker.signal("SIGCONT");
  }],
};

const cases = { ...ofAll, ...ofAskers, ...ofBroker, ...ofWorker };

describe("The cases below", () => {
  it("are of every setting there is", () => {
    assert.deepEqual(Object.keys(cases).toSorted(), [...settings.keys()].toSorted());
  });
});

for (const form of shellForms) {
  describe(`A variable on ${form.label}`, () => {
    for (const [setting, [value, check]] of Object.entries(cases)) {
      const variable = settings.get(setting)?.variable ?? "";
      it(`${variable} does what its flag does`, { timeout }, async () => {
        await withShell(form, (shell) => check(shell, { [variable]: value }));
      });
    }
  });
}
