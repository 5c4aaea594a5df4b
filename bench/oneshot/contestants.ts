/** Who asks: the forms of callsign, and others that do as much. */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "../children.ts";
import { denoFlags, findExecutable } from "../contestants.ts";
import type { Found, Missing, Runtimes } from "../runtimes.ts";
import { requestOf, type Scene, WORKER } from "./scene.ts";

/** A way to run callsign: the words that begin its command line. */
export interface Form {
  label: string;
  command: Command;
}

export interface Forms {
  present: Form[];
  absent: { label: string; reason: string }[];
}

/** A program that asks once; the body it sends follows its command. */
export interface Asker {
  label: string;
  command: Command;
}

/** What the others are compared with. */
export const REFERENCE = "pyzmq";

export const GEARMAN = "gearman";

export function findForms(root: string, runtimes: Runtimes): Forms {
  const source = join(root, "src", "main.ts");
  const forms: [string, Command | Missing][] = [
    ["callsign, Bun executable", findExecutable("bun")],
    ["callsign, Deno executable", findExecutable("deno")],
    ["callsign on Bun", fromSource(runtimes.bun, [], source)],
    ["callsign on Deno", fromSource(runtimes.deno, denoFlags("-A"), source)],
  ];
  const found: Forms = { present: [], absent: [] };
  for (const [label, command] of forms) {
    if ("missing" in command) found.absent.push({ label, reason: command.missing });
    else found.present.push({ label, command });
  }
  return found;
}

function fromSource(runtime: Found, flags: string[], source: string): Command | Missing {
  return "missing" in runtime ? runtime : [runtime.program, ...flags, source];
}

export function findAskers(scene: Scene, forms: readonly Form[], python: Found): Asker[] {
  const askers: Asker[] = forms.map(({ label, command }) => ({
    label,
    command: requestOf(command, scene.endpoint),
  }));
  const folder = dirname(fileURLToPath(import.meta.url));
  if (!("missing" in python) && scene.repEndpoint !== undefined) {
    const run = (script: string, ...args: string[]): Command => [
      python.program,
      join(folder, script),
      ...args,
    ];
    askers.push({ label: REFERENCE, command: run("ask.py", scene.endpoint, WORKER) });
    askers.push({ label: "pyzmq, REQ to REP", command: run("req.py", scene.repEndpoint) });
  }
  if (scene.gearman !== undefined) askers.push({ label: GEARMAN, command: scene.gearman });
  return askers;
}
