// What is typed wrongly, or cannot be had: one line on stderr, its status, and nothing on stdout.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { afterEach, describe, it } from "node:test";
import { identityOf } from "../../src/protocol/identity.ts";
import { killRunning } from "../support/process.ts";
import { type ProgramName, startBroker } from "../support/programs.ts";
import { assertFails, forms } from "./failing.ts";

const timeout = 60_000;

/** What to type after which program, and the one line that comes back. */
type Case = readonly [program: ProgramName, args: readonly string[], text: string];

const bind = (endpoint: string, reason: string): Case => [
  "broker",
  ["--bind", endpoint],
  `Cannot bind ${JSON.stringify(endpoint)}: ${reason}`,
];
const connect = (endpoint: string, reason: string): Case => [
  "worker",
  ["WORKER_A", "--connect", endpoint],
  `Cannot connect ${JSON.stringify(endpoint)}: ${reason}`,
];
const name = (text: string, reason: string): Case => [
  "worker",
  ["--connect", "tcp://127.0.0.1:5555", text],
  `Cannot use ${JSON.stringify(text)} as a name: ${reason}`,
];

const noTransport = "it has no transport; write it as tcp://HOST:PORT or ipc://PATH";
const invisible = "it has a control or invisible character; remove it";

/** Every one of them ends with 64. */
const usageErrors: Readonly<Record<string, readonly Case[]>> = {
  "an endpoint that is none": [
    bind("5555", noTransport),
    bind("tcp:127.0.0.1:5555", noTransport),
    bind("tcp://", "nothing follows tcp://"),
    bind("tcp://127.0.0.1", "it has no port; write it as tcp://HOST:PORT"),
    bind("tcp://:5555", "it has no host; write it as tcp://HOST:PORT"),
    bind(
      "tcp://127.0.0.1:99999",
      'the port "99999" is not a number from 0 to 65535, or * for any free one',
    ),
    bind("tcp://127.0.0.1:5555\n", "it has a control character; remove it"),
    connect("localhost:5555", noTransport),
    connect("tcp://localhost:*", 'the port "*" is not a number from 1 to 65535'),
  ],
  "a transport that there is not, or not for this": [
    bind("http://127.0.0.1:5555", 'unknown transport "http"; use tcp:// or ipc://'),
    connect("TCP://127.0.0.1:5555", 'unknown transport "TCP"; use tcp:// or ipc://'),
    bind(
      "udp://127.0.0.1:5555",
      "the transport cannot carry this type of socket (ENOCOMPATPROTO); use tcp:// or ipc://",
    ),
    connect(
      `ipc:///${"x".repeat(120)}`,
      "the path is too long (ENAMETOOLONG); use one of at most 107 bytes",
    ),
  ],
  "a name that cannot be one": [
    name("", "it is empty; give 1 to 255 bytes"),
    name("x".repeat(256), "it has 256 bytes; give at most 255"),
    name("ö".repeat(128), "it has 256 bytes; give at most 255"),
    name("WORKER\nA", invisible),
    name("\x1b[2JWORKER", invisible),
    [
      "worker",
      ["WORKER\u202eA"],
      `Cannot use "WORKER\\u{202e}A" as a name: ${invisible}`,
    ],
    name("WORKER A", "it has a space; use a dash or an underscore"),
  ],
  "a command that there is not": [
    ["callsign", [], "Missing command; see callsign --help"],
    ["callsign", ["nonsense"], 'Unknown command "nonsense"; see callsign --help'],
    ["callsign", ["--nonsense"], 'Unknown flag "--nonsense"; see callsign --help'],
    ["callsign", ["help", "nonsense"], 'Unknown command "nonsense"; see callsign --help'],
    ["callsign", ["constructor"], 'Unknown command "constructor"; see callsign --help'],
  ],
  "a flag that there is not, or without its value": [
    ["callsign", ["broker", "--nope"], 'Unknown flag "--nope"; see callsign broker --help'],
    ["broker", ["--nope"], 'Unknown flag "--nope"; see callsign broker --help'],
    ["worker", ["A", "--bind", "x"], 'Unknown flag "--bind"; see callsign worker --help'],
    ["broker", ["--bind"], "Missing value for --bind: give it as --bind ENDPOINT or -b ENDPOINT"],
    [
      "worker",
      ["A", "--connect="],
      "Missing value for --connect: give it as --connect ENDPOINT or -c ENDPOINT",
    ],
    [
      "broker",
      ["--linger", "soon"],
      'Cannot use "soon" for --linger: give a time such as 500ms, 10s or 2m, at most 24d',
    ],
  ],
  "an argument too many or too few": [
    [
      "broker",
      ["tcp://127.0.0.1:5555"],
      'Unexpected argument "tcp://127.0.0.1:5555": callsign broker takes flags only',
    ],
    [
      "worker",
      ["A", "B"],
      'Unexpected argument "B": callsign worker takes NAME [-- COMMAND [ARGUMENT]...]',
    ],
    ["worker", [], "Missing NAME; see callsign worker --help"],
    ["callsign", ["worker", "--quiet"], "Missing NAME; see callsign worker --help"],
  ],
};

/** As root, a command that runs another without root's power over ports and files. */
const powers = "-net_bind_service,-dac_override,-dac_read_search";
const isRoot = process.getuid?.() === 0;
const powerless = isRoot ? ["setpriv", `--bounding-set=${powers}`, `--inh-caps=${powers}`] : [];

/** Why a port below 1024 is not forbidden here, or `ipc` paths are not, if that is so. */
function whyNotDenied(what: "port" | "path"): string {
  if (isRoot && spawnSync(powerless[0] as string, [...powerless.slice(1), "true"]).status !== 0) {
    return " (not on this system: root keeps its powers)";
  }
  if (what === "path") return "";
  // Read by another program: Deno lets nobody into /proc who may not do everything.
  const file = "/proc/sys/net/ipv4/ip_unprivileged_port_start";
  const first = Number(spawnSync("cat", [file], { encoding: "utf8" }).stdout);
  return first > 1 ? "" : " (not on this system: every port is anybody's)";
}
const whyNotPort = whyNotDenied("port");
const whyNotPath = whyNotDenied("path");

for (const form of forms) {
  describe(`A program on ${form.label} refuses`, () => {
    afterEach(async () => assert.equal(await killRunning(), 0));

    for (const [what, cases] of Object.entries(usageErrors)) {
      it(`${what}, with 64`, { timeout }, async () => {
        await Promise.all(cases.map(([program, args, text]) => {
          const wanted = { status: 64, stderr: `callsign: ${text}` };
          return assertFails(form, program, { args }, wanted);
        }));
      });
    }

    it("a value in the environment, by the variable's name, with 64", { timeout }, async () => {
      await assertFails(form, "broker", { args: [], env: { CALLSIGN_QUIET: "perhaps" } }, {
        status: 64,
        stderr: 'callsign: Cannot use "perhaps" for CALLSIGN_QUIET: give 1 or 0',
      });
    });

    it("a port in use, with 69, and leaves it to whom it is", { timeout }, async () => {
      const { broker, endpoint } = await startBroker(form);
      await assertFails(form, "broker", { args: ["--bind", endpoint] }, {
        status: 69,
        stderr: `callsign: Cannot bind "${endpoint}": the address is in use (EADDRINUSE); stop ` +
          "the program that holds it, or choose another port",
      });
      // Not even the first of two stays bound when the second cannot be.
      const free = ["--bind", "tcp://127.0.0.1:*", "--bind", endpoint];
      await assertFails(form, "broker", { args: free }, { status: 69, stderr: /\(EADDRINUSE\)/ });
      assert.equal((await broker.end()).status, 143);
    });

    it("to listen where no host of this machine is, with 69", { timeout }, async () => {
      await assertFails(form, "broker", { args: ["--bind", "tcp://nowhere.invalid:5555"] }, {
        status: 69,
        stderr: 'callsign: Cannot bind "tcp://nowhere.invalid:5555": the host cannot be resolved ' +
          "to an address of this machine (ENODEV); use an IP address, the name of a network " +
          "interface, or * for all",
      });
    });

    it("to connect to a host that cannot be resolved, with 69", { timeout }, async () => {
      const endpoint = "tcp://nowhere.invalid:5555";
      await assertFails(form, "worker", { args: ["WORKER_A", "--connect", endpoint] }, {
        status: 69,
        stdout: `Worker WORKER_A started, connecting to ${endpoint}`,
        stderr: `callsign: Cannot connect to "${endpoint}": the host cannot be resolved; check ` +
          "its name, or use an IP address",
      });
    });

    it(`a port without permission, with 77${whyNotPort}`, {
      timeout,
      skip: whyNotPort !== "",
    }, async () => {
      const run = { args: ["--bind", "tcp://127.0.0.1:1"], through: powerless };
      await assertFails(form, "broker", run, {
        status: 77,
        stderr: 'callsign: Cannot bind "tcp://127.0.0.1:1": permission denied (EACCES); use a ' +
          "port above 1023, or a path you may write to",
      });
    });

    it(`a path without permission, with 77${whyNotPath}`, {
      timeout,
      skip: whyNotPath !== "",
    }, async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-"));
      try {
        fs.chmodSync(folder, 0o555);
        const endpoint = `ipc://${folder}/broker.sock`;
        await assertFails(form, "broker", { args: ["--bind", endpoint], through: powerless }, {
          status: 77,
          stderr: `callsign: Cannot bind "${endpoint}": permission denied (EACCES); use a port ` +
            "above 1023, or a path you may write to",
        });
      } finally {
        fs.chmodSync(folder, 0o755);
        fs.rmSync(folder, { recursive: true });
      }
    });
  });
}

describe("A name with a zero byte, which no command line can carry,", () => {
  it("is refused where a program is called with one by other means", () => {
    assert.throws(() => identityOf("\0WORKER_A"), {
      name: "IdentityError",
      message: 'Cannot use "\\u0000WORKER_A" as a name: it begins with a zero byte, which libzmq ' +
        "keeps for itself",
    });
    assert.throws(() => identityOf("WORKER\0A"), {
      name: "IdentityError",
      message: `Cannot use "WORKER\\u0000A" as a name: ${invisible}`,
    });
  });
});
