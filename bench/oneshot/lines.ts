/** Many lines: through one `request --lines`, and each by a call of its own from a shell's loop. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Table } from "../report.ts";
import { median } from "../statistics.ts";
import { decimal } from "../text.ts";
import type { Form } from "./contestants.ts";
import { requestOf, type Scene } from "./scene.ts";
import type { Stopwatch } from "./stopwatch.ts";

const LINES = 10_000;
const ROUNDS = 3;
const LIMIT_MS = 3_600_000;

const LOOP = `count=$1
shift
line=0
while [ "$line" -lt "$count" ]; do
  line=$((line + 1))
  "$@" "$line" || exit
done`;

export interface LineTimes {
  label: string;
  /** All lines at once. */
  atOnceMs: number[];
  /** A call a line, for so many lines. */
  callsMs: number;
  calls: number;
}

function numbersTo(last: number, end: string): string {
  return Array.from({ length: last }, (_, index) => `${index + 1}${end}`).join("");
}

/** @param calls how many lines to send by calls of their own, of {@linkcode LINES} at most */
export async function measureLines(
  stopwatch: Stopwatch,
  scene: Scene,
  forms: readonly Form[],
  calls: number,
  folder: string,
): Promise<LineTimes[]> {
  const input = join(folder, "lines");
  const lines = numbersTo(LINES, "\n");
  writeFileSync(input, lines);
  const count = Math.min(calls, LINES);
  const times: LineTimes[] = [];
  for (const { label, command } of forms) {
    const request = requestOf(command, scene.endpoint);
    const atOnceMs: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      atOnceMs.push(await stopwatch.timePrinting(lines, [...request, "--lines"], { input }));
    }
    const callsMs = await stopwatch.timePrinting(
      numbersTo(count, ""),
      ["sh", "-c", LOOP, "sh", `${count}`, ...request],
      { limitMs: LIMIT_MS },
    );
    times.push({ label, atOnceMs, callsMs, calls: count });
  }
  return times;
}

export function lineTable(times: readonly LineTimes[]): Table {
  const calls = times[0]?.calls ?? 0;
  const how = calls === LINES ? "each was made" : `reckoned from ${calls} of them`;
  return {
    title: `${decimal(LINES)} lines, through one request --lines and by as many calls`,
    note: `Calls: from a loop of sh; ${how}`,
    columns: ["", "--lines ms", "a call ms", `${decimal(LINES)} calls s`, "times faster"],
    rows: times.map(({ label, atOnceMs, callsMs }) => {
      const all = callsMs / calls * LINES;
      return [
        label,
        decimal(median(atOnceMs)),
        decimal(callsMs / calls),
        decimal(all / 1000),
        decimal(all / median(atOnceMs)),
      ];
    }),
  };
}
