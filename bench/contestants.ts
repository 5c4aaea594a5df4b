/** Who is measured: which command starts each, and which are missing on this machine. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import type { Children, Command } from "./children.ts";
import type { Dialect, Programs, Workload } from "./load.ts";
import { findRuntimes, type Found, type Missing, type Runtimes, versionsOf } from "./runtimes.ts";

export const PARTS = ["echo", "forward", "latency", "startup", "memory"] as const;
export type Part = typeof PARTS[number];

export const TARGETS = [
  "c",
  "bun",
  "deno",
  "bun-executable",
  "deno-executable",
  "bun-loop",
  "deno-loop",
  "pyzmq",
  "zeromq.js",
] as const;
export type Target = typeof TARGETS[number];

export interface Contestant {
  target: Target;
  workload: Workload;
  dialect: Dialect;
  label: string;
  command: Command;
}

export interface Absentee {
  target: Target;
  workload: Workload;
  reason: string;
}

export interface Lineup {
  present: Contestant[];
  absent: Absentee[];
  /** Of the runtimes and bindings, as each reports it. */
  versions: Record<string, string>;
}

const ENDPOINT = "tcp://127.0.0.1:*";

export async function findContestants(
  children: Children,
  root: string,
  programs: Programs,
  targets: ReadonlySet<Target>,
  workloads: readonly Workload[],
): Promise<Lineup> {
  const runtimes = await findRuntimes(children);
  const lineup: Lineup = { present: [], absent: [], versions: versionsOf(runtimes) };
  for (const target of TARGETS.filter((candidate) => targets.has(candidate))) {
    for (const workload of workloads) {
      const command = commandOf(target, workload, root, programs, runtimes);
      if (command === undefined) continue;
      if ("missing" in command) {
        lineup.absent.push({ target, workload, reason: command.missing });
      } else {
        const dialect = BROKERS.has(target) ? "callsign" : "swap";
        lineup.present.push({ target, workload, dialect, label: LABELS[target], command });
      }
    }
  }
  return lineup;
}

const LABELS: Record<Target, string> = {
  c: "C",
  bun: "callsign on Bun",
  deno: "callsign on Deno",
  "bun-executable": "callsign, Bun executable",
  "deno-executable": "callsign, Deno executable",
  "bun-loop": "src/zmq loop on Bun",
  "deno-loop": "src/zmq loop on Deno",
  pyzmq: "pyzmq",
  "zeromq.js": "zeromq.js on Node",
};

/** The complete broker; all others only do what the load at hand needs. */
const BROKERS: ReadonlySet<Target> = new Set(["bun", "deno", "bun-executable", "deno-executable"]);

/** `undefined` where there is nothing to compare: the bare loop only forwards. */
function commandOf(
  target: Target,
  workload: Workload,
  root: string,
  programs: Programs,
  runtimes: Runtimes,
): Command | Missing | undefined {
  switch (target) {
    case "c":
      return [programs[workload], ENDPOINT];
    case "bun":
      return brokerCommand(runtimes.bun, [], root);
    case "deno":
      return brokerCommand(runtimes.deno, denoFlags("--allow-ffi", "--allow-env"), root);
    case "bun-executable":
    case "deno-executable":
      return executableCommand(target);
    case "bun-loop":
      return workload === "forward" ? loopCommand(runtimes.bun, [], root) : undefined;
    case "deno-loop":
      return workload === "forward" ? loopCommand(runtimes.deno, denoFlags("-A"), root) : undefined;
    case "pyzmq":
      return peerCommand(runtimes.python, join(root, "bench", "peers", `${workload}.py`));
    case "zeromq.js":
      return peerCommand(runtimes.node, join(root, "bench", "peers", `${workload}.js`));
  }
}

/** The arguments that begin a `deno run`. */
export function denoFlags(...permissions: string[]): string[] {
  const extraFlag = process.env["CALLSIGN_DENO_FLAGS"] ?? "";
  return ["run", ...(extraFlag === "" ? [] : [extraFlag]), ...permissions];
}

function brokerCommand(runtime: Found, flags: string[], root: string): Command | Missing {
  if ("missing" in runtime) return runtime;
  return [runtime.program, ...flags, join(root, "src", "broker.ts"), "--bind", ENDPOINT, "-q"];
}

function loopCommand(runtime: Found, flags: string[], root: string): Command | Missing {
  if ("missing" in runtime) return runtime;
  return [runtime.program, ...flags, join(root, "bench", "forward.ts"), ENDPOINT];
}

function executableCommand(
  target: "bun-executable" | "deno-executable",
): Command | Missing {
  const executable = findExecutable(target === "bun-executable" ? "bun" : "deno");
  if ("missing" in executable) return executable;
  return [...executable, "broker", "--bind", ENDPOINT, "-q"];
}

/** The `callsign` that compile.sh has made with a runtime. */
export function findExecutable(runtime: "bun" | "deno"): Command | Missing {
  const folder = process.env["CALLSIGN_EXECUTABLES"] ?? "";
  if (folder === "") return { missing: "CALLSIGN_EXECUTABLES names no folder" };
  const program = resolve(folder, runtime, "callsign");
  return existsSync(program) ? [program] : { missing: `${program} does not exist` };
}

function peerCommand(runtime: Found, script: string): Command | Missing {
  return "missing" in runtime ? runtime : [runtime.program, script, ENDPOINT];
}
