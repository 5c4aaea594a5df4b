/**
 * Measures callsign's broker against the same broker in C, pyzmq and zeromq.js, side by side in
 * one run: `bun bench/run.ts` or `deno run -A bench/run.ts`, with `--help` for more.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Children } from "./children.ts";
import { findContestants, type Lineup } from "./contestants.ts";
import { compilePrograms, Load } from "./load.ts";
import { describeMachine, machineLines } from "./machine.ts";
import { type Options, readOptions, USAGE, workloadsOf } from "./options.ts";
import { Report } from "./report.ts";
import { type Failure, Rounds } from "./rounds.ts";
import { toAligned, toMarkdown } from "./text.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 64;
const SIGNAL_STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

function say(progress: string): void {
  process.stderr.write(`bench: ${progress}\n`);
}

/** Nothing of a run may stay behind, however it ends. */
function cleanUpAtExit(children: Children, folder: string): void {
  process.on("exit", () => {
    children.killAll();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [signal, status] of Object.entries(SIGNAL_STATUS)) {
    process.on(signal as keyof typeof SIGNAL_STATUS, () => process.exit(status));
  }
}

function absenceLines({ absent }: Lineup): string {
  return absent.map(({ target, workload, reason }) =>
    `Left out: ${target} (${workload}): ${reason}\n`
  ).join("");
}

function failureLines(failures: readonly Failure[]): string {
  return failures.map(({ target, workload, during, reason }) =>
    `FAILED: ${target} (${workload}), in ${during}: ${reason}\n`
  ).join("");
}

async function bench(options: Options): Promise<number> {
  if (platform() !== "linux") throw new Error(`Measure on "${platform()}": needs /proc of Linux`);
  const here = dirname(fileURLToPath(import.meta.url));
  const root = dirname(here);
  const folder = mkdtempSync(join(tmpdir(), "callsign-bench-"));
  const children = new Children(root);
  cleanUpAtExit(children, folder);

  say("compiling the C programs");
  const programs = await compilePrograms(children, here, folder);
  const load = new Load(children, programs.load);
  const workloads = workloadsOf(options.parts);
  const lineup = await findContestants(children, root, programs, options.targets, workloads);
  const versions = { libzmq: await load.libzmqVersion(), ...lineup.versions };
  const machine = describeMachine();

  const rounds = new Rounds(children, load, options, say);
  await rounds.run(lineup.present);

  const { results } = rounds;
  const report = new Report(results, lineup.present, options);
  process.stdout.write(`${machineLines(machine, versions)}\n`);
  if (options.asMarkdown) {
    process.stdout.write(`${toMarkdown(report.summary())}\n`);
  } else {
    for (const table of report.tables()) process.stdout.write(`${toAligned(table)}\n`);
  }
  process.stdout.write(absenceLines(lineup) + failureLines(results.failures));
  if (options.jsonFile !== undefined) {
    const settings = { ...options, parts: [...options.parts], targets: [...options.targets] };
    const figures = { machine, versions, settings, absent: lineup.absent, ...results };
    writeFileSync(options.jsonFile, `${JSON.stringify(figures, null, 2)}\n`);
  }
  return results.failures.length === 0 ? 0 : EXIT_FAILED;
}

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    say(`${(error as Error).message}; see --help`);
    return EXIT_USAGE;
  }
  if (options === undefined) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    return await bench(options);
  } catch (error) {
    say((error as Error).message);
    return EXIT_FAILED;
  }
}

process.exit(await main());
