// What all checks share: the time, the message being received, and what is to be looked at when the
// core has finished what it is doing.

import type { RoutingSettings } from "../../../src/routing/wire.ts";
import type { Agenda } from "../agenda.ts";
import type { Trace } from "../trace.ts";
import type { Current, PlainSender } from "./current.ts";

/** How late the core may be: its timers are coarse, and its loop takes a while. */
export const slackMs = 400;

/** One for each audit. */
export class Notebook {
  readonly agenda: Agenda;
  readonly trace: Trace;
  /** How often what was seen: a run in which nothing happens proves nothing. */
  readonly coverage: Map<string, number> = new Map();
  settings: RoutingSettings;
  /** The time the core was last told. */
  toldMs = 0;
  /** Since when it has not been away for so long that the silence of others proves nothing. */
  listeningSince = 0;
  /** Which call of the core this is. */
  call = 0;
  /** What the core is doing. */
  doing = "";
  current: Current | undefined;
  /** As {@linkcode Notebook.current}, of a plain message. */
  plain: PlainSender | undefined;
  /** Until when the loop stood still. */
  readonly stalledUntil: () => number;
  /** Starts of the broker, so that what was planned before is forgotten. */
  generation = 0;
  #checks: (() => void)[] = [];

  constructor(agenda: Agenda, trace: Trace, stalledUntil: () => number) {
    this.agenda = agenda;
    this.trace = trace;
    this.stalledUntil = stalledUntil;
    this.settings = undefined as unknown as RoutingSettings;
  }

  see(what: string): void {
    this.coverage.set(what, (this.coverage.get(what) ?? 0) + 1);
  }

  /** Checks something when the core has finished its call. */
  afterCall(check: () => void): void {
    this.#checks.push(check);
  }

  runChecks(): void {
    if (this.#checks.length === 0) return;
    const checks = this.#checks;
    this.#checks = [];
    for (const check of checks) check();
  }

  /** Checks something after a time, unless the broker has been started anew by then. */
  later(delayMs: number, check: () => void): void {
    const { generation } = this;
    this.agenda.after(delayMs, () => {
      if (this.generation === generation) check();
    });
  }

  /** Whether the loop has had time for whatever was due at a time. */
  hadTimeSince(ms: number): boolean {
    const from = Math.max(ms, this.stalledUntil());
    return this.agenda.now > from + slackMs;
  }
}
