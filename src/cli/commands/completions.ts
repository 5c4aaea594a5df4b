/**
 * `callsign completions`.
 *
 * @module
 */

import type { Arguments } from "../args.ts";
import { commands, shells } from "../commands.ts";
import { bashCompletions } from "../completions/bash.ts";
import { fishCompletions } from "../completions/fish.ts";
import { zshCompletions } from "../completions/zsh.ts";
import { allOperands, someOperands } from "../operands.ts";
import { print } from "../print.ts";
import { UsageError } from "../usage.ts";

type Shell = typeof shells[number];

const scripts: Readonly<Record<Shell, () => string>> = {
  bash: bashCompletions,
  zsh: zshCompletions,
  fish: fishCompletions,
};

/** Prints the script that makes a shell complete command lines. */
export function runCompletions(args: Arguments): number {
  const advice = `write callsign completions ${shells.join(", or ")}`;
  if (allOperands(args).length === 0) throw new UsageError(`Missing SHELL: ${advice}`);
  const [shell = ""] = someOperands(commands.completions, args, 1, 1);
  if (!Object.hasOwn(scripts, shell)) {
    throw new UsageError(`Unknown shell ${JSON.stringify(shell)}: ${advice}`);
  }
  return print(scripts[shell as Shell]());
}
