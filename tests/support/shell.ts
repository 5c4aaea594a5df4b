// What a user has: a shell with `callsign` on its PATH, and a broker. Every process that comes of it
// is marked by its environment, so that none can be left behind unnoticed.

import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { type Ending, Program } from "./process.ts";
import { executableForms, type Form, sourceForms, startBroker } from "./programs.ts";
import { until } from "./until.ts";

const runtime = process.versions.bun === undefined ? "deno" : "bun";
const ofRuntime = (forms: readonly Form[]): readonly Form[] =>
  forms.filter(({ label }) => label.startsWith(runtime));

/**
 * What these tests drive: the executable of the runtime they run on where it was built, else the
 * source. Each runtime has its own run of the tests, whose names are the same.
 */
export const shellForms: readonly Form[] =
  (ofRuntime(executableForms).length > 0 ? ofRuntime(executableForms) : ofRuntime(sourceForms))
    .map((form) => ({ ...form, label: "its runtime" }));

/** How a script ended, and what it printed. */
export interface Outcome extends Ending {
  readonly stdout: string;
  readonly stderr: string;
}

/** Longer than any script of a test should take. */
const patienceMs = 60_000;

const mark = "CALLSIGN_TEST_MARK";
let shells = 0;

/** A shell and a broker in a folder of their own. */
export class Shell {
  /** The folder scripts run in; empty but for what the test puts there. */
  readonly folder: string;
  /** What scripts find in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the broker is; scripts have it as CALLSIGN_CONNECT. */
  readonly endpoint: string;
  readonly broker: Program;

  readonly #bin: string;
  readonly #mark: string;
  readonly #programs: Program[] = [];

  private constructor(form: Form, broker: Program, endpoint: string, mark: string) {
    this.#bin = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-bin-"));
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-"));
    this.#mark = mark;
    this.broker = broker;
    this.endpoint = endpoint;
    const words = form.command("callsign").map(quoted).join(" ");
    fs.writeFileSync(path.join(this.#bin, "callsign"), `#!/bin/sh\nexec ${words} "$@"\n`, {
      mode: 0o755,
    });
    this.environment = {
      ...markedEnvironment(mark),
      PATH: `${this.#bin}:${process.env.PATH}`,
      CALLSIGN_CONNECT: endpoint,
      HOME: this.folder,
    };
  }

  /** Opens one with a broker of its own. */
  static async open(form: Form, brokerArgs: readonly string[] = []): Promise<Shell> {
    const own = `${process.pid}-${++shells}`;
    const { broker, endpoint } = await startBroker(form, brokerArgs, markedEnvironment(own));
    return new Shell(form, broker, endpoint, own);
  }

  /** Runs a script of bash to its end. */
  async run(script: string, environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const program = this.start(script, environment);
    const timer = setTimeout(() => program.signal("SIGKILL"), patienceMs);
    const ending = await program.ended;
    clearTimeout(timer);
    return { ...ending, stdout: program.lines.join("\n"), stderr: program.errors.join("\n") };
  }

  /** Runs a script whose output is bytes. Nothing else goes on in this process meanwhile. */
  runForBytes(script: string, input?: Uint8Array): SpawnSyncReturns<Uint8Array> {
    return spawnSync("bash", ["-c", script], {
      cwd: this.folder,
      env: { ...process.env, ...this.environment },
      input: input ?? "",
      maxBuffer: 2 ** 30,
      timeout: patienceMs,
    }) as unknown as SpawnSyncReturns<Uint8Array>;
  }

  /** Starts a script of bash, with an open stdin. */
  start(script: string, environment: Readonly<Record<string, string>> = {}): Program {
    const program = new Program("bash", ["-c", script], {
      ...this.environment,
      ...environment,
    }, this.folder);
    this.#programs.push(program);
    return program;
  }

  /** Starts `callsign worker` with these words of the shell, and waits until it is online. */
  async worker(words: string): Promise<Program> {
    const program = this.start(`exec callsign worker ${words}`);
    await program.error(/Online as /);
    return program;
  }

  /** Puts an executable script into the folder. */
  script(name: string, text: string): void {
    fs.writeFileSync(path.join(this.folder, name), text, { mode: 0o755 });
  }

  /** Puts a file into the folder. */
  file(name: string, content: string | Uint8Array): void {
    fs.mkdirSync(path.dirname(path.join(this.folder, name)), { recursive: true });
    fs.writeFileSync(path.join(this.folder, name), content);
  }

  /** Whether the folder has a file. */
  exists(name: string): boolean {
    return fs.existsSync(path.join(this.folder, name));
  }

  /** What a file of the folder holds. */
  read(name: string): string {
    return fs.readFileSync(path.join(this.folder, name), "utf8");
  }

  /** The processes that came of this shell and are alive; none where there is no /proc. */
  processes(): readonly number[] {
    // Read by another program: Deno lets nobody into /proc who may not do everything.
    const { stdout } = spawnSync(
      "sh",
      ["-c", 'grep -lszFx "$1" /proc/[0-9]*/environ', "sh", `${mark}=${this.#mark}`],
      { encoding: "utf8" },
    );
    return [...stdout.matchAll(/\d+/g)].map(([pid]) => Number(pid));
  }

  /** Those of them that run a program of this name. */
  processesOf(name: string): readonly number[] {
    return this.processes().filter((pid) =>
      path.basename(commandOf(pid).split(" ")[0] ?? "") === name
    );
  }

  /** Ends everything, and fails when something does not end. */
  async close(): Promise<void> {
    for (const program of this.#programs) program.signal("SIGTERM");
    await Promise.all(this.#programs.map((program) => program.ended));
    await this.broker.end();
    try {
      await until(() => this.processes().length === 0);
    } catch {
      const left = this.processes().map((pid) => `${pid} ${commandOf(pid)}`);
      for (const pid of this.processes()) process.kill(pid, "SIGKILL");
      assert.fail(`left behind: ${left.join("; ")}`);
    } finally {
      fs.rmSync(this.folder, { recursive: true, force: true });
      fs.rmSync(this.#bin, { recursive: true, force: true });
    }
  }
}

/** Opens a shell, and closes it behind `body`. */
export async function withShell(
  form: Form,
  body: (shell: Shell) => Promise<void>,
  brokerArgs: readonly string[] = [],
): Promise<void> {
  const shell = await Shell.open(form, brokerArgs);
  try {
    await body(shell);
  } finally {
    await shell.close();
  }
}

function markedEnvironment(own: string): Record<string, string> {
  return { [mark]: own };
}

function commandOf(pid: number): string {
  return spawnSync("cat", [`/proc/${pid}/cmdline`], { encoding: "latin1" }).stdout
    .replaceAll("\0", " ");
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
