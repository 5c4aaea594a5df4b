// docs/protocol.md and its vectors, as the tests read them.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { root } from "../support/programs.ts";

const read = (name: string): string => fs.readFileSync(path.join(root, "docs", name), "utf8");

/** The whole contract. */
export const contract: string = read("protocol.md");

/** The text of the vectors. */
export const vectorsText: string = read("protocol.vectors.json");

/** The rows of the table whose head has these cells, without their backticks. */
export function tableOf(...head: readonly string[]): readonly (readonly string[])[] {
  const lines = contract.split("\n");
  const start = lines.findIndex((line) => head.join("|") === cellsOf(line).join("|"));
  assert.ok(start >= 0, `docs/protocol.md has no table of ${head.join(", ")}`);
  const end = lines.findIndex((line, i) => i > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map(cellsOf);
}

function cellsOf(line: string): readonly string[] {
  return line.replaceAll("`", "").split("|").slice(1, -1).map((cell) => cell.trim());
}

/** One row of section 3: a verb one way. */
export interface Layout {
  readonly no: number;
  readonly verb: string;
  readonly directions: readonly Direction[];
  /** Such as `[peer] [limit] if LIMIT, [body]…`. */
  readonly frames: string;
  readonly flags: readonly string[];
}

/** Which way a message goes. */
export type Direction = "to-broker" | "to-peer";

const directionsOf: Readonly<Record<string, readonly Direction[]>> = {
  "P → B": ["to-broker"],
  "B → P": ["to-peer"],
  "both": ["to-broker", "to-peer"],
};

/** Section 3. */
export const layouts: readonly Layout[] = tableOf(
  "no",
  "verb",
  "from → to",
  "frames after the header",
  "flags",
).map((row) => {
  const [no, verb, way, frames, flags] = row as [string, string, string, string, string];
  const directions = directionsOf[way] ?? assert.fail(`no direction: ${way}`);
  return { no: Number(no), verb, directions, frames, flags: flags.split(", ").filter(Boolean) };
});

/** A message and what its frames mean: the header's fields, and the frames by their names. */
export interface MessageVector {
  readonly name: string;
  readonly direction: Direction;
  readonly frames: readonly string[];
  readonly means: Meaning;
}

/** What a message means. */
export interface Meaning {
  readonly verb: string;
  readonly flags: readonly string[];
  readonly status: number;
  readonly id: string;
  readonly [frame: string]: unknown;
}

/** Everything in docs/protocol.vectors.json. */
export interface Vectors {
  readonly about: string;
  readonly messages: readonly MessageVector[];
  readonly plain: readonly { readonly name: string; readonly frames: readonly string[] }[];
  readonly refused: readonly {
    readonly name: string;
    readonly frames: readonly string[];
    readonly code: string;
  }[];
  readonly identities: readonly {
    readonly name: string;
    readonly hex: string;
    readonly callsign: string | null;
    readonly session: string | null;
  }[];
  readonly plainCallsigns: readonly { readonly hex: string; readonly callsign: string }[];
  readonly globs: readonly {
    readonly pattern: string;
    readonly callsign: string;
    readonly matches: boolean;
  }[];
}

/** The vectors, read. */
export const vectors: Vectors = JSON.parse(vectorsText);
