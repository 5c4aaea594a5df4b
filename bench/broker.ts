/** A running broker, whoever wrote it, seen from outside: endpoint, CPU time, memory. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { Child, Children, Command } from "./children.ts";

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;
const STARTED_LINE = /^Broker started, listening on (\S+)$/m;

export interface Memory {
  peakMebibytes: number;
  currentMebibytes: number;
}

export class Broker {
  readonly endpoint: string;
  /** From before it was spawned until its line was read. */
  readonly startupMs: number;
  readonly #child: Child;

  private constructor(child: Child, endpoint: string, startupMs: number) {
    this.#child = child;
    this.endpoint = endpoint;
    this.startupMs = startupMs;
  }

  get pid(): number {
    return this.#child.pid;
  }

  static async start(children: Children, command: Command): Promise<Broker> {
    const startedMs = performance.now();
    const child = children.start(command);
    let output = "";
    const announced = new Promise<Broker>((resolve) => {
      child.onOutput((text) => {
        output += text;
        const endpoint = STARTED_LINE.exec(output)?.[1];
        if (endpoint === undefined) return;
        resolve(new Broker(child, endpoint, performance.now() - startedMs));
      });
    });
    const started = await Promise.race([announced, child.endedWithin(START_LIMIT_MS)]);
    if (started instanceof Broker) return started;
    child.kill("SIGKILL");
    throw new Error(
      started === undefined
        ? `Start the broker: no "Broker started" line within ${START_LIMIT_MS} ms`
        : `Start the broker: ${child.describeEnd(started)}`,
    );
  }

  /** Waits for `work`, but no longer than the broker lives. */
  async during<T>(work: Promise<T>): Promise<T> {
    const died = this.#child.ended.then((ended) => {
      throw new Error(`The broker ended under load: ${this.#child.describeEnd(ended)}`);
    });
    return await Promise.race([work, died]);
  }

  /** User and system time of all its threads since it began. */
  cpuMicros(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8");
    // The second field, the program's name in brackets, may have spaces and brackets of its own.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return ticks * (1e6 / ticksPerSecond());
  }

  memory(): Memory {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    const mebibytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
    return { peakMebibytes: mebibytes("VmHWM"), currentMebibytes: mebibytes("VmRSS") };
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    if (await this.#child.endedWithin(STOP_LIMIT_MS) !== undefined) return;
    this.#child.kill("SIGKILL");
    throw new Error(`Stop the broker: still running ${STOP_LIMIT_MS} ms after SIGTERM`);
  }
}

let knownTicksPerSecond: number | undefined;

function ticksPerSecond(): number {
  knownTicksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return knownTicksPerSecond;
}
