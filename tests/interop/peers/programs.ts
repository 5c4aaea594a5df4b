// Peers that know nothing of callsign: how they are started, those in C how they are made, and what
// a machine must have for them.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { Program } from "../../support/process.ts";
import { root, skipWithout } from "../../support/programs.ts";

const folder = path.dirname(fileURLToPath(import.meta.url));
const python = process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3";
const node = process.env.CALLSIGN_NODE ?? "node";
const compiler = process.env.CC ?? "cc";

/** A reason to skip what needs pyzmq. */
export const withoutPython: string | false = skipWithout(
  "pyzmq",
  works(python, "-c", "import zmq"),
);

/** A reason to skip what needs a C compiler and libzmq's header. */
export const withoutC: string | false = skipWithout(
  "a C compiler with zmq.h",
  works(compiler, "-E", "-include", "zmq.h", "-x", "c", os.devNull),
);

/** A reason to skip what needs zeromq.js on Node. */
export const withoutNode: string | false = skipWithout(
  "zeromq.js",
  fs.existsSync(path.join(root, "node_modules", "zeromq")) && works(node, "--version"),
);

/** The command that runs a peer in Python. */
export function pythonPeer(file: string): readonly [string, string] {
  return [python, path.join(folder, file)];
}

/** The command that runs a peer in JavaScript on Node. */
export function nodePeer(file: string): readonly [string, string] {
  return [node, path.join(folder, file)];
}

/** Starts a peer in Python. */
export function startPython(file: string, ...args: readonly string[]): Program {
  const [command, script] = pythonPeer(file);
  return new Program(command, [script, ...args]);
}

/** Compiles a peer in C; the command that runs it. */
export function compilePeer(file: string, directory: string): readonly [string] {
  const executable = path.join(directory, path.basename(file, ".c"));
  const { status, stderr } = spawnSync(
    compiler,
    ["-Wall", "-Wextra", "-Werror", "-o", executable, path.join(folder, file), "-lzmq"],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`Cannot compile ${file}: ${stderr}`);
  return [executable];
}

/** Starts a Python program that binds at `endpoint`, and waits until it listens. */
export async function startPythonBroker(
  file: string,
  endpoint: string,
): Promise<{ readonly broker: Program; readonly endpoint: string }> {
  const broker = startPython(file, endpoint);
  const line = await broker.line(/^Broker started, listening on /);
  return { broker, endpoint: line.replace("Broker started, listening on ", "") };
}

/** A folder that is there until the tests of a file, or of the suite it is made in, have ended. */
export function temporaryFolder(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-"));
  after(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function works(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
