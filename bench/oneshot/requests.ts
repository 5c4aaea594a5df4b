/** One request, from the start of the program that makes it to its end. */

import type { Table } from "../report.ts";
import { median, quantile } from "../statistics.ts";
import { decimal, ratio } from "../text.ts";
import { type Asker, GEARMAN, REFERENCE } from "./contestants.ts";
import type { Stopwatch } from "./stopwatch.ts";

const BODY = "hello";

/** Said because it is no echo inside the worker, as the others have. */
const GEARMAN_NOTE = "gearman asks a gearmand whose worker starts cat for each request";

/** All runs, by asker, in ms. */
export type RequestTimes = Record<string, number[]>;

/** The askers take turns, so that a noisy moment falls on all of them. */
export async function measureRequests(
  stopwatch: Stopwatch,
  askers: readonly Asker[],
  rounds: number,
): Promise<RequestTimes> {
  const ask = ({ command }: Asker): Promise<number> =>
    stopwatch.timePrinting(BODY, [...command, BODY]);
  // So that nobody is the first to have files read from a disk.
  for (const asker of askers) await ask(asker);
  const times: RequestTimes = {};
  for (let round = 1; round <= rounds; round++) {
    for (const asker of askers) (times[asker.label] ??= []).push(await ask(asker));
  }
  return times;
}

export function requestTable(times: RequestTimes, rounds: number): Table {
  const reference = median(times[REFERENCE] ?? []);
  return {
    title: `One request to a running worker, whole run of a program, ${rounds} rounds`,
    ...(GEARMAN in times ? { note: GEARMAN_NOTE } : {}),
    columns: ["", "median ms", `to ${REFERENCE}`, "p90 ms"],
    rows: Object.entries(times).map(([label, values]) => [
      label,
      decimal(median(values)),
      ratio(median(values), reference),
      decimal(quantile(values, 0.9)),
    ]),
  };
}
