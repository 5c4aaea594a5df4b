/** From the figures of all rounds to tables: medians, each beside its ratio to C in that run. */

import { type Contestant, type Target, TARGETS } from "./contestants.ts";
import type { Workload } from "./load.ts";
import {
  ECHO_PEERS,
  ECHO_WINDOW,
  FORWARD_CLIENTS,
  FORWARD_WINDOW,
  FORWARD_WORKERS,
} from "./load.ts";
import type { Options } from "./options.ts";
import type { Results, Sample } from "./rounds.ts";
import { median } from "./statistics.ts";
import { decimal, NOT_MEASURED, ratio } from "./text.ts";

/** Said with every table of the forward load, because not all of its rows do as much. */
const FORWARD_NOTE = "Forward: callsign is the complete broker, and reaches peers by name; " +
  "the others swap identities, and do nothing else";

const REFERENCE: Target = "c";

export interface Table {
  title: string;
  note?: string;
  /** The first column names the contestant. */
  columns: string[];
  rows: string[][];
}

/** A figure of one sample; `undefined` where it was not measured. */
type Figure = (sample: Sample) => number | undefined;

const cpu: Figure = (sample) => sample.cpuMicrosPerMessage;
const rate: Figure = (sample) => sample.messagesPerSecond;
const p50: Figure = (sample) => sample.latency?.p50Micros;
const p99: Figure = (sample) => sample.latency?.p99Micros;
const peak: Figure = (sample) => sample.memory?.peakMebibytes;
const current: Figure = (sample) => sample.memory?.currentMebibytes;

export class Report {
  readonly #results: Results;
  readonly #contestants: readonly Contestant[];
  readonly #options: Options;

  /** Contestants that failed are left out: their figures may be of a broker about to fall over. */
  constructor(results: Results, contestants: readonly Contestant[], options: Options) {
    this.#results = results;
    this.#options = options;
    this.#contestants = contestants.filter(({ target, workload }) =>
      !results.failures.some((failure) =>
        failure.target === target && failure.workload === workload
      )
    );
  }

  tables(): Table[] {
    const { parts, bodyBytes } = this.#options;
    const tables: Table[] = [];
    for (const bytes of bodyBytes) {
      if (parts.has("echo")) tables.push(this.#throughputTable("echo", bytes));
      if (parts.has("forward")) tables.push(this.#throughputTable("forward", bytes));
      if (parts.has("latency")) tables.push(this.#latencyTable(bytes));
      if (parts.has("memory")) tables.push(this.#memoryTable("echo", bytes));
      if (parts.has("memory") && parts.has("forward")) {
        tables.push(this.#memoryTable("forward", bytes));
      }
    }
    if (parts.has("startup")) tables.push(this.#startupTable());
    return tables;
  }

  /** One row a target, for the README: the figures of the first body size. */
  summary(): Table {
    const bytes = this.#options.bodyBytes[0] ?? 0;
    const columns = [
      "",
      "CPU per echo",
      "CPU per forward",
      "echoes/s",
      "latency p50",
      "start-up",
      "peak memory",
    ];
    const echo = (target: Target, figure: Figure): number =>
      this.#median("echo", bytes, target, figure);
    const cell = (figureOf: (target: Target) => number, target: Target, unit: string): string =>
      withRatio(figureOf(target), figureOf(REFERENCE), unit);
    const targets = TARGETS.filter((target) =>
      this.#contestants.some((one) => one.target === target)
    );
    const rows = targets.map((target) => [
      this.#labelOf(target),
      cell((one) => echo(one, cpu), target, "µs"),
      cell((one) => this.#median("forward", bytes, one, cpu), target, "µs"),
      cell((one) => echo(one, rate), target, ""),
      cell((one) => echo(one, p50), target, "µs"),
      cell((one) => this.#medianStart(one), target, "ms"),
      cell((one) => echo(one, peak), target, "MiB"),
    ]);
    const title = `Bodies of ${bytes} bytes; in brackets the ratio to C`;
    return { title, ...noteOf("forward"), columns, rows };
  }

  #throughputTable(workload: Workload, bytes: number): Table {
    const shape = workload === "echo"
      ? `Echo, ${ECHO_PEERS} peers × ${ECHO_WINDOW} in flight`
      : `Forward, ${FORWARD_CLIENTS} clients × ${FORWARD_WINDOW} in flight, ` +
        `${FORWARD_WORKERS} workers`;
    return {
      title: `${shape}, ${bytes}-byte body`,
      ...noteOf(workload),
      columns: ["", "CPU µs/message", "to C", "lowest–highest", "messages/s", "to C"],
      rows: this.#rows(workload, (target) => {
        const used = this.#median(workload, bytes, target, cpu);
        const done = this.#median(workload, bytes, target, rate);
        return [
          decimal(used),
          ratio(used, this.#median(workload, bytes, REFERENCE, cpu)),
          this.#range(workload, bytes, target, cpu),
          decimal(done),
          ratio(done, this.#median(workload, bytes, REFERENCE, rate)),
        ];
      }),
    };
  }

  #latencyTable(bytes: number): Table {
    return {
      title: `Latency of an echo, one in flight, ${bytes}-byte body`,
      columns: ["", "p50 µs", "to C", "p99 µs", "to C"],
      rows: this.#rows("echo", (target) => [
        ...this.#withReference("echo", bytes, target, p50),
        ...this.#withReference("echo", bytes, target, p99),
      ]),
    };
  }

  #memoryTable(workload: Workload, bytes: number): Table {
    return {
      title: `Resident memory after the ${workload} load, ${bytes}-byte body`,
      ...noteOf(workload),
      columns: ["", "peak MiB", "to C", "current MiB", "to C"],
      rows: this.#rows(workload, (target) => [
        ...this.#withReference(workload, bytes, target, peak),
        ...this.#withReference(workload, bytes, target, current),
      ]),
    };
  }

  #startupTable(): Table {
    return {
      title: "Start-up, from spawn to the started line",
      columns: ["", "ms", "to C"],
      rows: this.#rows("echo", (target) => {
        const start = this.#medianStart(target);
        return [decimal(start), ratio(start, this.#medianStart(REFERENCE))];
      }),
    };
  }

  #rows(workload: Workload, cells: (target: Target) => string[]): string[][] {
    return this.#contestants.filter((contestant) => contestant.workload === workload)
      .map(({ target, label }) => [label, ...cells(target)]);
  }

  #withReference(workload: Workload, bytes: number, target: Target, figure: Figure): string[] {
    const own = this.#median(workload, bytes, target, figure);
    return [decimal(own), ratio(own, this.#median(workload, bytes, REFERENCE, figure))];
  }

  #values(workload: Workload, bytes: number, target: Target, figure: Figure): number[] {
    const isWanted = (sample: Sample): boolean =>
      sample.workload === workload && sample.bodyBytes === bytes && sample.target === target;
    return this.#results.samples.filter(isWanted).flatMap((sample) => figure(sample) ?? []);
  }

  #median(workload: Workload, bytes: number, target: Target, figure: Figure): number {
    return median(this.#values(workload, bytes, target, figure));
  }

  #range(workload: Workload, bytes: number, target: Target, figure: Figure): string {
    const values = this.#values(workload, bytes, target, figure);
    return `${decimal(Math.min(...values))}–${decimal(Math.max(...values))}`;
  }

  #medianStart(target: Target): number {
    const starts = this.#results.starts.filter((start) => start.target === target);
    return median(starts.map((start) => start.startupMs));
  }

  #labelOf(target: Target): string {
    return this.#contestants.find((contestant) => contestant.target === target)?.label ?? target;
  }
}

function noteOf(workload: Workload): { note?: string } {
  return workload === "forward" ? { note: FORWARD_NOTE } : {};
}

function withRatio(value: number, reference: number, unit: string): string {
  if (!Number.isFinite(value)) return NOT_MEASURED;
  return `${decimal(value)} ${unit}`.trimEnd() + ` (${ratio(value, reference)})`;
}
