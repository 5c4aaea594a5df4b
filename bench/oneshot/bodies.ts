/** Bodies of all sizes, through stdin and stdout, there and back byte for byte. */

import { createHash, randomFillSync } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Table } from "../report.ts";
import { median } from "../statistics.ts";
import { decimal } from "../text.ts";
import type { Form } from "./contestants.ts";
import { requestOf, type Scene } from "./scene.ts";
import type { Stopwatch } from "./stopwatch.ts";

const ROUNDS = 3;
const SIZES: readonly (readonly [name: string, bytes: number])[] = [
  ["0 B", 0],
  ["1 B", 1],
  ["1 MiB", 2 ** 20],
  ["256 MiB", 2 ** 28],
];

/** All runs of a form, by size, in ms. */
export interface BodyTimes {
  label: string;
  ms: Record<string, number[]>;
}

export async function measureBodies(
  stopwatch: Stopwatch,
  scene: Scene,
  forms: readonly Form[],
  folder: string,
): Promise<BodyTimes[]> {
  const times: BodyTimes[] = forms.map(({ label }) => ({ label, ms: {} }));
  const input = join(folder, "body");
  for (const [name, bytes] of SIZES) {
    writeFileSync(input, randomFillSync(Buffer.alloc(bytes)));
    const wanted = await digestOf(input);
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [i, { label, command }] of forms.entries()) {
        const ms = await stopwatch.time(requestOf(command, scene.endpoint), { input });
        if (await digestOf(stopwatch.outputFile) !== wanted) {
          throw new Error(`${label}: ${name} came back otherwise than it was sent`);
        }
        ((times[i] as BodyTimes).ms[name] ??= []).push(ms);
      }
    }
  }
  return times;
}

export function bodyTable(times: readonly BodyTimes[]): Table {
  return {
    title: "One request with a body from a file, its reply to a file, whole run in ms",
    note: "Each came back byte for byte, by SHA-256",
    columns: ["", ...SIZES.map(([name]) => name)],
    rows: times.map(({ label, ms }) => [
      label,
      ...SIZES.map(([name]) => decimal(median(ms[name] ?? []))),
    ]),
  };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
