// One run of the simulator: a seed, so many steps, and whether every promise was kept.

import { Violation } from "./checks/violation.ts";
import { Crowd } from "./crowd.ts";
import { Faults } from "./faults.ts";
import { Healing } from "./healing.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { World } from "./world.ts";

/** What to run. */
export interface RunOptions {
  readonly seed: number;
  readonly steps: number;
  /** How many of the last lines of what happened are kept. */
  readonly lines?: number;
  /** Changes the world before anything happens: to see that a fault is found. */
  readonly prepare?: (world: World) => void;
}

/** What a run found. */
export interface RunResult {
  readonly scenario: Scenario;
  readonly steps: number;
  readonly virtualMs: number;
  /** How often what was seen. */
  readonly coverage: ReadonlyMap<string, number>;
  /** What was not kept; undefined when everything was. */
  readonly violation: Violation | undefined;
  readonly trace: readonly string[];
}

/** Runs a seed to its end, or to the first promise that is not kept. */
export function run({ seed, steps, lines = 0, prepare }: RunOptions): RunResult {
  const scenario = scenarioOf(seed);
  const world = new World(scenario);
  world.trace.length = lines;
  prepare?.(world);
  let taken = 0;
  let violation: Violation | undefined;
  try {
    world.broker.start();
    const crowd = new Crowd(world);
    const healing = new Healing(world, crowd, new Faults(world, crowd));
    for (; taken < steps; taken++) world.agenda.step();
    taken += quiesce(world, healing);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  return {
    scenario,
    steps: taken,
    virtualMs: world.agenda.now,
    coverage: world.audit.notebook.coverage,
    violation,
    trace: world.trace.lines,
  };
}

/** Nothing goes wrong any more and nobody asks anything new: all that is open has to end. */
function quiesce(world: World, healing: Healing): number {
  const { agenda, broker, scenario } = world;
  const { limitMsMax, goneAfterMs, registerWithinMs } = scenario.routing;
  world.isQuiet = true;
  let steps = 0;
  const pass = (durationMs: number): void => {
    const endMs = agenda.now + durationMs;
    for (; agenda.nextAt <= endMs; steps++) agenda.step();
  };
  // The longest stall, the longest frozen connection, and whatever is due after that.
  pass(22_000 + limitMsMax + goneAfterMs + registerWithinMs);
  while (!broker.isUp) pass(100);
  pass(2000);
  world.audit.quiet();
  healing.checkAll();
  return steps;
}
