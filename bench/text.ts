/** Figures and tables as text: aligned for a terminal, or as Markdown. */

import type { Table } from "./report.ts";

export const NOT_MEASURED = "–";

/** Three digits that matter, and no more than the measure can stand for. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return NOT_MEASURED;
  if (value >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

export function ratio(value: number, reference: number): string {
  const quotient = value / reference;
  return Number.isFinite(quotient) ? `${quotient.toFixed(2)}×` : NOT_MEASURED;
}

export function toAligned({ title, note, columns, rows }: Table): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0))
  );
  const align = (cells: string[]): string =>
    cells.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    }).join("  ");
  const heading = note === undefined ? title : `${title}\n${note}`;
  return `${heading}\n\n${lines.map((cells) => `  ${align(cells)}`).join("\n")}\n`;
}

export function toMarkdown({ title, note, columns, rows }: Table): string {
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  const rule = columns.map((_, column) => column === 0 ? "---" : "---:");
  const footing = note === undefined ? "" : `\n${note}.\n`;
  return `${title}:\n\n${[columns, rule, ...rows].map(line).join("\n")}\n${footing}`;
}
