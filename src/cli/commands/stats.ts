/**
 * `callsign stats`.
 *
 * @module
 */

import type { Arguments } from "../args.ts";
import { withClient } from "../asking.ts";
import { commands } from "../commands.ts";
import { someOperands } from "../operands.ts";
import type { Surroundings } from "../surroundings.ts";
import { tableLines } from "../table.ts";

/** Prints what the broker has counted. */
export async function runStats(args: Arguments, surroundings: Surroundings): Promise<number> {
  someOperands(commands.stats, args, 0, 0);
  const report = await withClient(args, surroundings, {}, (client) => client.stats());
  const lines = args.switch("json") ? [JSON.stringify(report)] : tableLines(rows(report));
  await surroundings.output.write(lines.map((line) => `${line}\n`).join(""));
  return 0;
}

/** Names and values; those of inner tables under the names of both. */
function rows(table: object, prefix = ""): string[][] {
  return Object.entries(table).flatMap(([name, value]) =>
    typeof value === "object" && value !== null
      ? rows(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, String(value)]]
  );
}
