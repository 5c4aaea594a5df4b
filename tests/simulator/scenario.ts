// What a seed stands for: the broker's settings, the network, who is there, and what goes wrong.

import type { RoutingSettings } from "../../src/routing/wire.ts";
import { Random } from "./prng.ts";

/** How many of each kind of peer there are at once. */
export interface Cast {
  readonly workers: number;
  readonly clients: number;
  readonly plain: number;
  readonly liars: number;
  readonly garbage: number;
  readonly silent: number;
  readonly flooders: number;
}

/** What goes wrong, each as a mean per virtual second. */
export interface FaultRates {
  /** A process dies without a goodbye. */
  readonly crash: number;
  /** A connection breaks, and the peer's socket comes back by itself. */
  readonly drop: number;
  /** A connection looks alive, and nothing passes. */
  readonly freeze: number;
  /** A connection breaks, and only the peer notices: it comes back while the old one is there. */
  readonly lose: number;
  /** A peer does not read for a while. */
  readonly deaf: number;
  /** The broker's loop is away for seconds. */
  readonly stall: number;
  /** The broker dies and starts again. */
  readonly restart: number;
  /** The broker is stopped in order and starts again. */
  readonly close: number;
}

/** Everything about a run that is not drawn on the way. */
export interface Scenario {
  readonly seed: number;
  readonly routing: RoutingSettings;
  /** Messages that a connection's queue towards its peer takes. */
  readonly pipeMessages: number;
  readonly latencyMs: number;
  /** What the broker's loop takes for one message, at most. */
  readonly turnMs: number;
  /** How long a client waits between two things it asks for, on average. */
  readonly thinkMs: number;
  /** How long a worker works on a request, mostly. */
  readonly workMs: number;
  readonly names: number;
  readonly cast: Cast;
  readonly faults: FaultRates;
}

const noFaults: FaultRates = {
  crash: 0,
  drop: 0,
  freeze: 0,
  lose: 0,
  deaf: 0,
  stall: 0,
  restart: 0,
  close: 0,
};

/** The scenario of a seed. Every fourth has no faults, so that more can be promised of it. */
export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed);
  return {
    seed,
    routing: routingOf(random),
    pipeMessages: random.pick([2, 5, 20, 100]),
    latencyMs: random.pick([0.125, 1, 5, 20]),
    turnMs: random.pick([0.125, 0.125, 1]),
    thinkMs: random.pick([20, 60, 200]),
    workMs: random.pick([5, 50, 300]),
    names: random.whole(3, 8),
    cast: castOf(random),
    faults: seed % 4 === 0 ? noFaults : faultsOf(random),
  };
}

function routingOf(random: Random): RoutingSettings {
  // A broker that stood still for less than `stallMs` takes that for its peers' silence.
  const heartbeatMs = random.pick([1500, 2000, 3000]);
  return {
    broker: random.text(8),
    version: "0.0.0",
    duplicates: random.pick(["refuse", "takeover"]),
    registerWithinMs: random.pick([0, 800, 2000, 2000, 3000]),
    heartbeatMs,
    goneAfterMs: 3 * heartbeatMs,
    limitMs: random.pick([400, 1500, 4000]),
    limitMsMax: random.pick([5000, 12_000, 30_000]),
    messageBytes: random.pick([300, 2000]),
    queueMessages: random.pick([1, 3, 10, 50]),
    queueBytes: random.pick([100, 600, 100_000]),
    heldMessages: random.pick([2, 8, 100]),
    heldBytes: random.pick([150, 1000, 100_000]),
    openMessages: random.pick([4, 20, 60, 1000]),
  };
}

function castOf(random: Random): Cast {
  return {
    workers: random.whole(2, 10),
    clients: random.whole(2, 10),
    plain: random.whole(0, 4),
    liars: random.chance(0.6) ? random.whole(1, 3) : 0,
    garbage: random.chance(0.5) ? random.whole(1, 2) : 0,
    silent: random.chance(0.4) ? random.whole(1, 3) : 0,
    flooders: random.chance(0.15) ? 1 : 0,
  };
}

function faultsOf(random: Random): FaultRates {
  const rate = (often: number): number => random.chance(0.5) ? often * random.fraction() : 0;
  return {
    crash: rate(1.5),
    drop: rate(1.5),
    freeze: rate(0.6),
    lose: rate(1),
    deaf: rate(1),
    stall: rate(0.3),
    restart: rate(0.08),
    close: rate(0.08),
  };
}
