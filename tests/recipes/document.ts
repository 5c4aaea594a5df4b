// docs/recipes.md, taken apart: what it would have a reader run, and what it says is printed then.
//
// The first word of a block's info string is its language, which is all that is shown; what follows
// says what the block is for:
//
//   sh                  a step of the recipe's script, after those before it
//   sh first            what every recipe's script begins with
//   text                what the step before it prints; nothing, where there is no such block
//   text errors         what the recipe says on stderr; nothing, where there is no such block
//   LANGUAGE file=NAME  a file that is there before the script begins
//   ini unit=NAME       lines of a unit in examples/systemd

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { root } from "../support/programs.ts";

/** A part of a recipe's script, and what it prints. */
export interface Step {
  readonly script: string;
  output: string;
}

/** A section of the document. */
export interface Recipe {
  readonly title: string;
  readonly steps: Step[];
  /** Texts by the name of the file they are in. */
  readonly files: Map<string, string>;
  /** What it says on stderr. */
  errors: string;
  /** Lines by the name of the unit they are in. */
  readonly units: Map<string, string>;
}

/** The whole document. */
export interface Document {
  /** What every script begins with. */
  readonly beginning: string;
  readonly recipes: readonly Recipe[];
}

/** Reads the document, and fails for a block that would not be looked at. */
export function readDocument(): Document {
  const text = fs.readFileSync(path.join(root, "docs/recipes.md"), "utf8");
  const [before = "", ...sections] = text.split(/^## /m);
  const [first] = blocksOf(before);
  assert.equal(first?.info, "sh first", "the document begins with what every script begins with");
  return { beginning: first.text, recipes: sections.map(readRecipe) };
}

/**
 * Whether a text is as the document says, where "…" stands for any other text of the same line.
 * Fails with the difference.
 */
export function assertPrinted(actual: string, wanted: string, what: string): void {
  const wantedLines = wanted.split("\n");
  const lines = actual.trimEnd().split("\n").map((line, at) => {
    const wantedLine = wantedLines[at] ?? "";
    return pattern(wantedLine).test(line) ? wantedLine : line;
  });
  assert.equal(lines.join("\n"), wanted, what);
}

function pattern(line: string): RegExp {
  const parts = line.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "u");
}

function readRecipe(section: string): Recipe {
  const title = section.slice(0, section.indexOf("\n"));
  const recipe: Recipe = { title, steps: [], files: new Map(), errors: "", units: new Map() };
  for (const { info, text } of blocksOf(section)) {
    const [, kind, name] = /^\w+ (file|unit)=(\S+)$/.exec(info) ?? [];
    const last = recipe.steps.at(-1);
    if (kind === "file") recipe.files.set(name as string, text);
    else if (kind === "unit") recipe.units.set(name as string, text);
    else if (info === "sh") recipe.steps.push({ script: text, output: "" });
    else if (info === "text errors") recipe.errors = text;
    else if (info === "text" && last !== undefined && last.output === "") last.output = text;
    else assert.fail(`${title}: what is the block ${JSON.stringify(info)} for?`);
  }
  assert.ok(recipe.steps.length > 0, `${title}: nothing is run`);
  return recipe;
}

function blocksOf(section: string): { readonly info: string; readonly text: string }[] {
  return [...section.matchAll(/^```(.+)\n([^]*?)\n```$/gm)].map(([, info = "", text = ""]) => ({
    info,
    text,
  }));
}
