/**
 * Many requests to one peer, as fast as it replies, and what became of them.
 *
 * @module
 */

import type { Client } from "../client.ts";
import { ConnectionError } from "../peer/connection_error.ts";
import { PeerError } from "../peer/peer_error.ts";
import { withAdvice } from "./asking.ts";
import { exitStatus } from "./exit.ts";
import { Latencies } from "./latencies.ts";
import { type Ending, endingStatus } from "./replies.ts";
import type { StopRequest } from "./signals.ts";

/** What is asked, and how often. */
export interface BarrageOptions {
  /** A callsign or `@group`. */
  readonly peer: string;
  readonly requests: number;
  /** The body of each. */
  readonly body: Uint8Array;
  /** How many are under way at once. */
  readonly window: number;
}

/** Requests that failed in the same way. */
export interface Failure {
  readonly count: number;
  /** What was said of the first of them. */
  readonly text: string;
}

/** Asks, and counts. */
export class Barrage {
  /** How long those took that were answered with status 0. */
  readonly latencies: Latencies = new Latencies();
  /** Those that were not, by the error's code; `status` for replies with another status. */
  readonly failures: Map<string, Failure> = new Map();

  readonly #client: Client;
  readonly #options: BarrageOptions;
  readonly #stop: StopRequest;
  #asked = 0;
  #worst: number = exitStatus.done;
  #ms = 0;
  #isHopeless = false;

  constructor(client: Client, options: BarrageOptions, stop: StopRequest) {
    this.#client = client;
    this.#options = options;
    this.#stop = stop;
  }

  /** How many were not answered with status 0. */
  get failed(): number {
    return this.failures.values().reduce((sum, { count }) => sum + count, 0);
  }

  /** How many have ended, well or not. */
  get ended(): number {
    return this.latencies.count + this.failed;
  }

  /** How long they took in all. */
  get seconds(): number {
    return this.#ms / 1000;
  }

  /** The highest status that `callsign request` would have ended with for any of them. */
  get status(): number {
    return this.#worst;
  }

  /**
   * Asks until all are answered, the program is asked to end, or there is no broker.
   *
   * @param onEnded told of each that has ended
   */
  async run(onEnded: () => void): Promise<void> {
    const startMs = performance.now();
    const places = Math.min(this.#options.window, this.#options.requests);
    try {
      await Promise.all(Array.from({ length: places }, () => this.#askInTurn(onEnded)));
    } finally {
      this.#isHopeless = true;
      this.#ms = performance.now() - startMs;
    }
  }

  /** One of those under way at once: asks again when it is answered. */
  async #askInTurn(onEnded: () => void): Promise<void> {
    const { peer, requests, body } = this.#options;
    while (this.#asked < requests && !this.#isHopeless) {
      this.#asked++;
      const startMs = performance.now();
      const ending = await this.#ask(peer, body);
      if (ending === undefined) return;
      onEnded();
      if ("reply" in ending && ending.reply.status === 0) {
        this.latencies.add(performance.now() - startMs);
        continue;
      }
      this.#addFailure(ending);
      // What fails here and now must not keep signals from having their turn.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** None when the program was asked to end. */
  async #ask(peer: string, body: Uint8Array): Promise<Ending | undefined> {
    try {
      return { reply: await this.#client.request(peer, body) };
    } catch (error) {
      if (this.#stop.status !== undefined) return undefined;
      if (error instanceof PeerError) return { error };
      if (!(error instanceof ConnectionError)) throw error;
      // Without a broker all others would fail alike.
      this.#isHopeless = true;
      return { error: withAdvice(error) as ConnectionError };
    }
  }

  #addFailure(ending: Ending): void {
    this.#worst = Math.max(this.#worst, endingStatus(ending));
    const [code, text] = "reply" in ending
      ? ["status", `Replied with status ${ending.reply.status}`]
      : [codeOf(ending.error), ending.error.message];
    const before = this.failures.get(code);
    this.failures.set(code, { count: (before?.count ?? 0) + 1, text: before?.text ?? text });
  }
}

function codeOf(error: Error): string {
  return error instanceof PeerError ? error.code : "unreachable";
}
