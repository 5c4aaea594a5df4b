/**
 * The measuring itself. Contestants take turns within a round, so that a noisy minute on the
 * machine falls on all of them, and each turn is a broker of its own, so that none lives on what an
 * earlier load left behind.
 */

import { Broker, type Memory } from "./broker.ts";
import type { Children } from "./children.ts";
import type { Contestant, Part, Target } from "./contestants.ts";
import type { Dialect, Latency, Load, Throughput, Workload } from "./load.ts";
import type { Options } from "./options.ts";

/** One turn of one contestant; what was not asked for is absent. */
export interface Sample {
  target: Target;
  workload: Workload;
  round: number;
  bodyBytes: number;
  cpuMicrosPerMessage?: number;
  messagesPerSecond?: number;
  memory?: Memory;
  latency?: Latency;
}

export interface Start {
  target: Target;
  round: number;
  startupMs: number;
}

export interface Failure {
  target: Target;
  workload: Workload;
  during: string;
  reason: string;
}

export interface Results {
  samples: Sample[];
  starts: Start[];
  failures: Failure[];
}

/**
 * Enough for a just-in-time compiler to be done, and to choose the length of the measured load: the
 * broker's first 60,000 forwards cost twice what all later ones do.
 */
export const WARM_UP_MESSAGES = 120_000;
const WARM_UP_BYTES_MAX = 64 * 1024 * 1024;
/** A load must outlast the 10 ms steps in which the system counts CPU time. */
const LOAD_MESSAGES_MIN = 2_000;
const LATENCY_WARM_UP_MESSAGES = 300;

export class Rounds {
  readonly results: Results = { samples: [], starts: [], failures: [] };
  readonly #children: Children;
  readonly #load: Load;
  readonly #options: Options;
  readonly #say: (progress: string) => void;

  constructor(children: Children, load: Load, options: Options, say: (progress: string) => void) {
    this.#children = children;
    this.#load = load;
    this.#options = options;
    this.#say = say;
  }

  async run(contestants: readonly Contestant[]): Promise<void> {
    const { parts, bodyBytes, rounds, starts } = this.#options;
    const echoing = contestants.filter(({ workload }) => workload === "echo");
    const forwarding = contestants.filter(({ workload }) => workload === "forward");
    if (parts.has("startup")) {
      await this.#takeTurns(
        "start-up",
        starts,
        echoing,
        (contestant, round) => this.#measureStart(contestant, round),
      );
    }
    for (const bytes of bodyBytes) {
      const measure = (contestant: Contestant, round: number): Promise<void> =>
        this.#measureLoad(contestant, round, bytes);
      if (parts.has("echo") || parts.has("latency") || parts.has("memory")) {
        await this.#takeTurns(`echo of ${bytes} bytes`, rounds, echoing, measure);
      }
      if (parts.has("forward")) {
        await this.#takeTurns(`forward of ${bytes} bytes`, rounds, forwarding, measure);
      }
    }
  }

  /** A contestant that fails takes no further turn, here or later; the others go on. */
  async #takeTurns(
    what: string,
    rounds: number,
    contestants: readonly Contestant[],
    measure: (contestant: Contestant, round: number) => Promise<void>,
  ): Promise<void> {
    for (let round = 1; round <= rounds; round++) {
      this.#say(`${what}: round ${round} of ${rounds}`);
      for (const contestant of contestants) {
        if (this.#hasFailed(contestant)) continue;
        try {
          await measure(contestant, round);
        } catch (error) {
          this.#children.killAll();
          this.#recordFailure(contestant, `${what}, round ${round}`, error as Error);
        }
      }
    }
  }

  #hasFailed({ target, workload }: Contestant): boolean {
    return this.results.failures.some((failure) =>
      failure.target === target && failure.workload === workload
    );
  }

  #recordFailure({ target, workload }: Contestant, during: string, error: Error): void {
    this.results.failures.push({ target, workload, during, reason: error.message });
    this.#say(`${target} failed in ${during}: ${error.message}`);
  }

  async #measureStart(contestant: Contestant, round: number): Promise<void> {
    const broker = await Broker.start(this.#children, contestant.command);
    await broker.stop();
    const { startupMs } = broker;
    this.results.starts.push({ target: contestant.target, round, startupMs });
  }

  async #measureLoad(contestant: Contestant, round: number, bodyBytes: number): Promise<void> {
    const { target, workload, dialect, command } = contestant;
    const broker = await Broker.start(this.#children, command);
    const sample: Sample = { target, workload, round, bodyBytes };
    await broker.during(this.#fill(sample, dialect, broker));
    await broker.stop();
    this.results.samples.push(sample);
  }

  async #fill(sample: Sample, dialect: Dialect, broker: Broker): Promise<void> {
    const wants = (part: Part): boolean => this.#options.parts.has(part);
    if (wants(sample.workload) || wants("memory")) {
      await this.#fillThroughput(sample, dialect, broker);
    }
    if (sample.workload === "echo" && wants("latency")) await this.#fillLatency(sample, broker);
  }

  async #fillThroughput(sample: Sample, dialect: Dialect, broker: Broker): Promise<void> {
    const { workload, bodyBytes } = sample;
    const send = (messages: number): Promise<Throughput> =>
      this.#load.throughput(workload, dialect, broker.endpoint, messages, bodyBytes);
    const warmUpMessages = Math.min(WARM_UP_MESSAGES, Math.ceil(WARM_UP_BYTES_MAX / bodyBytes));
    const warmUp = await send(warmUpMessages);
    const wanted = Math.round(warmUp.messagesPerSecond * this.#options.loadSeconds);

    const before = broker.cpuMicros();
    const measured = await send(Math.max(wanted, LOAD_MESSAGES_MIN));
    sample.cpuMicrosPerMessage = (broker.cpuMicros() - before) / measured.messages;
    sample.messagesPerSecond = measured.messagesPerSecond;
    if (this.#options.parts.has("memory")) sample.memory = broker.memory();
  }

  async #fillLatency(sample: Sample, broker: Broker): Promise<void> {
    const { bodyBytes } = sample;
    await this.#load.latency(broker.endpoint, LATENCY_WARM_UP_MESSAGES, bodyBytes);
    const messages = this.#options.latencyMessages;
    sample.latency = await this.#load.latency(broker.endpoint, messages, bodyBytes);
  }
}
