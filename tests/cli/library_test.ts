// libzmq that is missing, too old, no libzmq at all, or not allowed: what a program says of it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { after, afterEach, before, describe, it } from "node:test";
import { LoadError, loadLibrary, usualPlaces } from "../../src/ffi/load.ts";
import { version } from "../../src/version.ts";
import { killRunning, Program, runToEnd } from "../support/process.ts";
import { denoRun, root, skipWithout } from "../support/programs.ts";
import { assertFails, forms } from "./failing.ts";

const timeout = 60_000;
const compiler = process.env.CC ?? "cc";
const withoutCompiler = skipWithout(
  "a C compiler",
  spawnSync(compiler, ["--version"], { stdio: "ignore" }).status === 0,
);

const zmqVersion = (patch: number): string =>
  `void zmq_version(int *a, int *b, int *c) { *a = 4; *b = 3; *c = ${patch}; }`;

/** Shared libraries made for the tests, by name. */
const sources = {
  old: zmqVersion(2),
  empty: zmqVersion(4),
  other: "int other(void) { return 0; }",
};

const advice = "set CALLSIGN_LIBZMQ to the path of libzmq, or unset it to search the usual places";
let folder = "";
const made = (name: string): string => path.join(folder, `${name}.so`);

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-"));
  fs.writeFileSync(made("text"), "This is no library, whatever its name says.\n".repeat(100));
  if (withoutCompiler !== false) return;
  for (const [name, source] of Object.entries(sources)) {
    const file = path.join(folder, `${name}.c`);
    fs.writeFileSync(file, `${source}\n`);
    const args = ["-shared", "-fPIC", "-o", made(name), file];
    const { status, stderr } = spawnSync(compiler, args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
});
after(() => fs.rmSync(folder, { recursive: true }));
afterEach(async () => assert.equal(await killRunning(), 0));

const load = (file: string) => ({
  args: ["--bind", "tcp://127.0.0.1:*"],
  env: { CALLSIGN_LIBZMQ: file },
});

for (const form of forms) {
  describe(`A program on ${form.label}`, () => {
    it("names the libzmq that is not where it was told to look, with 69", { timeout }, async () => {
      await assertFails(form, "broker", load("/nowhere/libzmq.so.5"), {
        status: 69,
        stderr: new RegExp(
          "^callsign: Cannot load libzmq: tried\n  /nowhere/libzmq\\.so\\.5: \\S.*\n" +
            `S${advice.slice(1)}$`,
        ),
      });
    });

    it("names the file that is no library, with 69", { timeout }, async () => {
      const file = made("text");
      await assertFails(form, "broker", load(file), {
        status: 69,
        stderr: new RegExp(`^callsign: Cannot load "${file}" as libzmq: \\S.*; ${advice}$`),
      });
    });

    const withCompiler = { timeout, skip: withoutCompiler };

    it(
      "refuses a libzmq that is too old, and names both versions, with 69",
      withCompiler,
      async () => {
        await assertFails(form, "broker", load(made("old")), {
          status: 69,
          stderr: new RegExp(
            `^callsign: Cannot use libzmq 4\\.3\\.2 from "${
              made("old")
            }": versions before 4\\.3\\.3 ` +
              "have known remote holes\\nInstall it with .* to a later one$",
            "i",
          ),
        });
      },
    );

    for (
      const [name, what] of [["other", "another library"], ["empty", "half a libzmq"]] as const
    ) {
      it(`tells ${what} from libzmq by what it lacks, with 69`, withCompiler, async () => {
        const lacks = name === "other" ? "zmq_version" : "zmq_\\w+";
        await assertFails(form, "broker", load(made(name)), {
          status: 69,
          stderr: new RegExp(
            `^callsign: Cannot load "${made(name)}" as libzmq: .*\\b${lacks}\\b.*; ${advice}$`,
          ),
        });
      });
    }

    it("says with --version that libzmq is not there, and ends well", { timeout }, async () => {
      const [command, ...args] = [...form.command("callsign"), "--version"];
      const env = { CALLSIGN_LIBZMQ: "/nowhere/libzmq.so.5" };
      const { status, stdout, stderr } = await runToEnd(command as string, args, env);
      assert.match(stdout, /^callsign \S+\n(deno|bun) \S+\nlibzmq not loaded: \S.*$/);
      assert.ok(stdout.startsWith(`callsign ${version}\n`), stdout);
      assert.deepEqual([status, stderr], [0, ""]);
    });

    it("checks the command line before it looks for libzmq", { timeout }, async () => {
      const run = { args: ["--nope"], env: { CALLSIGN_LIBZMQ: "/nowhere/libzmq.so.5" } };
      const stderr = 'callsign: Unknown flag "--nope"; see callsign broker --help';
      await assertFails(form, "broker", run, { status: 64, stderr });
    });
  });
}

describe("A program on deno, by its permissions,", () => {
  const [deno, ...run] = denoRun as readonly [string, ...string[]];
  const broker = path.join(root, "src/broker.ts");

  it("says that it lacks --allow-ffi, with 77", { timeout }, async () => {
    // The config file that the tests name may not be read either; the usual one is passed over then.
    const env = { CALLSIGN_CONFIG: "" };
    for (const permissions of [["--allow-env"], []]) {
      const { status, stdout, stderr } = await runToEnd(
        deno,
        [...run, ...permissions, broker],
        env,
      );
      assert.equal(
        stderr,
        "callsign: Cannot load libzmq: Deno was started without --allow-ffi; run it again with " +
          "--allow-ffi",
      );
      assert.deepEqual([status, stdout], [77, ""]);
    }
  });

  it("works without --allow-env, whatever the environment says", { timeout }, async () => {
    const args = [...run, "--allow-ffi", broker, "--bind", "tcp://127.0.0.1:*"];
    const program = new Program(deno, args, { CALLSIGN_QUIET: "perhaps" });
    await program.line(/^Broker started, listening on tcp:\/\/127\.0\.0\.1:\d+$/);
    assert.equal((await program.end()).status, 143);
    assert.deepEqual(program.errors, []);
  });
});

describe("loadLibrary on a system that is not this one", () => {
  it("lists every place it tried, and how libzmq is installed there", () => {
    const platform = process.platform === "darwin" ? "linux" : "darwin";
    assert.throws(() => loadLibrary({ platform }), (error) => {
      assert.ok(error instanceof LoadError);
      const [first, ...lines] = error.message.split("\n");
      assert.equal(first, "Cannot load libzmq: tried");
      const last = lines.pop() ?? "";
      assert.deepEqual(lines.map((line) => line.split(": ")[0]?.trim()), usualPlaces(platform));
      assert.match(last, platform === "darwin" ? /"brew install zeromq"/ : /"apt-get install /);
      assert.match(last, /, or set CALLSIGN_LIBZMQ to its path$/);
      return true;
    });
  });
});
