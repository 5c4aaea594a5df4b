// Scripts on a terminal: stdin, stdout and stderr are one, and what is typed comes by its keyboard.

import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Program } from "./process.ts";
import type { Outcome, Shell } from "./shell.ts";

const python = process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3";

const runner = path.join(path.dirname(fileURLToPath(import.meta.url)), "terminal.py");

/** What a Ctrl-C sends down a terminal's line. */
export const controlC = "\x03";

/** And a Ctrl-D, at the beginning of a line: the end of what is typed. */
export const controlD = "\x04";

/**
 * Starts a script of bash on a terminal. Its lines are all that shows there, each with a `\r` at its
 * end; what is written to the program is typed.
 */
export function startOnTerminal(
  shell: Shell,
  script: string,
  environment: Readonly<Record<string, string>> = {},
): Program {
  return shell.start('exec "$TERMINAL_PYTHON" "$TERMINAL_RUNNER" "$TERMINAL_SCRIPT"', {
    TERM: "xterm",
    NO_COLOR: "",
    ...environment,
    TERMINAL_PYTHON: python,
    TERMINAL_RUNNER: runner,
    TERMINAL_SCRIPT: script,
  });
}

/** Runs a script of bash on a terminal to its end; stdout is all that shows there. */
export async function runOnTerminal(
  shell: Shell,
  script: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const program = startOnTerminal(shell, script, environment);
  const ending = await program.ended;
  const stdout = program.lines.map((line) => line.replace(/\r$/, "")).join("\n");
  return { ...ending, stdout, stderr: program.errors.join("\n") };
}
