/**
 * What the doctor prints: a line for each step, and below it what to do.
 *
 * @module
 */

import { escapeText } from "../../protocol/text.ts";
import { type StepName, stepNames, stepNumber } from "./step.ts";

/** What came of one step. */
export interface Result {
  readonly step: StepName;
  /** On the way to which broker; undefined for what does not depend on it. */
  readonly endpoint: string | undefined;
  readonly outcome: "ok" | "warning" | "failed";
  /** What was found; several lines where there is much to tell. */
  readonly detail: string;
  /** What to do. */
  readonly advice?: string | undefined;
}

/** How to print it. */
export interface ReportOptions {
  /** Whether a line is a JSON object. */
  readonly isJson: boolean;
  /** Whether lines for people have colours. */
  readonly isColoured: boolean;
}

const colours: Readonly<Record<Result["outcome"], string>> = {
  ok: "32",
  warning: "33",
  failed: "31",
};

const nameWidth = Math.max(...stepNames.map((name) => name.length)) + 2;
const outcomeWidth = "warning".length + 1;

/** A result as lines, each with its end. No control character of what was found gets through. */
export function resultText(result: Result, options: ReportOptions): string {
  return options.isJson ? jsonLine(result) : lines(result, options);
}

function jsonLine({ step, endpoint, outcome, detail, advice }: Result): string {
  const object = { step: stepNumber(step), name: step, endpoint, outcome, detail, advice };
  return `${JSON.stringify(object)}\n`;
}

function lines({ step, outcome, detail, advice }: Result, { isColoured }: ReportOptions): string {
  const head = `${stepNumber(step)} ${step.padEnd(nameWidth)}`;
  const word = isColoured ? `\x1b[${colours[outcome]}m${outcome}\x1b[0m` : outcome;
  const gap = " ".repeat(outcomeWidth - outcome.length);
  const [first = "", ...others] = detail.split("\n");
  if (advice !== undefined) others.push(advice);
  const below = others.map((line) => `${" ".repeat(head.length)}${escapeText(line)}\n`);
  return `${head}${word}${gap}${escapeText(first)}\n${below.join("")}`;
}
