// The executables that scripts/compile.sh has made: the same programs as their source, with nothing
// beside them but libzmq.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { afterEach, describe, it } from "node:test";
import { loadLibrary } from "../../src/ffi/load.ts";
import { version } from "../../src/version.ts";
import { killRunning, Program, runToEnd } from "../support/process.ts";
import {
  executableForms,
  type Form,
  type ProgramName,
  root,
  skipWithout,
  sourceForms,
  startBroker,
  startProgram,
} from "../support/programs.ts";

const timeout = 60_000;
const programs: readonly ProgramName[] = ["callsign", "broker", "worker"];
const folder = process.env.CALLSIGN_EXECUTABLES ?? "";

/** The executables of a runtime, or why they are not tested. */
function executables(runtime: string): { readonly form: Form; readonly skip: string | false } {
  const form = executableForms.find(({ label }) => label === `${runtime} executable`);
  const skip = skipWithout(`the executables of ${runtime}`, form !== undefined);
  return { form: form ?? (sourceForms[0] as Form), skip };
}

async function printed(
  form: Form,
  program: ProgramName,
  ...args: readonly string[]
): Promise<string> {
  const [command, ...first] = form.command(program);
  const { status, stdout, stderr } = await runToEnd(command as string, [...first, ...args]);
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout;
}

/** Runs a program where there is nothing: no file in its folder, no variable in its environment. */
function startNowhere(directory: string, form: Form, ...args: readonly string[]): Program {
  const [command] = form.command("broker");
  const script = 'cd "$0" && exec env -i "$@"';
  return new Program("sh", ["-c", script, directory, command as string, ...args]);
}

function contents(form: Form, program: ProgramName): Uint8Array {
  return fs.readFileSync(form.command(program)[0] as string);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

for (const runtime of ["deno", "bun"]) {
  const { form, skip } = executables(runtime);
  const other = executables(runtime === "deno" ? "bun" : "deno");
  const source = sourceForms.find(({ label }) => label === runtime) as Form;

  describe(`The executables of ${runtime}`, () => {
    afterEach(async () => assert.equal(await killRunning(), 0));

    it("print the versions of all parts", { timeout, skip }, async () => {
      const { path: place, version: zmq } = loadLibrary();
      for (const args of [["--version"], ["-V"], ["broker", "--version"]]) {
        const [first, second, ...rest] = (await printed(form, "callsign", ...args)).split("\n");
        assert.equal(first, `callsign ${version}`);
        assert.match(second ?? "", new RegExp(`^${runtime} \\d+\\.\\d+\\.\\d+$`));
        assert.deepEqual(rest, [`libzmq ${zmq.join(".")} (${place})`]);
      }
    });

    it("print the help that their source prints", { timeout, skip }, async () => {
      for (const program of programs) {
        const help = await printed(form, program, "--help");
        assert.equal(help, await printed(source, program, "--help"));
        assert.ok(help.includes("Usage: "));
      }
      for (const command of ["broker", "worker"]) {
        const help = await printed(form, "callsign", command, "--help");
        assert.equal(help, await printed(source, "callsign", command, "--help"));
        assert.ok(help.startsWith(`Usage: callsign ${command}`));
      }
    });

    it("talk to those of the other runtime", {
      timeout,
      skip: skip === false ? other.skip : skip,
    }, async () => {
      const { broker, endpoint } = await startBroker(form);
      const worker = startProgram(other.form, "worker", ["WORKER_A", "--connect", endpoint]);
      await worker.line(/^Received reply: ACK: Hello from WORKER_A$/);
      assert.equal((await worker.end()).status, 143);
      assert.equal((await broker.end()).status, 143);
      assert.deepEqual(broker.lines.slice(1), [
        "Received message from WORKER_A: Hello from WORKER_A",
        "New worker connected with identity: WORKER_A",
        "Sent reply to WORKER_A",
      ]);
      assert.deepEqual([broker.errors, worker.errors], [[], []]);
    });

    it("are all three in callsign", { timeout, skip }, async () => {
      const broker = startProgram(form, "callsign", ["broker", "--bind", "tcp://127.0.0.1:*"]);
      const line = await broker.line(/^Broker started, listening on /);
      const endpoint = line.replace("Broker started, listening on ", "");
      const worker = startProgram(form, "callsign", ["worker", "-c", endpoint, "WORKER_A"]);
      await worker.line(/^Received reply: ACK: Hello from WORKER_A$/);
      await worker.end();
      assert.equal((await broker.end()).status, 143);
    });

    it("end with the status of what ended them", { timeout, skip }, async () => {
      for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
        const { broker, endpoint } = await startBroker(form);
        const worker = startProgram(form, "worker", ["WORKER_A", "--connect", endpoint]);
        await worker.line(/^Received reply/);
        assert.deepEqual(await worker.end(signal), { status, signal: null });
        assert.deepEqual(await broker.end(signal), { status, signal: null });
      }
      const [command] = form.command("worker");
      assert.equal((await runToEnd(command as string, [])).status, 64);
      const env = { CALLSIGN_LIBZMQ: "/nowhere/libzmq.so.5" };
      assert.equal((await runToEnd(command as string, ["WORKER_A"], env)).status, 69);
    });

    it("need neither files of their own nor an environment", { timeout, skip }, async () => {
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-"));
      try {
        const broker = startNowhere(directory, form, "--bind", "tcp://127.0.0.1:*");
        await broker.line(/^Broker started, listening on tcp:\/\/127\.0\.0\.1:\d+$/);
        assert.deepEqual(await broker.end(), { status: 143, signal: null });
        assert.deepEqual(broker.errors, []);
        assert.deepEqual(fs.readdirSync(directory), []);
      } finally {
        fs.rmSync(directory, { recursive: true });
      }
    });

    it("do not care what else is in the folder", { timeout, skip }, async () => {
      const directory = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-"));
      try {
        fs.writeFileSync(path.join(directory, ".env"), "CALLSIGN_QUIET=perhaps\n");
        fs.writeFileSync(path.join(directory, "bunfig.toml"), 'preload = ["./nowhere.ts"]\n');
        fs.writeFileSync(path.join(directory, "deno.json"), "no JSON\n");
        const broker = startNowhere(directory, form, "--bind", "tcp://127.0.0.1:*");
        await broker.line(/^Broker started/);
        assert.equal((await broker.end()).status, 143);
        assert.deepEqual(broker.errors, []);
      } finally {
        fs.rmSync(directory, { recursive: true });
      }
    });

    it("hold no package that only development needs", { timeout, skip }, () => {
      const manifest = fs.readFileSync(path.join(root, "package.json"), "utf8");
      const { devDependencies } = JSON.parse(manifest) as { devDependencies: object };
      const packages = Object.keys(devDependencies);
      assert.ok(packages.includes("typescript"));
      for (const program of programs) {
        const held = wordsAfter("node_modules/", contents(form, program));
        const found = packages.filter((name) => held.some((word) => word.startsWith(`${name}/`)));
        assert.deepEqual(found, [], program);
      }
    });

    it("hold no path of the machine they were made on", { timeout, skip }, () => {
      for (const program of programs) {
        assert.deepEqual(wordsAfter(path.join(root, "src"), contents(form, program)), [], program);
      }
    });

    it("are what SHA256SUMS says they are", { timeout, skip }, () => {
      const lines = fs.readFileSync(path.join(folder, "SHA256SUMS"), "utf8").trim().split("\n");
      const sums = new Map(lines.map((line) => {
        const [, sum, file] = /^([0-9a-f]{64}) [ *](\S+)$/.exec(line) ?? [];
        return [file ?? line, sum];
      }));
      for (const program of programs) {
        assert.equal(sums.get(`${runtime}/${program}`), sha256(contents(form, program)), program);
      }
    });
  });
}

/** What follows each place where a text is found, as far as the name of a package may go. */
function wordsAfter(text: string, bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const words: string[] = [];
  for (let at = buffer.indexOf(text); at >= 0; at = buffer.indexOf(text, at + 1)) {
    const start = at + text.length;
    words.push(buffer.toString("latin1", start, start + 40));
  }
  return words;
}
