// What a script prints: all of it, and its exit status.

import assert from "node:assert/strict";
import type { Outcome, Shell } from "./shell.ts";

/** What a script must do: say exactly this, or something that matches. */
export interface Wanted {
  /** All of stdout but the last line end; default nothing. */
  readonly stdout?: string | RegExp;
  /** All of stderr but the last line end; default nothing. */
  readonly stderr?: string | RegExp;
  /** Default 0. */
  readonly status?: number;
}

/** Runs a script to its end, and checks all that comes of it. */
export async function prints(
  shell: Shell,
  script: string,
  wanted: Wanted,
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const outcome = await shell.run(script, environment);
  const { stdout, stderr, status } = outcome;
  const report = `${script}\nstdout: ${stdout}\nstderr: ${stderr}\nstatus: ${status}`;
  assertText(stderr, wanted.stderr ?? "", `stderr of ${report}`);
  assertText(stdout, wanted.stdout ?? "", `stdout of ${report}`);
  assert.equal(
    status,
    wanted.status ?? 0,
    `not the wanted status ${wanted.status ?? 0}: ${report}`,
  );
  return outcome;
}

/** What a script prints whose lines are JSON. */
export function jsonLines({ stdout }: Outcome): Record<string, unknown>[] {
  return stdout.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

function assertText(text: string, wanted: string | RegExp, what: string): void {
  const message = `wanted: ${wanted}\n${what}`;
  if (typeof wanted === "string") assert.equal(text, wanted, message);
  else assert.match(text, wanted, message);
}
