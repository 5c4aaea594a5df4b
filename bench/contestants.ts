/** Who is measured: which command starts each, and which are missing on this machine. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import type { Children, Command } from "./children.ts";
import type { Programs, Workload } from "./load.ts";
import { findRuntimes, type Found, type Missing, type Runtimes, versionsOf } from "./runtimes.ts";

export const PARTS = ["echo", "forward", "latency", "startup", "memory"] as const;
export type Part = typeof PARTS[number];

export const TARGETS = [
  "c",
  "bun",
  "deno",
  "bun-executable",
  "deno-executable",
  "pyzmq",
  "zeromq.js",
] as const;
export type Target = typeof TARGETS[number];

export interface Contestant {
  target: Target;
  workload: Workload;
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
        lineup.present.push({ target, workload, label: labelOf(target, workload), command });
      }
    }
  }
  return lineup;
}

function labelOf(target: Target, workload: Workload): string {
  const ours = workload === "echo" ? "callsign" : "src/zmq loop";
  const labels: Record<Target, string> = {
    c: "C",
    bun: `${ours} on Bun`,
    deno: `${ours} on Deno`,
    "bun-executable": "callsign, Bun executable",
    "deno-executable": "callsign, Deno executable",
    pyzmq: "pyzmq",
    "zeromq.js": "zeromq.js on Node",
  };
  return labels[target];
}

/** `undefined` where there is nothing to compare: the executables have no bare forwarding loop. */
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
      return scriptCommand(runtimes.bun, [], root, workload);
    case "deno": {
      const extraFlag = process.env["CALLSIGN_DENO_FLAGS"] ?? "";
      const permissions = workload === "echo" ? ["--allow-ffi", "--allow-env"] : ["-A"];
      const flags = ["run", ...(extraFlag === "" ? [] : [extraFlag]), ...permissions];
      return scriptCommand(runtimes.deno, flags, root, workload);
    }
    case "bun-executable":
    case "deno-executable":
      return workload === "echo" ? executableCommand(target) : undefined;
    case "pyzmq":
      return peerCommand(runtimes.python, join(root, "bench", "peers", `${workload}.py`));
    case "zeromq.js":
      return peerCommand(runtimes.node, join(root, "bench", "peers", `${workload}.js`));
  }
}

function scriptCommand(
  runtime: Found,
  flags: string[],
  root: string,
  workload: Workload,
): Command | Missing {
  if ("missing" in runtime) return runtime;
  const path = workload === "echo" ? "src/broker.ts" : "bench/forward.ts";
  const script = join(root, path);
  if (!existsSync(script)) return { missing: `${path} does not exist` };
  const args = workload === "echo" ? ["--bind", ENDPOINT, "-q"] : [ENDPOINT];
  return [runtime.program, ...flags, script, ...args];
}

function executableCommand(
  target: "bun-executable" | "deno-executable",
): Command | Missing {
  const folder = process.env["CALLSIGN_EXECUTABLES"] ?? "";
  if (folder === "") return { missing: "CALLSIGN_EXECUTABLES names no folder" };
  const program = resolve(folder, target === "bun-executable" ? "bun" : "deno", "callsign");
  if (!existsSync(program)) return { missing: `${program} does not exist` };
  return [program, "broker", "--bind", ENDPOINT, "-q"];
}

function peerCommand(runtime: Found, script: string): Command | Missing {
  return "missing" in runtime ? runtime : [runtime.program, script, ENDPOINT];
}
