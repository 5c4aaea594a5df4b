/**
 * A program, and whatever it starts itself, as one thing that ends as one.
 *
 * @module
 */

import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import os from "node:os";
import process from "node:process";
import { leftoverMs } from "../protocol/limits.ts";
import type { Guardian } from "./guardian.ts";

/** What to run. */
export interface ProgramOptions {
  /** The program and its arguments; no shell is between. */
  readonly command: readonly string[];
  /** Its whole environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long it may go on once it was told to end, in ms; then it is killed. */
  readonly killAfterMs: number;
  /** Who ends it should this process be killed. */
  readonly guardian: Guardian;
}

/** How a program ended. */
export interface Exit {
  /** Its exit status; 128 + n when signal n ended it; 126 or 127 when it could not be started. */
  readonly status: number;
  /** Why it could not be started. */
  readonly failure: string | undefined;
}

const signalNumbers = os.constants.signals as Readonly<Record<string, number>>;

/** As shells have it. */
const cannotStartStatus = 126;
const notFoundStatus = 127;

/**
 * A process in a session of its own. Once it has ended, whatever of its group it has left behind is
 * ended too; a program that is to stay starts a session of its own (setsid).
 */
export class ProcessGroup {
  /** Resolves when the program has ended and all it wrote was read, or is not waited for any more. */
  readonly closed: Promise<Exit>;

  readonly #options: ProgramOptions;
  readonly #child: ChildProcess | undefined;
  #killTimer: ReturnType<typeof setTimeout> | undefined;
  #hasExited = false;

  constructor(options: ProgramOptions, stdio: StdioOptions) {
    this.#options = options;
    const [program = "", ...args] = options.command;
    try {
      this.#child = spawn(program, args, {
        detached: true,
        env: options.environment,
        stdio,
      });
    } catch (error) {
      // Bun throws some of what else is told by an event.
      this.closed = Promise.resolve(cannotStart(program, error));
      return;
    }
    const { pid } = this.#child;
    if (pid !== undefined) options.guardian.watch(pid);
    this.closed = this.#untilClosed(program, this.#child);
  }

  /** Its stdin; undefined when it has none, or never began. */
  get stdin(): ChildProcess["stdin"] | undefined {
    return this.#child?.stdin;
  }

  /** Its stdout; undefined when it is not read here, or never began. */
  get stdout(): ChildProcess["stdout"] | undefined {
    return this.#child?.stdout;
  }

  /** Its stderr; undefined when it is not read here, or never began. */
  get stderr(): ChildProcess["stderr"] | undefined {
    return this.#child?.stderr;
  }

  /** Tells the group to end, and kills it when it has not after a while. */
  end(): void {
    if (this.#killTimer !== undefined || !this.#signal("SIGTERM")) return;
    this.#killTimer = setTimeout(() => {
      this.#signal("SIGKILL");
      this.#forget();
    }, this.#options.killAfterMs);
  }

  #untilClosed(program: string, child: ChildProcess): Promise<Exit> {
    return new Promise((resolve) => {
      let exit: Exit = { status: 0, failure: undefined };
      let leftover: ReturnType<typeof setTimeout> | undefined;
      child.once("error", (error) => resolve(cannotStart(program, error)));
      child.once("exit", (code, signal) => {
        this.#hasExited = true;
        exit = { status: statusOf(code, signal), failure: undefined };
        // What it piped into others may still be on its way through them.
        leftover = setTimeout(() => this.#endLeftover(), leftoverMs);
      });
      child.once("close", () => {
        clearTimeout(leftover);
        this.#endLeftover();
        resolve(exit);
      });
    });
  }

  /** Ends what the program has left of its group. */
  #endLeftover(): void {
    if (this.#signal(0)) this.end();
    else this.#forget();
  }

  /** There is nobody left, but for who has left the group and may hold the other ends for ever. */
  #forget(): void {
    clearTimeout(this.#killTimer);
    const pid = this.#child?.pid;
    if (pid !== undefined) this.#options.guardian.forget(pid);
    this.#child?.stdout?.destroy();
    this.#child?.stderr?.destroy();
  }

  /** Sends a signal to the whole group; false when there is nobody left in it. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    const pid = this.#child?.pid;
    if (pid === undefined) return false;
    try {
      process.kill(-pid, signal);
      return true;
    } catch (error) {
      // One that has become another user is beyond us, and the leader itself may be so.
      return !this.#hasExited && (error as NodeJS.ErrnoException).code === "EPERM";
    }
  }
}

function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (signal !== null) return 128 + (signalNumbers[signal] ?? 0);
  return code ?? 0;
}

function cannotStart(program: string, error: unknown): Exit {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: "no such file or directory (ENOENT)",
    EACCES: "permission denied (EACCES)",
    ENOEXEC: "not a program (ENOEXEC)",
  };
  const reason = code === undefined ? message : reasons[code] ?? code;
  return {
    status: code === "ENOENT" ? notFoundStatus : cannotStartStatus,
    failure: `Cannot run ${JSON.stringify(program)}: ${reason}`,
  };
}
