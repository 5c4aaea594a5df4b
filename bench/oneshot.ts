/**
 * What one request costs from a shell: start, connection, answer, end. `bun bench/oneshot.ts` or
 * `deno run -A bench/oneshot.ts`, with `--help`.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Children } from "./children.ts";
import { describeMachine, machineLines } from "./machine.ts";
import { bodyTable, measureBodies } from "./oneshot/bodies.ts";
import { findAskers, findForms, GEARMAN } from "./oneshot/contestants.ts";
import { lineTable, measureLines } from "./oneshot/lines.ts";
import { measureRequests, requestTable } from "./oneshot/requests.ts";
import { openScene } from "./oneshot/scene.ts";
import { Stopwatch } from "./oneshot/stopwatch.ts";
import { readNumber } from "./options.ts";
import { findRuntimes, versionsOf } from "./runtimes.ts";
import { toAligned, toMarkdown } from "./text.ts";

const USAGE = `Usage: bench/oneshot.ts [OPTION]…

  --rounds N           rounds of one request by each program (default: 40)
  --calls N            lines to send by a call each; the others are reckoned (default: 200)
  --full               send all 10,000 lines by a call each; takes minutes
  --quick              5 rounds, 20 calls
  --json FILE          write every figure of every round to FILE
  --markdown           print the tables as Markdown
  --help               print this

CALLSIGN_EXECUTABLES, CALLSIGN_BUN, CALLSIGN_DENO, CALLSIGN_PYTHON: as in bench/run.ts
`;

const VERSION_LIMIT_MS = 20_000;

const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    calls: { type: "string" },
    full: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    markdown: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const rounds = readNumber("--rounds", values.rounds ?? (values.quick ? "5" : "40"), 1, 10_000);
const someCalls = readNumber("--calls", values.calls ?? (values.quick ? "20" : "200"), 1, 10_000);
const calls = values.full ? Infinity : someCalls;

function say(progress: string): void {
  process.stderr.write(`bench: ${progress}\n`);
}

async function gearmanVersion(children: Children): Promise<Record<string, string>> {
  const text = await children.capture(["gearmand", "--version"], VERSION_LIMIT_MS);
  return { gearman: /gearmand (\S+)/.exec(text)?.[1] ?? "unknown" };
}

async function main(): Promise<void> {
  const here = dirname(fileURLToPath(import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "callsign-bench-"));
  const children = new Children(dirname(here));
  process.on("exit", () => {
    children.killAll();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => process.exit(1));
  }
  const runtimes = await findRuntimes(children);
  const { present: forms, absent } = findForms(dirname(here), runtimes);
  const [best] = forms;
  if (best === undefined) throw new Error("Find callsign: it runs in no form here");
  const stopwatch = await Stopwatch.compile(children, join(here, "oneshot", "stopwatch.c"), folder);
  // The same broker and worker serve everybody: only who asks is measured.
  const scene = await openScene(children, best.command, runtimes.python);
  if (scene.gearman === undefined) absent.push({ label: GEARMAN, reason: "it is not installed" });
  const versions = {
    ...versionsOf(runtimes),
    ...(scene.gearman === undefined ? {} : await gearmanVersion(children)),
  };

  say(`one request: ${rounds} rounds`);
  const askers = findAskers(scene, forms, runtimes.python);
  const requests = await measureRequests(stopwatch, askers, rounds);
  say("many lines");
  const lines = await measureLines(stopwatch, scene, forms, calls, folder);
  say("bodies up to 256 MiB");
  const bodies = await measureBodies(stopwatch, scene, forms, folder);
  await scene.end();

  const machine = describeMachine();
  const tables = [requestTable(requests, rounds), lineTable(lines), bodyTable(bodies)];
  const layOut = values.markdown ? toMarkdown : toAligned;
  process.stdout.write(`${machineLines(machine, versions)}\n`);
  for (const table of tables) process.stdout.write(`${layOut(table)}\n`);
  for (const { label, reason } of absent) process.stdout.write(`Left out: ${label}: ${reason}\n`);
  if (values.json !== undefined) {
    const figures = { machine, versions, absent, requests, lines, bodies };
    writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  say((error as Error).message);
  process.exit(1);
}
