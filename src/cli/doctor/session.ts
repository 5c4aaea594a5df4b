/**
 * Steps 7 and 8: a broker welcomes us, the name is free, and it goes on answering.
 *
 * @module
 */

import { Client } from "../../client.ts";
import type { NativeLibrary } from "../../ffi/native.ts";
import { ConnectionError } from "../../peer/connection_error.ts";
import { PeerError } from "../../peer/peer_error.ts";
import { doctorSlowMs, messageLimitMsMax } from "../../protocol/limits.ts";
import type { PeerInfo, Report } from "../../protocol/roster.ts";
import { escapeText } from "../../protocol/text.ts";
import { ZmqError } from "../../zmq/errors.ts";
import { durationText } from "../flag.ts";
import { failureOf, type Finding, StepFailure, StepTimeout } from "./step.ts";

/** What a session of the doctor needs to know. */
export interface SessionOptions {
  readonly endpoint: string;
  readonly library: NativeLibrary;
  /** Whether it is known that who listens there speaks ZeroMQ. */
  readonly isZeroMq: boolean;
  /** How long each step may take, in ms. */
  readonly timeoutMs: number;
  /** How long a goodbye waits for its answer, in ms. */
  readonly lingerMs: number;
  /** Told in a sentence of what goes wrong on the way. */
  readonly onTrouble: (text: string) => void;
}

const notCallsign = "It speaks ZeroMQ, but is no callsign broker: check what listens there";
const nobody = "Start callsign broker there, or give --connect another place";

/** A client of one broker. */
export class BrokerSession {
  readonly #options: SessionOptions;
  #client: Client | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /**
   * Says HELLO, and asks something.
   *
   * @param name the name to look for; it is not taken, for whoever takes it is sent what waits for it
   * @throws {StepFailure} when there is no WELCOME, or somebody has the name
   */
  async join(name: string | undefined, signal: AbortSignal): Promise<Finding> {
    const { endpoint, library, lingerMs, onTrouble, timeoutMs } = this.#options;
    try {
      const client = new Client({
        connect: [endpoint],
        waitForBroker: false,
        // The step's own time ends it.
        timeoutMs: messageLimitMsMax,
        lingerMs,
        library,
        onTrouble,
      });
      this.#client = client;
      const [ms, { version }] = await timed(() => report(client, signal));
      const welcome = `welcomed by callsign ${escapeText(version)} in ${timeText(ms)}`;
      if (name === undefined) return { detail: welcome, value: undefined };
      const [holder] = await client.list(name, { signal });
      if (holder !== undefined) throw taken(name, holder);
      return { detail: `${welcome}; ${JSON.stringify(name)} is free`, value: undefined };
    } catch (error) {
      const late = new StepFailure(
        `no answer from ${endpoint} within ${durationText(timeoutMs)}`,
        "See whether the broker hangs, or whether it is no callsign broker",
      );
      throw sessionFailure(error, late, this.#options.isZeroMq ? notCallsign : nobody);
    }
  }

  /**
   * Asks again, twice.
   *
   * @throws {StepFailure} when there is no answer
   */
  async beat(signal: AbortSignal): Promise<Finding> {
    const client = this.#client as Client;
    try {
      const [first] = await timed(() => report(client, signal));
      const [second, counts] = await timed(() => report(client, signal));
      return beatFinding(Math.min(first, second), counts);
    } catch (error) {
      const advice = "See whether the broker hangs, or has too much to do";
      const time = durationText(this.#options.timeoutMs);
      throw sessionFailure(error, new StepFailure(`no answer within ${time}`, advice), advice);
    }
  }

  /** Says goodbye. */
  async close(): Promise<void> {
    await this.#client?.close();
  }
}

/** Asks for what the broker has counted, which nobody but a callsign broker tells. */
async function report(client: Client, signal: AbortSignal): Promise<Report> {
  const counts: Partial<Report> | undefined = await client.stats({ signal });
  if (typeof counts?.version === "string") return counts as Report;
  throw new StepFailure("what it answers is no REPORT of callsign", notCallsign);
}

/**
 * What an answer tells.
 *
 * @param roundTripMs how long it took
 */
export function beatFinding(roundTripMs: number, { workers, clients, plain }: Report): Finding {
  // We are one of them.
  const others = workers + clients + plain - 1;
  const peers = `${others} other ${others === 1 ? "peer" : "peers"} online`;
  const detail = `round trip ${timeText(roundTripMs)}, ${peers}`;
  if (roundTripMs <= doctorSlowMs) return { detail, value: undefined };
  return {
    detail: `${detail}: slow`,
    advice: "See what keeps the broker busy with callsign stats, and what the network does",
    value: undefined,
  };
}

async function timed<T>(ask: () => Promise<T>): Promise<readonly [ms: number, answer: T]> {
  const startMs = performance.now();
  const answer = await ask();
  return [performance.now() - startMs, answer];
}

function timeText(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
}

function taken(name: string, { agent, address, since }: PeerInfo): StepFailure {
  const who = agent === "" ? "a peer" : `"${escapeText(String(agent))}"`;
  const from = address === "" ? "" : ` from ${escapeText(String(address))}`;
  const date = new Date(since);
  const when = Number.isNaN(date.getTime()) ? "" : ` since ${date.toISOString()}`;
  return new StepFailure(
    `${JSON.stringify(name)} is held by ${who}${from}${when}`,
    `Choose another name, or end that one with callsign kick ${name}`,
  );
}

/**
 * Why a session failed; what is no fault of it is left as it is.
 *
 * @param late what it is when the time is over
 * @param advice what to do where the error does not say
 */
function sessionFailure(error: unknown, late: StepFailure, advice: string): unknown {
  if (error instanceof StepTimeout) return late;
  if (error instanceof PeerError) {
    return new StepFailure(error.message, "Use the version of callsign that the broker has");
  }
  if (error instanceof ConnectionError && error.failure !== "unresolved") {
    const isDenied = error.failure === "denied";
    return new StepFailure(error.message, isDenied ? "Ask whoever runs it to let you in" : advice);
  }
  const isOurs = error instanceof ConnectionError || error instanceof ZmqError;
  return isOurs ? failureOf(error, advice) : error;
}
