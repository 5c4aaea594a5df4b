/** The load generator and the C peers: compiled once for a run, then started as often as needed. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { Children, Command } from "./children.ts";

const COMPILE_LIMIT_MS = 60_000;
const RUN_LIMIT_MS = 120_000;

/** What every broker of the same run is asked. */
export const ECHO_PEERS = 10;
export const ECHO_WINDOW = 50;
export const FORWARD_CLIENTS = 5;
export const FORWARD_WORKERS = 5;
export const FORWARD_WINDOW = 20;

export type Workload = "echo" | "forward";

/** How peers are reached: by name at a broker of callsign/1, by identity through a bare swap loop. */
export type Dialect = "callsign" | "swap";

export interface Throughput {
  messages: number;
  messagesPerSecond: number;
}

export interface Latency {
  p50Micros: number;
  p99Micros: number;
}

/** What a crowd of named peers costs one broker. */
export interface Crowd {
  peers: number;
  /** Until each has its WELCOME. */
  registerMillis: number;
  /** What the broker had resident before they came, by how much it grew with them, and has after. */
  residentKibibytes: number;
  grownKibibytes: number;
  loadedKibibytes: number;
  /** Peers that answered when each was asked once. */
  answered: number;
  messages: number;
  messagesPerSecond: number;
  cpuMicrosPerMessage: number;
  /** With one request in flight: how long until its reply, and what each message costs then. */
  p50Micros: number;
  p99Micros: number;
  quietCpuMicrosPerMessage: number;
}

export interface Programs {
  load: string;
  echo: string;
  forward: string;
}

export async function compilePrograms(
  children: Children,
  bench: string,
  into: string,
): Promise<Programs> {
  mkdirSync(into, { recursive: true });
  const compile = async (name: string, ...sources: string[]): Promise<string> => {
    const program = join(into, name);
    const paths = sources.map((source) => join(bench, source));
    const compiler = process.env["CC"] ?? "cc";
    await children.capture([compiler, "-O2", "-o", program, ...paths, "-lzmq"], COMPILE_LIMIT_MS);
    return program;
  };
  return {
    load: await compile(
      "load",
      ...["load.c", "load_session.c", "load_echo.c", "load_forward.c", "load_many.c"],
    ),
    echo: await compile("echo", "peers/echo.c"),
    forward: await compile("forward", "peers/forward.c"),
  };
}

export class Load {
  readonly #children: Children;
  readonly #program: string;

  constructor(children: Children, program: string) {
    this.#children = children;
    this.#program = program;
  }

  async libzmqVersion(): Promise<string> {
    return (await this.#children.capture([this.#program, "version"], RUN_LIMIT_MS)).trim();
  }

  /** Sends about `messages` through the broker, as many as the answer says. */
  async throughput(
    workload: Workload,
    dialect: Dialect,
    endpoint: string,
    messages: number,
    bodyBytes: number,
  ): Promise<Throughput> {
    // A request that is forwarded comes back as a reply that is forwarded.
    const total = Math.ceil(workload === "echo" ? messages : messages / 2);
    const shape = workload === "echo"
      ? [ECHO_PEERS, ECHO_WINDOW]
      : [dialect, FORWARD_CLIENTS, FORWARD_WORKERS, FORWARD_WINDOW];
    return await this.#run<Throughput>(workload, endpoint, ...shape, total, bodyBytes);
  }

  /** Lets so many named peers of the broker be asked, each once and then `messages` / 2 of them. */
  async crowd(
    dialect: Dialect,
    broker: { endpoint: string; pid: number },
    peers: number,
    messages: number,
    latencyMessages: number,
    bodyBytes: number,
  ): Promise<Crowd> {
    const numbers = [peers, Math.ceil(messages / 2), latencyMessages, bodyBytes, broker.pid];
    return await this.#run<Crowd>("many", broker.endpoint, dialect, ...numbers);
  }

  async latency(endpoint: string, messages: number, bodyBytes: number): Promise<Latency> {
    return await this.#run<Latency>("latency", endpoint, messages, bodyBytes);
  }

  async #run<Result>(
    mode: string,
    endpoint: string,
    ...words: (number | string)[]
  ): Promise<Result> {
    const command: Command = [this.#program, mode, endpoint, ...words.map(String)];
    return JSON.parse(await this.#children.capture(command, RUN_LIMIT_MS)) as Result;
  }
}
