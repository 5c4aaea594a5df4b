// The steps of the doctor by themselves: what a whole run cannot bring about on every machine.

import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { connectionFailure } from "../../src/cli/doctor/connection.ts";
import { checkMechanism, ourGreeting } from "../../src/cli/doctor/greeting.ts";
import { findLibrary } from "../../src/cli/doctor/library.ts";
import { findPlace, placeText } from "../../src/cli/doctor/place.ts";
import { resultText } from "../../src/cli/doctor/report.ts";
import { checkRuntime, supportedVersion } from "../../src/cli/doctor/runtime.ts";
import { beatFinding } from "../../src/cli/doctor/session.ts";
import { stepNames, stepNumber } from "../../src/cli/doctor/step.ts";
import { LoadError } from "../../src/ffi/load.ts";
import { doctorSlowMs } from "../../src/protocol/limits.ts";
import type { Report } from "../../src/protocol/roster.ts";
import { hasFields } from "../support/fields.ts";
import { libraryForTests } from "../support/library.ts";

const timeout = 30_000;
const library = libraryForTests();
const never = new AbortController().signal;

/** That a step failed, with what was found and what to do. */
const failure = (message: string, advice: string) => (error: unknown): true =>
  hasFields(error, { name: "StepFailure", message, advice });

describe("The steps", () => {
  it("are numbered as the exit statuses are", () => {
    assert.deepEqual(stepNames.map(stepNumber), [1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe("Step 1", () => {
  it("tells which libzmq was loaded, and from where", () => {
    const { detail, value } = findLibrary(() => library);
    assert.equal(detail, `${library.version.join(".")} (${library.path})`);
    assert.equal(value, library);
  });

  it("tells what to do apart from what was found", () => {
    const load = (message: string) => (): never => {
      throw new LoadError("missing", message);
    };
    assert.throws(
      () => findLibrary(load("Cannot load libzmq: no --allow-ffi; run it again with --allow-ffi")),
      failure("Cannot load libzmq: no --allow-ffi", "Run it again with --allow-ffi"),
    );
    assert.throws(
      () => findLibrary(load('tried\n  a: no; such\n  b: "no"\nInstall it with "apt-get; x"')),
      failure('tried\n  a: no; such\n  b: "no"', 'Install it with "apt-get; x"'),
    );
  });

  it("leaves a bug a bug", () => {
    const bug = new TypeError("a bug");
    assert.throws(() =>
      findLibrary(() => {
        throw bug;
      }), bug);
  });
});

describe("Step 2", () => {
  it("sends a message, and leaves nothing behind", { timeout }, async () => {
    const { detail, advice } = await checkRuntime(library, timeout, never);
    assert.equal(detail, `${library.runtime} ${process.versions[library.runtime]}`);
    assert.equal(advice, undefined);
  });

  it("fails when libzmq can be loaded and not called", { timeout }, async () => {
    const broken = { ...library, zmq: { ...library.zmq, zmq_ctx_new: () => null } };
    await assert.rejects(checkRuntime(broken, timeout, never), (error: Error) => {
      assert.match(error.message, /^(bun|deno) \S+ cannot call libzmq: Cannot open "context": /);
      return true;
    });
  });

  it("fails for what is older than the oldest that is supported", () => {
    for (
      const [runtime, versions] of Object.entries({
        bun: ["1.4.5", "1.4.10", "1.5.0-canary.1", "2.0.0"],
        deno: ["2.4.2", "2.9.6", "2.10.0", "3.0.0"],
      })
    ) {
      for (const version of versions) {
        const name = runtime as "bun" | "deno";
        assert.equal(supportedVersion(name, { [name]: version }), version);
      }
    }
    assert.throws(
      () => supportedVersion("bun", { bun: "1.4.4" }),
      failure(
        "bun 1.4.4 is older than 1.4.5, the oldest supported",
        "Get a later one with bun upgrade",
      ),
    );
    assert.throws(
      () => supportedVersion("deno", { deno: "1.46.3", bun: "1.4.5" }),
      failure(
        "deno 1.46.3 is older than 2.4.2, the oldest supported",
        "Get a later one with deno upgrade",
      ),
    );
  });
});

describe("Step 3", () => {
  it("finds where an endpoint leads", { timeout }, async () => {
    const places = {
      "tcp://127.0.0.1:5555": "127.0.0.1:5555",
      "tcp://[::1]:5555": "[::1]:5555",
      "tcp://10.0.0.1:0;127.0.0.1:5555": "127.0.0.1:5555",
      "tcp://localhost:5555": "127.0.0.1:5555",
      "ipc://@abstract": "@abstract",
      "ws://127.0.0.1:80": "a place of libzmq's own",
    };
    for (const [endpoint, text] of Object.entries(places)) {
      const { value, detail, advice } = await findPlace(endpoint, timeout, never);
      assert.equal(placeText(value), text);
      const isNamed = endpoint.includes("localhost");
      assert.equal(detail, isNamed ? `${endpoint} is at ${text}` : endpoint);
      assert.equal(advice, undefined);
    }
  });

  it("ends a search for a host with the time", { timeout }, async () => {
    const time = new AbortController();
    const stopped = new Error("stopped");
    time.abort(stopped);
    await assert.rejects(
      findPlace("tcp://localhost:5555", 1000, time.signal),
      failure(
        'cannot find an IPv4 address of the host "localhost" (Error)',
        "Check its name, or give its address, as tcp://ADDRESS:PORT or tcp://[IPV6-ADDRESS]:PORT",
      ),
    );
  });
});

describe("Step 4", () => {
  const tcp = { transport: "tcp", host: "10.0.0.1", port: 5555 } as const;
  const ipc = { transport: "ipc", path: "/run/callsign.sock" } as const;

  it("tells what to do by what the system says", () => {
    const checks = [
      [
        connectionFailure(tcp, "ECONNREFUSED"),
        "nobody listens at 10.0.0.1:5555",
        "On that machine start callsign broker --bind 'tcp://*:5555', or give --connect another place",
      ],
      [
        connectionFailure({ ...tcp, host: "::1" }, "ECONNREFUSED"),
        "nobody listens at [::1]:5555",
        "Start callsign broker --bind tcp://[::1]:5555, or give --connect another place",
      ],
      [
        connectionFailure(tcp, "EHOSTUNREACH"),
        "there is no way to 10.0.0.1:5555 (EHOSTUNREACH)",
        "Check the address, that its machine is up, and what is in between: routes, firewalls",
      ],
      [
        connectionFailure(tcp, "EACCES"),
        "no permission to connect to 10.0.0.1:5555 (EACCES)",
        "Ask whoever keeps the firewall of this machine to allow it",
      ],
      [
        connectionFailure(ipc, "EACCES"),
        "no permission to connect to /run/callsign.sock (EACCES)",
        "Run it as a user who may write to that path, or let the broker listen at another",
      ],
      [
        connectionFailure(ipc, "EAGAIN"),
        "too many wait to be let in at /run/callsign.sock (EAGAIN)",
        "See whether the broker hangs; if so, end it and start it again",
      ],
      [
        connectionFailure(ipc, "EMFILE"),
        "cannot connect to /run/callsign.sock (EMFILE)",
        "Check the address given with --connect",
      ],
    ] as const;
    for (const [error, message, advice] of checks) failure(message, advice)(error);
  });
});

describe("Step 6", () => {
  it("takes our own greeting", () => {
    const greeting = ourGreeting();
    assert.equal(greeting.length, 64);
    assert.equal(checkMechanism(greeting).detail, "NULL");
  });
});

describe("Step 8", () => {
  const report = { workers: 2, clients: 1, plain: 0 } as Report;

  it("counts everybody but itself", () => {
    assert.deepEqual(beatFinding(0.44, report), {
      detail: "round trip 0.4 ms, 2 other peers online",
      value: undefined,
    });
    const { detail } = beatFinding(12.3, { ...report, workers: 1 });
    assert.equal(detail, "round trip 12 ms, 1 other peer online");
  });

  it("warns of a slow round trip", () => {
    assert.deepEqual(beatFinding(doctorSlowMs + 1, report), {
      detail: `round trip ${doctorSlowMs + 1} ms, 2 other peers online: slow`,
      advice: "See what keeps the broker busy with callsign stats, and what the network does",
      value: undefined,
    });
  });
});

describe("A step as it is printed", () => {
  const result = {
    step: "connection",
    endpoint: "tcp://a:1",
    outcome: "failed",
    detail: "first\nsecond\x1b[2J",
    advice: "Do\tsomething",
  } as const;
  const below = `${" ".repeat(14)}second\\x1b[2J\n${" ".repeat(14)}Do\\tsomething\n`;

  it("has all below each other, and no control character", () => {
    assert.equal(
      resultText(result, { isJson: false, isColoured: false }),
      `4 connection  failed  first\n${below}`,
    );
  });

  it("has a colour for each outcome, and the same columns", () => {
    const colours = { ok: "32", warning: "33", failed: "31" } as const;
    for (const [outcome, colour] of Object.entries(colours)) {
      const text = resultText(
        { ...result, outcome: outcome as keyof typeof colours },
        { isJson: false, isColoured: true },
      );
      const word = `\x1b[${colour}m${outcome}\x1b[0m${" ".repeat(8 - outcome.length)}`;
      assert.equal(text, `4 connection  ${word}first\n${below}`);
    }
  });

  it("is an object a line as JSON, without what is not known", () => {
    const options = { isJson: true, isColoured: true };
    const { step: _, ...fields } = result;
    assert.deepEqual(JSON.parse(resultText(result, options)), {
      step: 4,
      name: "connection",
      ...fields,
    });
    const bare = { step: "libzmq", endpoint: undefined, outcome: "ok", detail: "4.3.4" } as const;
    assert.equal(
      resultText(bare, options),
      '{"step":1,"name":"libzmq","outcome":"ok","detail":"4.3.4"}\n',
    );
  });
});
