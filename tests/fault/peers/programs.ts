// Peers of callsign/1 that know nothing of our code, what else the fault tests start, and how what
// they measure is told.

import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { pythonPeer } from "../../interop/peers/programs.ts";
import { Program } from "../../support/process.ts";
import { denoPermissions, denoRun, type Form, sourceForms } from "../../support/programs.ts";

const folder = path.dirname(fileURLToPath(import.meta.url));
const [python] = pythonPeer("");
const runtime = process.versions.bun === undefined ? "deno" : "bun";

/** From source, on the runtime that the tests run on. What takes long is not run on the other too. */
export const ownForm: Form = sourceForms.find(({ label }) => label === runtime) as Form;

/** The command that runs a peer written in Python. */
export function peerCommand(file: string): readonly [string, string] {
  return [python, path.join(folder, file)];
}

/** Starts a peer written in Python. */
export function startPeer(file: string, ...args: readonly string[]): Program {
  const [command, script] = peerCommand(file);
  return new Program(command, [script, ...args]);
}

/** Starts a program of ours that stands beside the peers, on the runtime that the tests run on. */
export function startOurs(file: string, ...args: readonly string[]): Program {
  const script = path.join(folder, file);
  const [command, ...first] = runtime === "bun"
    ? [process.env.CALLSIGN_BUN ?? "bun", script]
    : [...denoRun, ...denoPermissions, script];
  return new Program(command as string, [...first, ...args]);
}

/** How often to do what a full run does far more often than CI has time for. */
export function timesOf(variable: string, inCi: number): number {
  return Number(process.env[variable] ?? inCi);
}

/**
 * Prints something that is to be quoted, and appends it to the file CALLSIGN_EVIDENCE: a test runner
 * may keep what a test prints to itself.
 */
export function tell(text: string): void {
  const line = `${runtime}: ${text}\n`;
  const file = process.env.CALLSIGN_EVIDENCE;
  if (file === undefined) process.stderr.write(line);
  else fs.appendFileSync(file, line);
}

/** Tells how long something took. Never asserted: other work on the machine has its say in it. */
export function tellTimes(label: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const [median = NaN, worst = NaN] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  const counted = `${times.length} times, median ${median.toFixed(1)} ms`;
  tell(`${label}: ${counted}, worst ${worst.toFixed(1)} ms`);
}

/** How the requests of all askers ended. */
export interface Ends {
  readonly asked: number;
  /** That have no end. */
  readonly open: number;
  readonly replied?: number;
  /** That ended when their session did: the broker was killed. */
  readonly gone?: number;
  /** Answers to what had ended already, and answers that are not as they should be. */
  readonly again?: number;
  readonly wrong?: number;
  /** By code of ERROR. */
  readonly [code: string]: number | undefined;
}

/** Lets askers finish; how all their requests ended. */
export async function endsOf(askers: Program): Promise<Ends> {
  askers.write("end\n");
  const ending = await askers.ended;
  if (ending.status !== 0) throw new Error(askers.errors.join("\n"));
  return JSON.parse(askers.lines.at(-1) as string);
}
