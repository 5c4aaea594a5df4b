/** A table as text: aligned for a terminal, or as Markdown. */

import type { Table } from "./report.ts";

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
