/**
 * One broker and thousands of named peers: what each of them costs it, and whether a message gets
 * dearer with their number. `bun bench/many.ts` or `deno run -A bench/many.ts`, with `--help`.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Broker } from "./broker.ts";
import { Children, type Command } from "./children.ts";
import { type Contestant, findContestants, type Target, TARGETS } from "./contestants.ts";
import { compilePrograms, type Crowd, Load } from "./load.ts";
import { describeMachine } from "./machine.ts";
import { readNames, readNumber } from "./options.ts";
import type { Table } from "./report.ts";
import { WARM_UP_MESSAGES } from "./rounds.ts";
import { median } from "./statistics.ts";
import { decimal, ratio, toAligned, toMarkdown } from "./text.ts";

const USAGE = `Usage: bench/many.ts [OPTION]…

  --counts COUNTS      numbers of peers (default: 10,100,1000,5000)
  --targets TARGETS    of ${TARGETS.join(",")} (default: c,bun,deno)
  --rounds N           rounds, of which medians are taken (default: 3)
  --messages N         messages of each measured load (default: 200000)
  --json FILE          write every figure of every round to FILE
  --markdown           print the table as Markdown
  --help               print this
`;

const BODY_BYTES = 20;
const LATENCY_MESSAGES = 5_000;
/** Below so many, what each adds is lost in the heap's own ups and downs. */
const MEMORY_PEERS_MIN = 1_000;

const { values } = parseArgs({
  options: {
    counts: { type: "string", default: "10,100,1000,5000" },
    targets: { type: "string", default: "c,bun,deno" },
    rounds: { type: "string", default: "3" },
    messages: { type: "string", default: "200000" },
    json: { type: "string" },
    markdown: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const counts = values.counts.split(",").map((text) => readNumber("--counts", text, 10, 30_000));
const targets = readNames("--targets", values.targets, TARGETS);
const rounds = readNumber("--rounds", values.rounds, 1, 100);
const messages = readNumber("--messages", values.messages, 1_000, 100_000_000);

interface Sample extends Crowd {
  target: Target;
  round: number;
}

/** A broker needs a descriptor for each peer: as many as this machine allows it. */
function withDescriptors(command: Command): Command {
  return ["sh", "-c", 'ulimit -n "$(ulimit -Hn)" && exec "$@"', "sh", ...command];
}

async function measure(
  children: Children,
  load: Load,
  { command, dialect }: Contestant,
  peers: number,
): Promise<Crowd> {
  const broker = await Broker.start(children, withDescriptors(command));
  const { endpoint } = broker;
  // What is hot is compiled by then, and what that takes is no peer's memory.
  await broker.during(load.throughput("forward", dialect, endpoint, WARM_UP_MESSAGES, BODY_BYTES));
  const crowd = await broker.during(
    load.crowd(dialect, broker, peers, messages, LATENCY_MESSAGES, BODY_BYTES),
  );
  await broker.stop();
  return crowd;
}

const loadedGrowth = ({ loadedKibibytes, residentKibibytes }: Crowd): number =>
  loadedKibibytes - residentKibibytes;

const perPeer = (kibibytes: number, { peers }: Crowd): number =>
  peers < MEMORY_PEERS_MIN ? NaN : kibibytes / peers;

function tableOf(samples: readonly Sample[], contestants: readonly Contestant[]): Table {
  const figure = (target: Target, peers: number, figureOf: (sample: Sample) => number): number =>
    median(
      samples.filter((sample) => sample.target === target && sample.peers === peers)
        .map(figureOf),
    );
  const cpu = (target: Target, peers: number): number =>
    figure(target, peers, (sample) => sample.cpuMicrosPerMessage);
  const first = counts[0] as number;
  const rows = contestants.flatMap(({ target, label }) =>
    counts.map((peers) => [
      label,
      `${peers}`,
      `${figure(target, peers, (sample) => sample.answered)}`,
      decimal(figure(target, peers, (sample) => sample.registerMillis)),
      decimal(cpu(target, peers)),
      ratio(cpu(target, peers), cpu(target, first)),
      ratio(cpu(target, peers), cpu("c", peers)),
      decimal(figure(target, peers, (sample) => sample.messagesPerSecond)),
      decimal(figure(target, peers, (sample) => sample.quietCpuMicrosPerMessage)),
      decimal(figure(target, peers, (sample) => sample.p50Micros)),
      decimal(figure(target, peers, (sample) => sample.p99Micros)),
      decimal(figure(target, peers, (sample) => perPeer(sample.grownKibibytes, sample))),
      decimal(figure(target, peers, (sample) => perPeer(loadedGrowth(sample), sample))),
    ])
  );
  return {
    title: "Named peers of one broker, 10 requests in flight, each to another name",
    note: "Quiet: one request in flight; p50 and p99 until its reply. KiB: resident, per peer",
    columns: [
      "",
      "peers",
      "answered",
      "register ms",
      "CPU µs/message",
      `to ${first} peers`,
      "to C",
      "messages/s",
      "quiet CPU µs",
      "p50 µs",
      "p99 µs",
      "KiB idle",
      "KiB after load",
    ],
    rows,
  };
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
  const programs = await compilePrograms(children, here, folder);
  const load = new Load(children, programs.load);
  const { present, absent, versions } = await findContestants(
    children,
    dirname(here),
    programs,
    targets,
    ["forward"],
  );
  const samples: Sample[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const peers of counts) {
      process.stderr.write(`bench: ${peers} peers, round ${round} of ${rounds}\n`);
      for (const contestant of present) {
        const crowd = await measure(children, load, contestant, peers);
        samples.push({ target: contestant.target, round, ...crowd });
      }
    }
  }
  const table = tableOf(samples, present);
  process.stdout.write(`${values.markdown ? toMarkdown(table) : toAligned(table)}\n`);
  for (const { target, reason } of absent) process.stdout.write(`Left out: ${target}: ${reason}\n`);
  if (values.json !== undefined) {
    const figures = { machine: describeMachine(), versions, samples };
    writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exit(1);
}
