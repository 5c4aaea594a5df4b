/**
 * Step 2: the runtime is one that callsign is tested on, and its calls of libzmq come back.
 *
 * @module
 */

import process from "node:process";
import type { NativeLibrary } from "../../ffi/native.ts";
import { Context } from "../../zmq/context.ts";
import { Readiness } from "../../zmq/readiness.ts";
import { nothing } from "../../zmq/socket.ts";
import { durationText } from "../flag.ts";
import { abortable, type Finding, StepFailure, StepTimeout } from "./step.ts";

/** The oldest that callsign is tested on. */
const oldest = { bun: "1.4.5", deno: "2.4.2" } as const;

const upgrades = { bun: "bun upgrade", deno: "deno upgrade" } as const;

/** Versions by runtime; `process.versions` is one. */
export type Versions = Readonly<Record<string, string | undefined>>;

/**
 * Checks the runtime.
 *
 * @param timeoutMs how long it may take
 * @throws {StepFailure} when it is too old, or a message does not come through
 */
export async function checkRuntime(
  library: NativeLibrary,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Finding> {
  const { runtime } = library;
  const version = supportedVersion(runtime, process.versions);
  try {
    await abortable(exchange(library), signal);
  } catch (error) {
    const what = error instanceof StepTimeout
      ? `nothing came back within ${durationText(timeoutMs)}`
      : (error as Error).message;
    throw new StepFailure(
      `${runtime} ${version} cannot call libzmq: ${what}`,
      `Try another release of ${runtime}, and another libzmq with CALLSIGN_LIBZMQ`,
    );
  }
  const finding = { detail: `${runtime} ${version}`, value: undefined };
  if (mayReadEnvironment()) return finding;
  return {
    detail: `${finding.detail} without --allow-env: no variables are read`,
    advice: "Run it again with --allow-env if variables CALLSIGN_* are set",
    value: undefined,
  };
}

/**
 * The version of the runtime.
 *
 * @throws {StepFailure} when it is older than the oldest that is supported
 */
export function supportedVersion(runtime: NativeLibrary["runtime"], versions: Versions): string {
  const version = versions[runtime] ?? "0";
  if (!isOlder(version, oldest[runtime])) return version;
  throw new StepFailure(
    `${runtime} ${version} is older than ${oldest[runtime]}, the oldest supported`,
    `Get a later one with ${upgrades[runtime]}`,
  );
}

function isOlder(version: string, wanted: string): boolean {
  const parts = version.split(".").map((part) => parseInt(part));
  for (const [i, part] of wanted.split(".").map(Number).entries()) {
    if (parts[i] !== part) return (parts[i] ?? 0) < part;
  }
  return false;
}

/** Sends a message from one socket to another and waits for it, as everything else here does. */
async function exchange(library: NativeLibrary): Promise<void> {
  const context = new Context(library);
  try {
    const receiver = context.socket("pair", { linger: 0 });
    const sender = context.socket("pair", { linger: 0 });
    receiver.bind("inproc://doctor");
    sender.connect("inproc://doctor");
    const readiness = new Readiness(context.poller, [receiver]);
    // Later, so that it is waited for beside this thread.
    setTimeout(() => void (sender.closed || sender.send(new Uint8Array(1), 1, false)));
    while (receiver.receiveInto(new Uint8Array(1)) === nothing) await readiness.wait(1000);
  } finally {
    await context.close();
  }
}

function mayReadEnvironment(): boolean {
  try {
    return process.env.CALLSIGN_CONNECT !== null;
  } catch {
    return false;
  }
}
