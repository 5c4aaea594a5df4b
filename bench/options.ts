/** The command line of the bench. */

import { parseArgs } from "node:util";
import { type Part, PARTS, type Target, TARGETS } from "./contestants.ts";
import type { Workload } from "./load.ts";

export interface Options {
  parts: ReadonlySet<Part>;
  targets: ReadonlySet<Target>;
  bodyBytes: number[];
  rounds: number;
  /** How long each measured load runs, about. */
  loadSeconds: number;
  latencyMessages: number;
  starts: number;
  jsonFile: string | undefined;
  asMarkdown: boolean;
}

export const USAGE: string = `Usage: bench/run.ts [OPTION]…

Measures callsign's broker against the same broker in C, pyzmq and zeromq.js, side by side.

  --quick              one short round, and rough
  --only PARTS         of ${PARTS.join(",")} (default: all)
  --targets TARGETS    of ${TARGETS.join(",")} (default: all)
  --sizes BYTES        body sizes, such as 20,1024,65536 (default: 20)
  --rounds N           rounds, of which medians are taken (default: 5)
  --seconds S          length of each measured load (default: 1.5)
  --json FILE          write every figure of every round to FILE
  --markdown           print the table of the README instead of the full ones
  --help               print this

Where to find the contestants:

  CALLSIGN_DENO, CALLSIGN_BUN   programs (default: deno, bun)
  CALLSIGN_DENO_FLAGS           one more argument for "deno run", such as --import-map=FILE
  CALLSIGN_PYTHON               a Python that has pyzmq (default: /usr/bin/python3, then python3)
  CALLSIGN_EXECUTABLES          folder with compiled bun/callsign and deno/callsign
`;

const BODY_BYTES_MIN = 8;
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** `undefined` when only help was asked for. Throws an Error that says what is wrong. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", default: PARTS.join(",") },
      targets: { type: "string", default: TARGETS.join(",") },
      sizes: { type: "string", default: "20" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      json: { type: "string" },
      markdown: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  return {
    parts: readNames("--only", values.only, PARTS),
    targets: readNames("--targets", values.targets, TARGETS),
    bodyBytes: values.sizes.split(",").map((size) =>
      readNumber("--sizes", size, BODY_BYTES_MIN, BODY_BYTES_MAX)
    ),
    rounds: readNumber("--rounds", values.rounds ?? (values.quick ? "1" : "5"), 1, 1_000),
    loadSeconds: readNumber(
      "--seconds",
      values.seconds ?? (values.quick ? "0.4" : "1.5"),
      0.05,
      60,
    ),
    latencyMessages: values.quick ? 1_500 : 5_000,
    starts: values.quick ? 5 : 21,
    jsonFile: values.json,
    asMarkdown: values.markdown,
  };
}

/** The loads that `parts` need: all but forwarding itself is measured on the echo load. */
export function workloadsOf(parts: ReadonlySet<Part>): Workload[] {
  const workloads: Workload[] = [];
  if (parts.size > 1 || !parts.has("forward")) workloads.push("echo");
  if (parts.has("forward")) workloads.push("forward");
  return workloads;
}

/** Names of `known`, with commas between. */
export function readNames<Name extends string>(
  flag: string,
  text: string,
  known: readonly Name[],
): ReadonlySet<Name> {
  const names = text.split(",").map((name) => {
    const found = known.find((candidate) => candidate === name);
    if (found === undefined) {
      throw new Error(`Read ${flag}: "${name}" is none of ${known.join(", ")}`);
    }
    return found;
  });
  return new Set(names);
}

export function readNumber(flag: string, text: string, minimum: number, maximum: number): number {
  const number = Number(text);
  if (text.trim() === "" || !(number >= minimum && number <= maximum)) {
    throw new Error(`Read ${flag}: "${text}" is not a number from ${minimum} to ${maximum}`);
  }
  return number;
}
