// What the core reports of itself, against what the checker has counted.

import type { PresenceEvent, Report } from "../../../src/protocol/roster.ts";
import type { Notebook } from "./notebook.ts";
import type { Registry } from "./registry.ts";
import { must } from "./violation.ts";
import { isUnsure, type Waiting } from "./waiting.ts";

/** Counts since the broker was started. */
export class Totals {
  received = 0;
  connections = 0;
  silent = 0;
  /** Plain messages answered by who holds their name. */
  plainRefused = 0;
  readonly #events = { join: 0, leave: 0, refused: 0, resumed: 0 };
  readonly #notebook: Notebook;
  readonly #registry: Registry;
  readonly #waiting: Waiting;

  constructor(notebook: Notebook, registry: Registry, waiting: Waiting) {
    this.#notebook = notebook;
    this.#registry = registry;
    this.#waiting = waiting;
  }

  presence({ event, reason }: PresenceEvent): void {
    this.#events[event]++;
    if (reason === "resumed") this.#events.resumed++;
  }

  /** After any call of the core. */
  check(report: Report): void {
    this.#checkPresence(report);
    this.#checkMessages(report);
    this.#checkBounds(report);
    this.#checkSum(report);
  }

  /** When everything has had time to end. */
  quiet(report: Report, parcelsKept: number): void {
    const isOver = report.open === 0 && report.queued === 0 && report.queuedBytes === 0;
    must(isOver, "one end", () => `in the end ${report.open} are open, ${report.queued} wait`);
    must(parcelsKept === 0, "parcels", () => `in the end ${parcelsKept} bodies are kept`);
  }

  reset(): void {
    this.received = 0;
    this.connections = 0;
    this.silent = 0;
    this.plainRefused = 0;
    Object.assign(this.#events, { join: 0, leave: 0, refused: 0, resumed: 0 });
  }

  #checkPresence(report: Report): void {
    const roles = { worker: 0, client: 0, plain: 0 };
    for (const { role } of this.#registry.holders.values()) roles[role]++;
    const { counts } = report;
    const { join, leave, refused, resumed } = this.#events;
    const pairs: readonly (readonly [string, number, number])[] = [
      ["workers", report.workers, roles.worker],
      ["clients", report.clients, roles.client],
      ["plain", report.plain, roles.plain],
      ["connections", report.connections, this.connections],
      ["received", counts.received, this.received],
      ["joins", counts.joins, join],
      ["leaves", counts.leaves, leave + resumed],
      ["online", counts.joins - counts.leaves, this.#registry.holders.size],
      ["turnedAway", counts.turnedAway, refused + this.plainRefused],
      ["silent", counts.silent, this.silent],
    ];
    for (const [what, reported, counted] of pairs) {
      must(
        reported === counted,
        "counts",
        () => `${what} is ${reported}, and ${counted} were seen`,
      );
    }
  }

  #checkMessages(report: Report): void {
    let sure = 0;
    for (const { ask } of this.#waiting.open) if (!isUnsure(ask)) sure++;
    must(
      sure <= report.open && report.open <= this.#waiting.open.size,
      "counts",
      () => `open is ${report.open}, and ${sure} to ${this.#waiting.open.size} are`,
    );
    const { most, least } = this.#waiting.sums();
    must(
      least.messages <= report.queued && report.queued <= most.messages,
      "counts",
      () => `queued is ${report.queued}, and ${least.messages} to ${most.messages} wait`,
    );
    must(
      least.bytes <= report.queuedBytes && report.queuedBytes <= most.bytes,
      "counts",
      () => `queuedBytes is ${report.queuedBytes}, and ${least.bytes} to ${most.bytes} wait`,
    );
  }

  #checkBounds(report: Report): void {
    const { openMessages } = this.#notebook.settings;
    must(
      report.open <= openMessages,
      "bounds",
      () => `${report.open} are open, and the bound is ${openMessages}`,
    );
    this.#waiting.checkBounds();
  }

  /** What was taken on has ended in exactly one way, or is open. */
  #checkSum({ open, counts }: Report): void {
    const failed = Object.values(counts.failed).reduce((sum, count) => sum + count, 0);
    const taken = counts.requests + counts.sends;
    const ended = counts.replied + counts.delivered + counts.confirmed + counts.unheard + failed;
    must(
      taken === ended + open,
      "counts",
      () => `${taken} were taken on, ${ended} have ended, ${open} are open`,
    );
  }
}
