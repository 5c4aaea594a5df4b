// Programs under test: started, read line by line, and surely ended.

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";

/** How long a condition may take before the test fails: far longer than it ever should. */
const patienceMs = 15_000;

/** How a program ended. */
export interface Ending {
  readonly status: number | null;
  readonly signal: string | null;
}

const running = new Set<Program>();

/** A running program and what it has printed so far. */
export class Program {
  /** Lines of stdout, in order. */
  readonly lines: string[] = [];
  /** Lines of stderr, in order. */
  readonly errors: string[] = [];
  /** Resolves when the program has ended and all it printed was read. */
  readonly ended: Promise<Ending>;

  readonly #child: ChildProcess;
  readonly #label: string;
  #watchers: (() => void)[] = [];
  #hasEnded = false;

  constructor(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    folder?: string,
  ) {
    this.#label = [command, ...args].join(" ");
    this.#child = spawn(command, args, {
      env: { ...process.env, ...env },
      cwd: folder,
      stdio: ["pipe", "pipe", "pipe"],
    });
    readLines(this.#child.stdout, (line) => this.#add(this.lines, line));
    readLines(this.#child.stderr, (line) => this.#add(this.errors, line));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (status, signal) => {
        this.#hasEnded = true;
        running.delete(this);
        resolve({ status, signal });
        this.#notify();
      });
    });
    running.add(this);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Writes to the program's stdin. */
  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Ends the program's stdin. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  /** Closes our end of its stdout, as `| head` does when it has seen enough. */
  closeStdout(): void {
    this.#child.stdout?.destroy();
  }

  /** Reads no more of its stdout for now, so that its pipe fills up. */
  pauseStdout(): void {
    this.#child.stdout?.pause();
  }

  /** Goes on reading after {@linkcode Program.pauseStdout}. */
  resumeStdout(): void {
    this.#child.stdout?.resume();
  }

  signal(name: NodeJS.Signals): void {
    // Not by the child's own `kill`: after that Deno tells every end as the signal's, 143 or not.
    try {
      process.kill(this.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** Sends a signal and waits for the end. */
  async end(name: NodeJS.Signals = "SIGTERM"): Promise<Ending> {
    this.signal(name);
    return await this.ended;
  }

  /** Waits until a line of stdout matches, and returns it; `from` skips the first lines. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    return await this.#until(
      () => this.lines.slice(from).find((line) => pattern.test(line)),
      pattern,
    );
  }

  /** Waits until a line of stderr matches, and returns it. */
  async error(pattern: RegExp): Promise<string> {
    return await this.#until(() => this.errors.find((line) => pattern.test(line)), pattern);
  }

  /** Waits until at least so many lines of stdout are there. */
  async count(lines: number): Promise<readonly string[]> {
    return await this.#until(
      () => this.lines.length >= lines ? this.lines : undefined,
      `${lines} lines`,
    );
  }

  async #until<T>(find: () => T | undefined, wanted: RegExp | string): Promise<T> {
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const leftMs = endMs - performance.now();
      if (this.#hasEnded || leftMs <= 0) throw new Error(this.#report(wanted));
      await this.#change(leftMs);
    }
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#watchers.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #report(wanted: RegExp | string): string {
    const state = this.#hasEnded ? "ended" : `waited ${patienceMs} ms`;
    return `${this.#label}: ${state} without ${wanted}\nstdout:\n${
      this.lines.slice(-20).join("\n")
    }\nstderr:\n${this.errors.slice(-20).join("\n")}`;
  }

  #add(lines: string[], line: string): void {
    lines.push(line);
    this.#notify();
  }

  #notify(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}

/** Kills whatever a test has left running, and says how many there were. For `afterEach`. */
export async function killRunning(): Promise<number> {
  const left = [...running];
  for (const program of left) program.signal("SIGKILL");
  await Promise.all(left.map((program) => program.ended.catch(() => {})));
  return left.length;
}

/** Runs a program to its end. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ending & { readonly stdout: string; readonly stderr: string }> {
  const program = new Program(command, args, env);
  const timer = setTimeout(() => program.signal("SIGKILL"), 2 * patienceMs);
  const ending = await program.ended;
  clearTimeout(timer);
  return { ...ending, stdout: program.lines.join("\n"), stderr: program.errors.join("\n") };
}

function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  });
  stream?.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
