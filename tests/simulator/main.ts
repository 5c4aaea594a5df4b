// The simulator as a command:
//
//   deno run tests/simulator/main.ts [--seed N] [--runs N] [--steps N] [--trace] [--lines N] [--coverage]
//   bun tests/simulator/main.ts …
//
// --seed N      the first seed (default 1)
// --runs N      how many seeds, one after the other (default 1)
// --steps N     steps of each, before everything is given time to end (default 50000)
// --trace       print the last lines of what happened before a failure
// --lines N     how many of them (default 100)
// --coverage    print how often what was seen
//
// Exit status: 0 when every promise was kept, 1 when one was not, 64 for an argument nobody knows.

import process from "node:process";
import { run, type RunResult } from "./run.ts";

interface Options {
  seed: number;
  runs: number;
  steps: number;
  lines: number;
  trace: boolean;
  coverage: boolean;
}

const numbers = ["seed", "runs", "steps", "lines"] as const;

function parse(words: readonly string[]): Options | undefined {
  const options: Options = {
    seed: 1,
    runs: 1,
    steps: 50_000,
    lines: 100,
    trace: false,
    coverage: false,
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--trace") options.trace = true;
    else if (word === "--coverage") options.coverage = true;
    else {
      const value = Number(words[++i]);
      const name = numbers.find((one) => word === `--${one}`);
      if (name === undefined || !Number.isSafeInteger(value) || value < 0) return undefined;
      options[name] = value;
    }
  }
  return options;
}

function report({ violation, scenario, steps, virtualMs }: RunResult, wanted: number): void {
  const runtime = process.versions.bun === undefined ? "deno run" : "bun";
  console.log(`seed ${scenario.seed}, step ${steps}, ${Math.round(virtualMs)} ms: not kept:`);
  console.log(violation?.message);
  console.log("To see it again:");
  console.log(
    `  ${runtime} tests/simulator/main.ts --seed ${scenario.seed} --steps ${wanted} --trace`,
  );
}

function main(): number {
  const options = parse(process.argv.slice(2));
  if (options === undefined) {
    console.error(
      "Usage: main.ts [--seed N] [--runs N] [--steps N] [--trace] [--lines N] [--coverage]",
    );
    return 64;
  }
  const coverage = new Map<string, number>();
  const beganAt = performance.now();
  let steps = 0;
  let failures = 0;
  for (let seed = options.seed; seed < options.seed + options.runs; seed++) {
    const result = run({ seed, steps: options.steps, lines: options.trace ? options.lines : 0 });
    steps += result.steps;
    for (const [what, count] of result.coverage) {
      coverage.set(what, (coverage.get(what) ?? 0) + count);
    }
    if (result.violation === undefined) continue;
    failures++;
    for (const line of result.trace) console.log(line);
    report(result, options.steps);
  }
  const seconds = (performance.now() - beganAt) / 1000;
  if (options.coverage) {
    for (const [what, count] of [...coverage].sort()) {
      console.log(`${String(count).padStart(9)}  ${what}`);
    }
  }
  console.log(
    `${options.runs} runs, ${steps} steps, ${seconds.toFixed(1)} s, ` +
      `${Math.round(steps / seconds)} steps/s: ${failures} failed`,
  );
  return failures > 0 ? 1 : 0;
}

process.exitCode = main();
