// Programs that are to fail: with one message, one status, and nothing else.

import assert from "node:assert/strict";
import { runToEnd } from "../support/process.ts";
import { executableForms, type Form, type ProgramName, sourceForms } from "../support/programs.ts";

/** Every form there is here. */
export const forms: readonly Form[] = [...sourceForms, ...executableForms];

/** How a program should fail. */
export interface Failure {
  readonly status: number;
  /** All of stderr but the last line end. */
  readonly stderr: string | RegExp;
  /** All of stdout but the last line end; default nothing. */
  readonly stdout?: string;
}

/** A command line, and what it runs with beside it. */
export interface Run {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the one given to it, such as `nice`, with its arguments. */
  readonly through?: readonly string[];
}

/** Runs a program of a form, and asserts that it fails so and prints no more than this. */
export async function assertFails(
  form: Form,
  program: ProgramName,
  { args, env, through = [] }: Run,
  wanted: Failure,
): Promise<void> {
  const [command, ...rest] = [...through, ...form.command(program), ...args];
  const { status, stdout, stderr } = await runToEnd(command as string, rest, env);
  if (wanted.stderr instanceof RegExp) assert.match(stderr, wanted.stderr);
  else assert.equal(stderr, wanted.stderr);
  assert.equal(stdout, wanted.stdout ?? "");
  assert.equal(status, wanted.status);
  assert.match(stderr, /^callsign: [A-Z]/);
  assert.doesNotMatch(stderr, /^\s+at /m, "a stack trace");
}
