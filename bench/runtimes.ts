/** The programs that run the contestants, and what each says it is. */

import process from "node:process";
import type { Children, Command } from "./children.ts";

export interface Runtime {
  /** What really runs: were it a wrapper, the wrapper would be measured. */
  program: string;
  version: string;
}

export interface Missing {
  missing: string;
}

export type Found = Runtime | Missing;

export interface Runtimes {
  bun: Found;
  deno: Found;
  /** One that has pyzmq. */
  python: Found;
  /** One that has zeromq.js. */
  node: Found;
}

const PROBE_LIMIT_MS = 20_000;

const PYTHON_PROBE = `import platform, sys, zmq
print(sys.executable)
print(f"{platform.python_version()}, pyzmq {zmq.__version__} with libzmq {zmq.zmq_version()}")`;

const NODE_PROBE = `import { createRequire } from "node:module";
const require = createRequire(process.cwd() + "/");
const binding = require("zeromq/package.json").version;
const libzmq = require("zeromq").version;
console.log(process.execPath);
console.log(process.versions.node + ", zeromq.js " + binding + " with libzmq " + libzmq);`;

export async function findRuntimes(children: Children): Promise<Runtimes> {
  const bun = process.env["CALLSIGN_BUN"] ?? "bun";
  const deno = process.env["CALLSIGN_DENO"] ?? "deno";
  const python = process.env["CALLSIGN_PYTHON"];
  const pythons = python === undefined ? ["/usr/bin/python3", "python3"] : [python];
  return {
    bun: await probe(children, [bun, "-e", javaScriptProbe("bun")], `"${bun}" does not run`),
    deno: await probe(children, [deno, "eval", javaScriptProbe("deno")], `"${deno}" does not run`),
    python: await findPython(children, pythons),
    node: await probe(
      children,
      ["node", "--input-type=module", "-e", NODE_PROBE],
      `"node" does not run, or has no package "zeromq"`,
    ),
  };
}

export function versionsOf(runtimes: Runtimes): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const [name, found] of Object.entries(runtimes) as [string, Found][]) {
    if ("version" in found) versions[name] = found.version;
  }
  return versions;
}

function javaScriptProbe(name: "bun" | "deno"): string {
  return `console.log(process.execPath); console.log(process.versions.${name});`;
}

async function findPython(children: Children, pythons: string[]): Promise<Found> {
  const missing = `no Python with pyzmq among ${pythons.join(", ")}`;
  for (const python of pythons) {
    const found = await probe(children, [python, "-c", PYTHON_PROBE], missing);
    if ("program" in found) return found;
  }
  return { missing };
}

/** `command` prints the path of the program it ends up in, and on a second line its version. */
async function probe(children: Children, command: Command, missing: string): Promise<Found> {
  try {
    const [program, version] = (await children.capture(command, PROBE_LIMIT_MS)).trim().split("\n");
    if (program !== undefined && version !== undefined) return { program, version };
  } catch {
    // What is wrong with an absentee is its own matter; `missing` says what to look at.
  }
  return { missing };
}
