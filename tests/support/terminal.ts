// Scripts on a terminal: stdin, stdout and stderr are one, and what is typed comes by its keyboard.

import process from "node:process";
import type { Program } from "./process.ts";
import type { Outcome, Shell } from "./shell.ts";

const python = process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3";

const onTerminal = "import os, pty, sys; " +
  "sys.exit(os.waitstatus_to_exitcode(pty.spawn(['bash', '-c', sys.argv[1]])))";

/** What a Ctrl-C sends down a terminal's line. */
export const controlC = "\x03";

/**
 * Starts a script of bash on a terminal. Its lines are all that shows there, each with a `\r` at its
 * end; what is written to the program is typed.
 */
export function startOnTerminal(
  shell: Shell,
  script: string,
  environment: Readonly<Record<string, string>> = {},
): Program {
  // What is typed is not to show among what is printed.
  const words = `exec "$TERMINAL_PYTHON" -c "$TERMINAL_PROGRAM" "stty -echo; $TERMINAL_SCRIPT"`;
  return shell.start(words, {
    TERM: "xterm",
    NO_COLOR: "",
    ...environment,
    TERMINAL_PYTHON: python,
    TERMINAL_PROGRAM: onTerminal,
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
