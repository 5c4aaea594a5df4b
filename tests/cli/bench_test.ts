// `callsign bench`: how many requests it makes, and what it says of them. How fast they were is its
// own matter.

import assert from "node:assert/strict";
import process from "node:process";
import { afterEach, describe, it } from "node:test";
import { Latencies } from "../../src/cli/latencies.ts";
import { Client } from "../../src/client.ts";
import { type Handler, Worker } from "../../src/mod.ts";
import { libraryForTests } from "../support/library.ts";
import { refusingEndpoint } from "../support/ports.ts";
import { killRunning, type Program, runToEnd } from "../support/process.ts";
import { type Form, startBroker, startProgram } from "../support/programs.ts";
import { shellForms } from "../support/shell.ts";
import { assertFails } from "./failing.ts";

const timeout = 60_000;
const python = process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3";
const number = String.raw`\d+(?:\.\d+)?`;
const latency = new RegExp(
  `^latency: median ${number} ms, 90 % ${number} ms, 99 % ${number} ms, longest ${number} ms$`,
);

const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
  assert.equal(await killRunning(), 0);
});
const library = libraryForTests();

/** A broker as long as the test runs. */
async function brokerOf(form: Form): Promise<{ broker: Program; endpoint: string }> {
  const started = await startBroker(form);
  closings.push(async () => void await started.broker.end());
  return started;
}

/** A worker in this process, as long as the test runs. */
async function workerOf(endpoint: string, handle: Handler, capacity = 100): Promise<Worker> {
  let worker: Worker | undefined;
  await new Promise<void>((onOnline, onFailed) => {
    const options = { name: "web-3", connect: [endpoint], handle, capacity, library };
    worker = new Worker({ ...options, onOnline: () => onOnline() });
    worker.run().catch(onFailed);
  });
  closings.push(() => (worker as Worker).close());
  return worker as Worker;
}

function bench(
  form: Form,
  args: readonly string[],
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const [command, ...first] = form.command("callsign");
  return runToEnd(command as string, [...first, "bench", ...args]);
}

for (const form of shellForms) {
  describe(`bench on ${form.label}`, () => {
    it("asks a worker of its own, which is gone after it", { timeout }, async () => {
      const { broker, endpoint } = await brokerOf(form);
      const { status, stdout, stderr } = await bench(form, ["-c", endpoint, "-n", "300"]);
      const [first = "", second = "", ...others] = stdout.split("\n");
      const [, name] =
        /^300 requests of 20 bytes to (bench-[A-Za-z0-9]{8}), 64 at once: \d+ a second$/
          .exec(first) ?? [];
      assert.notEqual(name, undefined, first);
      assert.match(second, latency);
      assert.deepEqual({ others, stderr, status }, { others: [], stderr: "", status: 0 });
      await broker.line(new RegExp(`^Joined: ${name}, worker `));
      await broker.line(new RegExp(`^Left: ${name}, worker .*: goodbye$`));
    });

    it("asks a peer so many requests of so many bytes", { timeout }, async () => {
      const { endpoint } = await brokerOf(form);
      let bytes = 0;
      const worker = await workerOf(endpoint, ({ body }) => {
        for (const frame of body) bytes += frame.length;
        return "done";
      });
      const args = ["web-3", "-c", endpoint, "--requests", "1", "--size", "1"];
      const { status, stdout } = await bench(form, args);
      const [first = "", second = ""] = stdout.split("\n");
      assert.match(first, /^1 request of 1 byte to web-3, 64 at once: \d+ a second$/);
      assert.match(second, latency);
      assert.equal(status, 0);
      assert.deepEqual({ requests: worker.counts.requests, bytes }, { requests: 1, bytes: 1 });
      await bench(form, ["web-3", "-c", endpoint, "-n", "250", "--size", "1K"]);
      const wanted = { requests: 251, bytes: 1 + 250 * 1024 };
      assert.deepEqual({ requests: worker.counts.requests, bytes }, wanted);
    });

    it("prints JSON with --json", { timeout }, async () => {
      const { endpoint } = await brokerOf(form);
      await workerOf(endpoint, () => {});
      const args = ["web-3", "-c", endpoint, "-n", "50", "--size", "7", "--window", "3", "--json"];
      const { status, stdout, stderr } = await bench(form, args);
      assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
      const { seconds, perSecond, latencyMs, ...others } = JSON.parse(stdout);
      assert.deepEqual(others, {
        peer: "web-3",
        requests: 50,
        bytes: 7,
        window: 3,
        failed: 0,
        failures: {},
      });
      assert.ok(seconds > 0 && Number.isInteger(perSecond) && perSecond > 0, stdout);
      const { median, p90, p99, longest, ...rest } = latencyMs;
      assert.ok(median > 0 && median <= p90 && p90 <= p99 && p99 <= longest, stdout);
      assert.deepEqual(rest, {});
    });

    it("has as many under way as --window says", { timeout }, async () => {
      const { endpoint } = await brokerOf(form);
      const probe = new Client({ connect: [endpoint], library });
      closings.push(() => probe.close());
      let open: (() => void)[] = [];
      let most = 0;
      const worker = await workerOf(endpoint, async (request) => {
        if (request.text() === "probe") return;
        const done = new Promise<void>((resolve) => open.push(resolve));
        most = Math.max(most, open.length);
        if (open.length === 4) {
          // One more would have come by the time this has been there and back.
          await probe.request("web-3", "probe");
          for (const release of open.splice(0)) release();
        }
        await done;
      });
      const args = ["web-3", "-c", endpoint, "-n", "20", "--window", "4"];
      assert.equal((await bench(form, args)).status, 0);
      assert.equal(most, 4);
      assert.equal(worker.counts.requests, 20 + 5);
      open = [];
    });

    it("asks a member of a group", { timeout }, async () => {
      const { endpoint } = await brokerOf(form);
      const args = ["web-3", "-c", endpoint, "--group", "web", "--echo", "-v"];
      const worker = startProgram(form, "worker", args);
      closings.push(async () => void await worker.end());
      await worker.error(/^callsign: Online as web-3/);
      const { status, stdout } = await bench(form, ["@web", "-c", endpoint, "-n", "30"]);
      assert.match(stdout, /^30 requests of 20 bytes to @web, /);
      assert.equal(status, 0);
      await worker.end();
      assert.equal(worker.errors.filter((line) => line.includes("Served client-")).length, 30);
    });

    it("ends with 69 when nobody has the name", { timeout }, async () => {
      const { endpoint } = await brokerOf(form);
      const args = ["bench", "nobody", "-c", endpoint, "-n", "200"];
      await assertFails(form, "callsign", { args }, {
        status: 69,
        stdout: "200 requests of 20 bytes to nobody, 64 at once: 0 a second",
        stderr: 'callsign: Failed 200 of 200 requests (unreachable): Nobody is online as "nobody"',
      });
      const { status, stdout } = await bench(form, [...args.slice(1), "--json"]);
      assert.equal(status, 69);
      const { perSecond, latencyMs, failed, failures } = JSON.parse(stdout);
      assert.deepEqual({ perSecond, latencyMs, failed, failures }, {
        perSecond: 0,
        latencyMs: { median: null, p90: null, p99: null, longest: null },
        failed: 200,
        failures: { unreachable: 200 },
      });
    });

    it("counts what failed by its kind; the highest status is its own", { timeout }, async () => {
      const { endpoint } = await brokerOf(form);
      let count = 0;
      await workerOf(endpoint, () => {
        count++;
        if (count % 10 === 0) return { status: count === 50 ? 200 : 3 };
        // Nobody waits that long.
        if (count % 10 === 5) return new Promise(() => {});
        return "done";
      });
      const args = ["web-3", "-c", endpoint, "-n", "100", "--window", "100", "--timeout", "2s"];
      const { status, stdout, stderr } = await bench(form, [...args, "--json"]);
      assert.equal(status, 200);
      const { requests, failed, failures } = JSON.parse(stdout);
      assert.deepEqual({ requests, failed, failures }, {
        requests: 100,
        failed: 20,
        failures: { status: 10, timeout: 10 },
      });
      const [first = "", second = ""] = stderr.split("\n");
      assert.equal(first, "callsign: Failed 10 of 100 requests (status): Replied with status 3");
      assert.match(second, /^callsign: Failed 10 of 100 requests \(timeout\): /);
    });

    it("tells of no broker at once", { timeout }, async () => {
      const endpoint = await refusingEndpoint();
      for (const peer of [[], ["web-3"]]) {
        await assertFails(form, "callsign", { args: ["bench", ...peer, "-c", endpoint] }, {
          status: 69,
          stderr: `callsign: Cannot reach a broker: No broker at ${endpoint}; ` +
            "start one with callsign broker, or say where it is with --connect",
        });
      }
    });

    it("gives up when the broker is gone", { timeout }, async () => {
      const { broker, endpoint } = await startBroker(form);
      const worker = await workerOf(endpoint, () => {
        if (worker.counts.requests === 100) broker.signal("SIGKILL");
      });
      const { status, stdout, stderr } = await bench(form, ["web-3", "-c", endpoint]);
      await broker.ended;
      assert.equal(status, 69);
      assert.match(stdout, /^\d{2,4} requests of 20 bytes to web-3, /);
      assert.match(
        stderr,
        /^callsign: Failed \d+ of \d+ requests \(unreachable\): Cannot reach a /m,
      );
    });

    it("^C ends it early, with what was measured so far", { timeout }, async () => {
      const { endpoint } = await brokerOf(form);
      const args = ["bench", "web-3", "-c", endpoint, "-n", "1000000000"];
      const programs: Program[] = [];
      const worker = await workerOf(endpoint, () => {
        if (worker.counts.requests === 100) programs[0]?.signal("SIGINT");
      });
      const program = startProgram(form, "callsign", args);
      programs.push(program);
      const { status } = await program.ended;
      assert.equal(status, 130);
      assert.match(program.lines[0] ?? "", /^\d+ requests of 20 bytes to web-3, /);
      assert.match(program.lines[1] ?? "", latency);
      assert.deepEqual(program.errors, []);
    });

    it("shows on a terminal how far it is", { timeout }, async () => {
      const { endpoint } = await brokerOf(form);
      await workerOf(endpoint, async () => {
        // Slower than a line is drawn anew.
        await new Promise((resolve) => setTimeout(resolve, 60));
      });
      const pty = ["-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"];
      const command = [...form.command("callsign"), "bench", "web-3", "-c", endpoint, "-n", "10"];
      const { status, stdout } = await runToEnd(python, [...pty, ...command, "--window", "1"]);
      assert.equal(status, 0);
      const [before, progress = "", ...others] = stdout.split("\r\x1b[K");
      assert.equal(before, "");
      assert.match(progress, /^\d+ %, \d requests, \d+ a second$/);
      assert.match(others.at(-1) ?? "", /^10 requests of 20 bytes to web-3, 1 at once: /);
    });

    const wrong: Readonly<Record<string, readonly string[]>> = {
      'Cannot measure "web-*": it is a pattern; give one name, or @GROUP': ["web-*"],
      "Cannot use 100001 for --window: give a whole number up to 100000": ["--window", "100001"],
      "Cannot use 9007199254739968 for --size: so much memory cannot be had": [
        "--size",
        "8796093022207K",
      ],
      'Unexpected argument "b": callsign bench takes [PEER]': ["a", "b"],
      'Cannot use "0" for --requests: give a whole number from 1': ["-n", "0"],
    };
    for (const [text, args] of Object.entries(wrong)) {
      it(`refuses ${args.join(" ")}`, { timeout }, async () => {
        const stderr = `callsign: ${text}`;
        await assertFails(form, "callsign", { args: ["bench", ...args] }, { status: 64, stderr });
      });
    }
  });
}

describe("Latencies", () => {
  const tell = (latencies: Latencies): number[] =>
    [0, 0.5, 0.9, 0.99, 1].map((share) => latencies.quantile(share));

  it("tells nothing of nothing", () => {
    const latencies = new Latencies();
    assert.deepEqual(tell(latencies), [NaN, NaN, NaN, NaN, NaN]);
    assert.equal(latencies.longestMs, NaN);
    assert.equal(latencies.count, 0);
  });

  it("is right to one part in a hundred, and of the longest exactly", () => {
    const latencies = new Latencies();
    for (let i = 1; i <= 100_000; i++) latencies.add((i * 7919 % 100_000 + 1) / 100);
    assert.equal(latencies.count, 100_000);
    assert.equal(latencies.longestMs, 1000);
    const wanted = [0.01, 500, 900, 990, 1000];
    tell(latencies).forEach((ms, i) => {
      const right = wanted[i] as number;
      assert.ok(Math.abs(ms - right) <= right / 100, `${ms} for ${right}`);
    });
  });

  it("tells no more than the longest", () => {
    const latencies = new Latencies();
    latencies.add(1.2345);
    assert.ok(tell(latencies).every((ms) => ms <= 1.2345 && ms > 1.22), `${tell(latencies)}`);
  });

  it("takes any time", () => {
    const latencies = new Latencies();
    for (const ms of [0, 1e-9, 1e-7, 1e15, Infinity]) latencies.add(ms);
    assert.equal(latencies.count, 5);
    assert.equal(latencies.longestMs, Infinity);
    assert.ok(latencies.quantile(0.5) <= 0.001);
  });
});
