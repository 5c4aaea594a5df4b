// The last lines of what happened, kept only when somebody wants to read them.

import type { Agenda } from "./agenda.ts";

/** Lines with the time in front. */
export class Trace {
  /** How many lines are kept. */
  length = 0;
  readonly lines: string[] = [];
  readonly #agenda: Agenda;

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  /** Adds a line; made only when it is kept. */
  add(line: () => string): void {
    if (this.length === 0) return;
    this.lines.push(`${this.#agenda.now.toFixed(3).padStart(12)}  ${line()}`);
    if (this.lines.length > this.length) this.lines.shift();
  }
}
