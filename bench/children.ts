/** Every process the bench starts is started here, so that none outlives it. */

import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { basename } from "node:path";
import process from "node:process";

export type Command = readonly [program: string, ...args: string[]];

const OUTPUT_TAIL_CHARS = 2_000;

/**
 * No handler of ours runs when the driver is killed outright. This shell is told, a line at a time,
 * which children live, and ends them when the pipe from the driver breaks. It ignores the signals
 * that a terminal sends to all of us at once.
 */
const REAPER = `trap '' INT TERM HUP
pids=
while read -r line; do pids=$line; done
[ -z "$pids" ] || kill -KILL $pids`;

/** What a child inherits. Settings of callsign itself would make two runs of the bench differ. */
function childEnvironment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(([name]) =>
    name === "CALLSIGN_LIBZMQ" || !name.startsWith("CALLSIGN_")
  );
  return Object.fromEntries(kept);
}

export class Children {
  readonly #living = new Set<ChildProcess>();
  readonly #reaper: ChildProcessWithoutNullStreams;
  readonly #directory: string;

  /** `directory` is where children run. */
  constructor(directory: string) {
    this.#directory = directory;
    this.#reaper = spawn("sh", ["-c", REAPER]);
    // Its end breaks the pipe, and that must not end us.
    this.#reaper.stdin.on("error", () => {});
  }

  start([program, ...args]: Command): Child {
    const options = { cwd: this.#directory, env: childEnvironment() };
    const spawned = spawn(program, args, options);
    spawned.stdin.on("error", () => {});
    spawned.stdin.end();
    this.#living.add(spawned);
    this.#tellReaper();
    const child = new Child(spawned, program);
    child.ended.finally(() => {
      this.#living.delete(spawned);
      this.#tellReaper();
    });
    return child;
  }

  /** What the command printed. Throws when it fails or takes longer than `limitMs`. */
  async capture(command: Command, limitMs: number): Promise<string> {
    const child = this.start(command);
    const name = basename(command[0]);
    let output = "";
    child.onOutput((text) => output += text);
    const ended = await child.endedWithin(limitMs);
    if (!ended) {
      child.kill("SIGKILL");
      throw new Error(`Run "${name}": still running after ${limitMs} ms`);
    }
    if (ended !== "exit status 0") {
      throw new Error(`Run "${name}": ${child.describeEnd(ended)}`);
    }
    return output;
  }

  killAll(): void {
    for (const child of this.#living) child.kill("SIGKILL");
  }

  #tellReaper(): void {
    const pids = [...this.#living].flatMap((child) => child.pid ?? []);
    this.#reaper.stdin.write(`${pids.join(" ")}\n`);
  }
}

export class Child {
  /** `exit status 1`, `SIGTERM`, or why it did not begin; known once all its output was read. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #program: string;
  #errorTail = "";

  constructor(spawned: ChildProcessWithoutNullStreams, program: string) {
    this.#process = spawned;
    this.#program = program;
    spawned.stdout.setEncoding("utf8");
    spawned.stderr.setEncoding("utf8");
    // A pipe nobody reads would one day block the child.
    spawned.stdout.resume();
    spawned.stderr.on("data", (text: string) => {
      this.#errorTail = (this.#errorTail + text).slice(-OUTPUT_TAIL_CHARS);
    });
    this.ended = new Promise((resolve) => {
      spawned.once("error", (error) => resolve(error.message));
      spawned.once("close", (status, signal) => resolve(signal ?? `exit status ${status}`));
    });
  }

  get pid(): number {
    if (this.#process.pid === undefined) {
      throw new Error(`Start "${this.#program}": no such program`);
    }
    return this.#process.pid;
  }

  onOutput(listener: (text: string) => void): void {
    this.#process.stdout.on("data", listener);
  }

  async endedWithin(limitMs: number): Promise<string | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), limitMs);
    });
    const ended = await Promise.race([this.ended, limit]);
    clearTimeout(timer);
    return ended;
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    this.#process.kill(signal);
  }

  /** `ended` with the last thing the child complained about. */
  describeEnd(ended: string): string {
    const complaint = this.#errorTail.trim();
    return complaint === "" ? ended : `${ended}, saying: ${complaint}`;
  }
}
