// `callsign doctor`: each step that can fail, made to fail for its real reason; what is said of it, and
// the status.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import http from "node:http";
import type net from "node:net";
import path from "node:path";
import process from "node:process";
import { afterEach, describe, it } from "node:test";
import { commands } from "../../src/cli/commands.ts";
import { bytesOf, greeting, join } from "../abuse/raw.ts";
import { temporaryFolder } from "../interop/peers/programs.ts";
import { libraryForTests } from "../support/library.ts";
import { refusingEndpoint } from "../support/ports.ts";
import { killRunning, Program, runToEnd } from "../support/process.ts";
import {
  denoRun,
  type Form,
  root,
  skipWithout,
  startBroker,
  startProgram,
} from "../support/programs.ts";
import { RawServer } from "../support/raw_server.ts";
import { ScriptedBroker } from "../support/scripted_broker.ts";
import { until } from "../support/until.ts";
import { shellForms } from "../support/shell.ts";
import { assertFails } from "./failing.ts";

const timeout = 60_000;
const library = libraryForTests();
const folder = temporaryFolder();
const python = process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3";
const withoutPython = skipWithout("python3", spawnSync(python, ["--version"]).status === 0);
// Other systems let more in than a listener asks for, or refuse them at once.
const withoutFullPort = process.platform === "linux" ? withoutPython : "not on this system";

afterEach(async () => assert.equal(await killRunning(), 0));

/** The steps that do not depend on the broker. */
const first = /^1 libzmq {6}ok {6}\d+\.\d+\.\d+ \(\S+\)\n2 runtime {5}ok {6}(deno|bun) [\d.]+$/;
const otherServer = "Another kind of server listens there: check the address and the port";

/** A step as it is printed. */
function line(step: string, outcome: string, detail: string, advice?: string): string {
  const head = `${step.padEnd(14)}${outcome.padEnd(8)}${detail}`;
  return advice === undefined ? head : `${head}\n${" ".repeat(14)}${advice}`;
}

const endpointLine = (endpoint: string): string => line("3 endpoint", "ok", endpoint);
const connected = (endpoint: string): readonly string[] => [
  endpointLine(endpoint),
  line("4 connection", "ok", `connected to ${endpoint.replace(/^\w+:\/\//, "")}`),
];
const greeted = (endpoint: string): readonly string[] => [
  ...connected(endpoint),
  line("5 greeting", "ok", "ZMTP 3.1"),
  line("6 mechanism", "ok", "NULL"),
];

/** Runs it, with nothing on stderr; its status, and what it prints after the first two steps. */
async function examine(
  form: Form,
  ...args: readonly string[]
): Promise<{ readonly status: number | null; readonly text: string }> {
  const [command, ...words] = [...form.command("callsign"), "doctor", ...args];
  const { status, stdout, stderr } = await runToEnd(command as string, words);
  assert.equal(stderr, "");
  const lines = stdout.split("\n");
  assert.match(lines.splice(0, 2).join("\n"), first);
  return { status, text: lines.join("\n") };
}

/** Runs it, and asserts what it finds at one endpoint. */
async function finds(
  form: Form,
  endpoint: string,
  status: number,
  lines: readonly string[],
  ...args: readonly string[]
): Promise<void> {
  assert.deepEqual(await examine(form, "--connect", endpoint, ...args), {
    status,
    text: lines.join("\n"),
  });
}

/** A server that greets with these bytes when it was greeted. */
function greeter(bytes: Uint8Array): Promise<RawServer> {
  return RawServer.listen((received, socket) => {
    if (received.length === greeting.length) socket.write(bytes);
  });
}

/** A greeting of a version and a mechanism. */
function greetingOf(version: readonly [number, number], mechanism: string): Uint8Array {
  const bytes = greeting.slice();
  bytes.set(version, 10);
  bytes.set(new Uint8Array(20), 12);
  bytes.set(bytesOf(mechanism), 12);
  return bytes;
}

const start = (endpoint: string): string =>
  `Start callsign broker --bind ${endpoint}, or give --connect another place`;

for (const form of shellForms) {
  describe(`callsign doctor on ${form.label}`, () => {
    it("finds all well over tcp and ipc, and ends with 0", { timeout }, async () => {
      const ipc = `ipc://${path.join(folder, `${form.label}.sock`)}`;
      const { broker, endpoint } = await startBroker(form, ["--bind", ipc]);
      const tcp = endpoint.split(", ")[0] as string;
      const { status, text } = await examine(form, "-c", tcp, "-c", ipc, "-c", tcp);
      const lines = text.split("\n");
      assert.equal(status, 0);
      // Each once, however often it is given.
      assert.equal(lines.length, 12, text);
      for (const [at, one] of [tcp, ipc].entries()) {
        const [name = "", beat = "", ...others] = lines.splice(4, 2);
        assert.deepEqual([lines.splice(0, 4), others], [greeted(one), []], `${at}`);
        assert.match(name, /^7 name {8}ok {6}welcomed by callsign \d\S+ in \d+(\.\d)? ms$/);
        assert.match(
          beat,
          /^8 heartbeat {3}ok {6}round trip \d+(\.\d)? ms, 0 other peers online$/,
        );
      }
      await broker.end();
    });

    describe("fails at 1", () => {
      it("when libzmq is not there", { timeout }, async () => {
        const [command, ...words] = [...form.command("callsign"), "doctor"];
        const env = { CALLSIGN_LIBZMQ: "/nonexistent" };
        const { status, stdout, stderr } = await runToEnd(command as string, words, env);
        const advice =
          "Set CALLSIGN_LIBZMQ to the path of libzmq, or unset it to search the usual places";
        const [head, tried = "", ...others] = stdout.split("\n");
        assert.equal(head, line("1 libzmq", "failed", "Cannot load libzmq: tried"));
        assert.match(tried, /^ {16}\/nonexistent: \S.*$/);
        assert.deepEqual(others, [`${" ".repeat(14)}${advice}`]);
        assert.deepEqual([status, stderr], [1, ""]);
      });
    });

    describe("fails at 3", () => {
      it("for an endpoint that cannot be one", { timeout }, async () => {
        await finds(form, "tcp:/127.0.0.1", 3, [
          line(
            "3 endpoint",
            "failed",
            'Cannot connect "tcp:/127.0.0.1": it has no transport',
            "Write it as tcp://HOST:PORT or ipc://PATH",
          ),
        ]);
        await finds(form, "tcp://a; b:99999", 3, [
          line(
            "3 endpoint",
            "failed",
            'Cannot connect "tcp://a; b:99999": the host has a space',
            "Write it as tcp://HOST:PORT",
          ),
        ]);
        await finds(form, "tcp://a:99999", 3, [
          line(
            "3 endpoint",
            "failed",
            'Cannot connect "tcp://a:99999": the port "99999" is not a number from 1 to 65535',
            "Give --connect an endpoint such as tcp://localhost:5555 or ipc:///run/callsign.sock",
          ),
        ]);
      });

      it("for a host that nobody knows", { timeout }, async () => {
        const { status, text } = await examine(form, "-c", "tcp://nobody.invalid:5555");
        const detail = 'cannot find an IPv4 address of the host "nobody.invalid" (';
        const advice =
          "Check its name, or give its address, as tcp://ADDRESS:PORT or tcp://[IPV6-ADDRESS]:PORT";
        const [head = "", ...others] = text.split("\n");
        assert.ok(head.startsWith(line("3 endpoint", "failed", detail)), text);
        // Which of them depends on whether there is a name server.
        assert.match(head, /\((ENOTFOUND|EAI_AGAIN)\)$/);
        assert.deepEqual([status, others], [3, [`${" ".repeat(14)}${advice}`]]);
      });

      it("for a path where nothing is, or no socket", { timeout }, async () => {
        const absent = path.join(folder, "absent.sock");
        await finds(form, `ipc://${absent}`, 3, [
          line("3 endpoint", "failed", `there is no "${absent}"`, start(`ipc://${absent}`)),
        ]);
        await finds(form, `ipc://${folder}`, 3, [
          line(
            "3 endpoint",
            "failed",
            `"${folder}" is not a socket`,
            "Give the path that the broker was started with, after --bind ipc://",
          ),
        ]);
      });

      it("for inproc, which ends at its process", { timeout }, async () => {
        await finds(form, "inproc://broker", 3, [
          line(
            "3 endpoint",
            "failed",
            '"inproc://broker" is inside one process: no other can reach it',
            "Let the broker listen at tcp:// or ipc://, and give that with --connect",
          ),
        ]);
      });
    });

    describe("fails at 4", () => {
      it("where nobody listens, as its example shows", { timeout }, async () => {
        const endpoint = (await refusingEndpoint()).replace("127.0.0.1", "localhost");
        const { status, text } = await examine(form, "-c", endpoint);
        const wanted = commands.doctor.example.split("\n");
        assert.deepEqual(
          text.replaceAll(endpoint.split(":").at(-1) as string, "5555").split("\n"),
          wanted.slice(3),
        );
        assert.match(wanted.slice(1, 3).join("\n"), first);
        assert.equal(status, 4);
      });

      it("where a socket was left behind", { timeout }, async () => {
        const file = path.join(folder, `left-${form.label}.sock`);
        const script = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])";
        assert.equal(spawnSync(python, ["-c", script, file]).status, 0);
        await finds(form, `ipc://${file}`, 4, [
          endpointLine(`ipc://${file}`),
          line("4 connection", "failed", `nobody listens at ${file}`, start(`ipc://${file}`)),
        ]);
      });

      it("where nothing answers", { timeout, skip: withoutFullPort }, async () => {
        const full = new Program(python, [path.join(root, "tests/cli/full_port.py")]);
        const endpoint = (await full.line(/^Full at /)).replace("Full at ", "");
        const detail = `no answer from ${endpoint.slice("tcp://".length)} within 2s`;
        const advice =
          "Check the address, that its machine is up, and that no firewall drops what is sent there";
        await finds(
          form,
          endpoint,
          4,
          [
            endpointLine(endpoint),
            line("4 connection", "failed", detail, advice),
          ],
          "--timeout",
          "2s",
        );
        await full.end();
      });
    });

    describe("fails at 5", () => {
      const hangs = "See whether the broker hangs, or whether another kind of server listens there";
      const between = `${otherServer}, and what is in between (a proxy, a forwarded port)`;

      it("when nothing is said", { timeout }, async () => {
        await using server = await RawServer.listen();
        await finds(
          form,
          server.endpoint,
          5,
          [
            ...connected(server.endpoint),
            line("5 greeting", "failed", "it says nothing within 2s", hangs),
          ],
          "--timeout",
          "2s",
        );
      });

      it("when a greeting does not go on, or ends", { timeout }, async () => {
        await using silent = await greeter(greeting.subarray(0, 10));
        await finds(
          form,
          silent.endpoint,
          5,
          [
            ...connected(silent.endpoint),
            line("5 greeting", "failed", "it says 10 of 64 bytes of a greeting within 2s", hangs),
          ],
          "--timeout",
          "2s",
        );
        await using ending = await RawServer.listen((_, socket) => {
          socket.end(greeting.subarray(0, 12));
        });
        await finds(form, ending.endpoint, 5, [
          ...connected(ending.endpoint),
          line("5 greeting", "failed", "it closes after 12 of 64 bytes of a greeting", between),
        ]);
      });

      it("when the connection is closed", { timeout }, async () => {
        await using server = await RawServer.listen((_, socket) => socket.end());
        await finds(form, server.endpoint, 5, [
          ...connected(server.endpoint),
          line("5 greeting", "failed", "it closes the connection without a word", between),
        ]);
      });

      it("at an HTTP server", { timeout }, async () => {
        const server = http.createServer();
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const endpoint = `tcp://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
        const { status, text } = await examine(form, "-c", endpoint);
        await new Promise((resolve) => server.close(resolve));
        const lines = text.split("\n");
        assert.deepEqual(lines.splice(0, 2), connected(endpoint));
        assert.match(
          lines.shift() ?? "",
          /^5 greeting {4}failed {2}it is an HTTP server: it says "HTTP\/1\.1 400 Bad Request"$/,
        );
        assert.deepEqual([status, lines], [5, [`${" ".repeat(14)}${otherServer}`]]);
      });

      it("at a server that wants a line before it speaks", { timeout }, async () => {
        await using server = await RawServer.listen((received, socket) => {
          if (received.includes("\r\n\r\n")) socket.write("HTTP/1.0 400 No\r\n\r\n");
        });
        await finds(
          form,
          server.endpoint,
          5,
          [
            ...connected(server.endpoint),
            line(
              "5 greeting",
              "failed",
              'it is an HTTP server: it says "HTTP/1.0 400 No"',
              otherServer,
            ),
          ],
          "--timeout",
          "4s",
        );
      });

      it("at any other server, whose bytes are escaped", { timeout }, async () => {
        await using server = await greeter(bytesOf("\x1b[2J\u202eho\r\n"));
        await finds(form, server.endpoint, 5, [
          ...connected(server.endpoint),
          line(
            "5 greeting",
            "failed",
            'it does not speak ZeroMQ: it says "\\x1b[2J\\u{202e}ho"',
            otherServer,
          ),
        ]);
        await using binary = await greeter(new Uint8Array(60).fill(0xfe));
        await finds(form, binary.endpoint, 5, [
          ...connected(binary.endpoint),
          line(
            "5 greeting",
            "failed",
            `it does not speak ZeroMQ: it says "0x${"fe".repeat(48)}... (60 bytes)"`,
            otherServer,
          ),
        ]);
      });

      it("when ZeroMQ is too old", { timeout }, async () => {
        // ZMTP 2.0: the signature, the revision, and a ROUTER without an identity.
        const old = join(greeting.subarray(0, 10), Uint8Array.of(1, 6, 0, 0));
        await using server = await greeter(old);
        await finds(form, server.endpoint, 5, [
          ...connected(server.endpoint),
          line(
            "5 greeting",
            "failed",
            "it speaks ZMTP 2.0; callsign needs 3.0 or later",
            "Let the other side use libzmq 4.3.3 or later",
          ),
        ]);
      });
    });

    it("fails at 6 for every mechanism but NULL", { timeout }, async () => {
      const advice =
        "Let it take NULL where only trusted peers reach it: callsign speaks no other yet";
      const asked = {
        "CURVE": "CURVE",
        "PLAIN": "PLAIN",
        "NU\x1b[1mLL\n": '"NU\\x1b[1mLL\\n"',
        "": '""',
        "A\0B": '"A\\x00B"',
        "ABCDEFGHIJKLMNOPQRST": '"ABCDEFGHIJKLMNOPQRST"',
      };
      for (const [mechanism, shown] of Object.entries(asked)) {
        await using server = await greeter(greetingOf([3, 0], mechanism));
        await finds(form, server.endpoint, 6, [
          ...connected(server.endpoint),
          line("5 greeting", "ok", "ZMTP 3.0"),
          line("6 mechanism", "failed", `it asks for ${shown}; we offer NULL`, advice),
        ]);
      }
    });

    describe("fails at 7", () => {
      const notCallsign = "It speaks ZeroMQ, but is no callsign broker: check what listens there";

      it("when a ZeroMQ peer does not answer HELLO", { timeout }, async () => {
        await using router = new ScriptedBroker(library);
        router.answers.clear();
        const { endpoint } = router;
        const detail = `Cannot reach a broker: No WELCOME from ${endpoint}`;
        await finds(form, endpoint, 7, [
          ...greeted(endpoint),
          line("7 name", "failed", detail, notCallsign),
        ]);
      });

      it("when a broker does not answer all", { timeout }, async () => {
        await using broker = new ScriptedBroker(library);
        const { endpoint } = broker;
        const detail = `no answer from ${endpoint} within 2s`;
        const advice = "See whether the broker hangs, or whether it is no callsign broker";
        await finds(
          form,
          endpoint,
          7,
          [
            ...greeted(endpoint),
            line("7 name", "failed", detail, advice),
          ],
          "--timeout",
          "2s",
        );
      });

      it("when the broker does not take us", { timeout }, async () => {
        await using broker = new ScriptedBroker(library);
        broker.answers.delete("hello");
        const examined = finds(form, broker.endpoint, 7, [
          ...greeted(broker.endpoint),
          line(
            "7 name",
            "failed",
            "it is unknown-version",
            "Use the version of callsign that the broker has",
          ),
        ]);
        const { identity, id } = await broker.hears("hello");
        broker.sayError(identity, "unknown-version", { id });
        await examined;
      });

      it("when what answers is no REPORT", { timeout }, async () => {
        await using broker = new ScriptedBroker(library);
        const examined = finds(form, broker.endpoint, 7, [
          ...greeted(broker.endpoint),
          line("7 name", "failed", "what it answers is no REPORT of callsign", notCallsign),
        ]);
        const { identity, id } = await broker.hears("stats");
        broker.say(identity, "report", { id, frames: ["{"] });
        await examined;
      });

      it("for a name that somebody holds, who is left in peace", { timeout }, async () => {
        // Whoever said HELLO under that name would take it over.
        const { broker, endpoint } = await startBroker(form, ["--duplicates", "takeover"]);
        const worker = startProgram(
          form,
          "callsign",
          ["worker", "web-3", "--echo", "--connect", endpoint],
        );
        await worker.error(/Online as web-3/);
        const { status, text } = await examine(form, "-c", endpoint, "--as", "web-3");
        const lines = text.split("\n");
        assert.deepEqual(lines.splice(0, 4), greeted(endpoint));
        const [head = "", advice, ...others] = lines;
        assert.match(
          head,
          /^7 name {8}failed {2}"web-3" is held by "callsign\/\S+ \w+ pid \d+" from 127\.0\.0\.1 since \d{4}-\S+Z$/,
        );
        assert.equal(
          advice,
          `${" ".repeat(14)}Choose another name, or end that one with callsign kick web-3`,
        );
        assert.deepEqual([status, others], [7, []]);
        assert.equal((await worker.end()).status, 0);
        assert.deepEqual(worker.errors.length, 1, worker.errors.join("\n"));
        await broker.end();
      });

      it("not for a name that is free, which it does not take", { timeout }, async () => {
        const { broker, endpoint } = await startBroker(form);
        const { status, text } = await examine(form, "-c", endpoint, "--as", "web-4");
        assert.match(text, /\n7 name {8}ok {6}welcomed by .* ms; "web-4" is free\n/);
        assert.equal(status, 0);
        await broker.end();
        assert.deepEqual(broker.lines.filter((text) => text.includes("web-4")), []);
        assert.ok(broker.lines.some((text) => text.startsWith("Joined: client-")));
      });
    });

    it("fails at 8 when the broker stops answering", { timeout }, async () => {
      await using broker = new ScriptedBroker(library);
      const run = examine(form, "-c", broker.endpoint, "--timeout", "2s");
      const { identity, id } = await broker.hears("stats");
      // The least that a REPORT has.
      broker.say(identity, "report", { id, frames: [{ version: "9\x1b" }] });
      const { status, text } = await run;
      const lines = text.split("\n");
      assert.deepEqual(lines.splice(0, 4), greeted(broker.endpoint));
      assert.match(lines.shift() ?? "", /^7 name {8}ok {6}welcomed by callsign 9\\x1b in \S+ ms$/);
      const advice = "See whether the broker hangs, or has too much to do";
      assert.deepEqual([status, lines.join("\n")], [
        8,
        line("8 heartbeat", "failed", "no answer within 2s", advice),
      ]);
    });

    it("walks to each endpoint, and ends with what failed first", { timeout }, async () => {
      const { broker, endpoint } = await startBroker(form);
      const absent = await refusingEndpoint();
      const { status, text } = await examine(
        form,
        ...["-c", endpoint, "-c", absent, "-c", "inproc://x"],
      );
      await broker.end();
      const lines = text.split("\n");
      assert.deepEqual(lines.splice(0, 4), greeted(endpoint));
      assert.deepEqual(
        lines.map((line) => line.slice(0, 21).trimEnd()).filter((line) => /^\d/.test(line)),
        [
          "7 name        ok",
          "8 heartbeat   ok",
          "3 endpoint    ok",
          "4 connection  failed",
          "3 endpoint    failed",
        ],
      );
      assert.equal(status, 4);
    });

    it("prints an object a line with --json", { timeout }, async () => {
      const { broker, endpoint } = await startBroker(form);
      const absent = await refusingEndpoint();
      const [command, ...words] = [
        ...form.command("callsign"),
        ...["doctor", "--json", "-c", absent, "-c", endpoint],
      ];
      const { status, stdout, stderr } = await runToEnd(command as string, words);
      await broker.end();
      const objects = stdout.split("\n").map((text) => JSON.parse(text));
      assert.deepEqual(
        objects.map(({ step, name, endpoint, outcome }) => [step, name, endpoint, outcome]),
        [
          [1, "libzmq", undefined, "ok"],
          [2, "runtime", undefined, "ok"],
          [3, "endpoint", absent, "ok"],
          [4, "connection", absent, "failed"],
          [3, "endpoint", endpoint, "ok"],
          [4, "connection", endpoint, "ok"],
          [5, "greeting", endpoint, "ok"],
          [6, "mechanism", endpoint, "ok"],
          [7, "name", endpoint, "ok"],
          [8, "heartbeat", endpoint, "ok"],
        ],
      );
      assert.deepEqual(objects[3], {
        step: 4,
        name: "connection",
        endpoint: absent,
        outcome: "failed",
        detail: `nobody listens at ${absent.slice("tcp://".length)}`,
        advice: start(absent),
      });
      assert.deepEqual([status, stderr], [4, ""]);
    });

    it("ends at once with 130 at SIGINT, and has closed what it left", { timeout }, async () => {
      await using refused = await greeter(greetingOf([3, 1], "CURVE"));
      let heard = 0;
      await using silent = await RawServer.listen((received) => heard = received.length);
      const { endpoint } = silent;
      const args = ["doctor", "-c", refused.endpoint, "-c", endpoint, "-c", "inproc://x"];
      const program = startProgram(form, "callsign", [...args, "-t", "1h"]);
      await until(() => heard >= greeting.length);
      await until(() => refused.open === 0);
      assert.deepEqual(await program.end("SIGINT"), { status: 130, signal: null });
      assert.deepEqual(program.lines.slice(-2), connected(endpoint));
      assert.deepEqual(program.errors, []);
    });

    it("ends with 141 and in silence when nobody reads it", { timeout }, async () => {
      await using server = await greeter(greeting);
      const program = startProgram(form, "callsign", ["doctor", "-c", server.endpoint]);
      program.closeStdout();
      assert.deepEqual(await program.ended, { status: 141, signal: null });
      assert.deepEqual(program.errors, []);
    });

    it("refuses what it cannot use with 64", { timeout }, async () => {
      const refused = {
        "--timeout 0": "Cannot use 0s for --timeout: give a time above 0 and up to 24h",
        "--as a*b": 'Cannot use "a*b" as a name: it has one of * ? [ ], which make a pattern',
        "web-3": 'Unexpected argument "web-3": callsign doctor takes flags only',
      };
      for (const [words, text] of Object.entries(refused)) {
        const args = ["doctor", ...words.split(" ")];
        await assertFails(form, "callsign", { args }, { status: 64, stderr: `callsign: ${text}` });
      }
    });
  });
}

describe("callsign doctor on deno, by its permissions,", () => {
  const main = path.join(root, "src/main.ts");

  it("leaves out what it may not try", { timeout }, async () => {
    const [deno, ...run] = denoRun as readonly [string, ...string[]];
    const form = shellForms[0] as Form;
    const ipc = `ipc://${path.join(folder, "permissions.sock")}`;
    const { broker, endpoint } = await startBroker(form, ["--bind", ipc]);
    const tcp = endpoint.split(", ")[0] as string;
    const named = tcp.replace("127.0.0.1", "localhost");
    const barred = [[tcp, "--allow-net"], [named, "--allow-net"], [ipc, "--allow-read"]] as const;
    for (const [one, permission] of barred) {
      const words = [...run, "--allow-ffi", main, "doctor", "-c", one];
      const { status, stdout, stderr } = await runToEnd(deno, words);
      const lines = stdout.split("\n");
      assert.match(lines.shift() ?? "", /^1 libzmq {6}ok /);
      const [runtime = "", ...others] = lines.splice(0, 2);
      assert.match(
        runtime,
        /^2 runtime {5}warning deno \S+ without --allow-env: no variables are read$/,
      );
      assert.equal(
        others[0]?.trim(),
        "Run it again with --allow-env if variables CALLSIGN_* are set",
      );
      assert.deepEqual(
        lines.splice(0, 3).join("\n"),
        [
          endpointLine(one),
          line(
            "4 connection",
            "warning",
            `not tried, nor are steps 5 and 6: Deno was started without ${permission}`,
            "Run it again with --allow-all, to have them tried",
          ),
        ].join("\n"),
      );
      assert.match(lines.join("\n"), /^7 name {8}ok .*\n8 heartbeat {3}ok .*$/);
      assert.deepEqual([status, stderr], [0, ""]);
    }
    await broker.end();
  });
});
