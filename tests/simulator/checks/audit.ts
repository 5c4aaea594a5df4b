// The checker: hears every word that goes into the core and comes out of it.

import { stallMs } from "../../../src/protocol/limits.ts";
import { verbs } from "../../../src/protocol/header.ts";
import type { PresenceEvent, Report } from "../../../src/protocol/roster.ts";
import type { PlainVerdict } from "../../../src/routing/switchboard.ts";
import type { RoutingSettings, WireResult } from "../../../src/routing/wire.ts";
import type { Agenda } from "../agenda.ts";
import { describe, type Frames } from "../frames.ts";
import type { Connection } from "../router.ts";
import type { Trace } from "../trace.ts";
import { Answers } from "./answers.ts";
import { Asks } from "./asks.ts";
import { Connections } from "./connections.ts";
import { Endings } from "./endings.ts";
import { Expectations, isNeeded } from "./expectations.ts";
import { Handing } from "./handing.ts";
import { Members } from "./members.ts";
import { Notebook } from "./notebook.ts";
import { Presence } from "./presence.ts";
import { Receipt } from "./receipt.ts";
import { Registry } from "./registry.ts";
import type { Session } from "./records.ts";
import { Totals } from "./totals.ts";
import { must, Violation } from "./violation.ts";
import { Waiting } from "./waiting.ts";
import { Watches } from "./watches.ts";

/** How often, in calls of the core, what costs more is looked at. */
const thoroughEvery = 64;

/** One for each run. */
export class Audit {
  readonly notebook: Notebook;
  /** How many bodies the core keeps. */
  parcelsKept: () => number = () => 0;
  /** What the core reports. */
  report: () => Report = () => {
    throw new Error("There is no core");
  };

  readonly #registry: Registry = new Registry();
  readonly #waiting: Waiting;
  readonly #asks: Asks;
  readonly #handing: Handing;
  readonly #presence: Presence;
  readonly #watches: Watches;
  readonly #connections: Connections;
  readonly #answers: Answers;
  readonly #receipt: Receipt;
  readonly #totals: Totals;
  #endsTold: Connection[] = [];

  constructor(agenda: Agenda, trace: Trace, stalledUntil: () => number) {
    const notebook = new Notebook(agenda, trace, stalledUntil);
    const registry = this.#registry;
    this.notebook = notebook;
    this.#waiting = new Waiting(notebook, registry);
    this.#asks = new Asks(notebook, registry, this.#waiting);
    this.#connections = new Connections(notebook, registry);
    this.#watches = new Watches(registry);
    this.#presence = new Presence(
      notebook,
      registry,
      this.#waiting,
      this.#asks,
      this.#connections,
      this.#watches,
    );
    const endings = new Endings(notebook, registry, this.#waiting, this.#asks);
    this.#handing = new Handing(notebook, registry, this.#waiting, this.#asks);
    this.#answers = new Answers(
      notebook,
      this.#asks,
      endings,
      this.#presence,
      this.#connections,
      new Expectations(notebook, registry, this.#presence, this.#watches),
      this.#watches,
    );
    this.#receipt = new Receipt(
      notebook,
      registry,
      this.#waiting,
      this.#asks,
      this.#presence,
      this.#connections,
      new Members(notebook, registry, this.#asks, this.#watches),
    );
    this.#totals = new Totals(notebook, registry, this.#waiting);
  }

  /** A broker starts. */
  begin(settings: RoutingSettings, nowMs: number): void {
    this.notebook.settings = settings;
    this.notebook.toldMs = nowMs;
    this.notebook.listeningSince = nowMs;
    this.notebook.trace.add(() => `the broker starts as ${settings.broker}`);
  }

  /** A broker is gone. */
  end(): void {
    this.notebook.trace.add(() => "the broker is gone");
    this.notebook.generation++;
    this.notebook.runChecks();
    this.#registry.reset();
    this.#waiting.reset();
    this.#watches.reset();
    this.#connections.reset();
    this.#totals.reset();
    this.#endsTold = [];
  }

  /** The core is called for anything but a message or the time. */
  call(doing: "refresh" | "caughtUp" | "close", run: () => void): void {
    this.#enter(doing);
    const ended = this.#endsTold;
    this.#run(run);
    if (doing === "caughtUp") {
      this.#endsTold = [];
      this.#connections.caughtUp();
      for (const connection of ended) this.#connections.ended(connection);
    }
    this.#leave();
  }

  /** The core is told the time. */
  tick(nowMs: number, run: () => void): void {
    this.#enter("tick");
    if (nowMs - this.notebook.toldMs > stallMs) this.notebook.listeningSince = nowMs;
    this.notebook.toldMs = nowMs;
    this.#run(run);
    this.#leave();
  }

  /** The core receives a message of callsign/1. */
  receive(connection: Connection, frames: Frames, run: () => void): void {
    this.notebook.trace.add(() => `${labelOf(connection)} says ${describe(frames)}`);
    this.#enter("receive");
    this.#totals.received++;
    this.#receipt.begin(connection, frames);
    this.#run(run);
    this.#receipt.end();
    this.#leave();
    this.notebook.current = undefined;
  }

  /** The core takes notice of a plain message; `run` says what is to become of it. */
  receivePlain(connection: Connection, frames: Frames, run: () => PlainVerdict): void {
    this.notebook.trace.add(() => `${labelOf(connection)} says ${describe(frames)}`);
    this.#enter("receivePlain");
    const session = this.#registry.sessionOf(connection);
    this.notebook.plain = { session, connection, isTold: false };
    const verdict = this.#run(run);
    if (session.isProtocol) this.#totals.received++;
    else if (this.notebook.plain.isTold) this.#totals.plainRefused++;
    this.#receipt.endPlain(verdict);
    this.#leave();
    this.notebook.plain = undefined;
  }

  forwarded(to: string, frames: Frames, body: Frames, result: WireResult): void {
    this.notebook.trace.add(() => `  ${labelOfKey(to)} gets ${describe(frames)} (${result})`);
    const receiver = this.#receiver(to, frames);
    const verb = frames[0]?.[3] as number;
    if (verb === verbs.reply) {
      this.#answers.replied(receiver, frames, body, result);
      return;
    }
    must(
      verb === verbs.request || verb === verbs.send,
      "answer",
      () => `a peer is handed ${describe(frames)}`,
    );
    this.#handing.hand(
      receiver,
      String.fromCharCode(...frames[1] as Uint8Array),
      frames,
      body,
      result,
    );
  }

  handed(to: string, body: Frames, result: WireResult): void {
    this.notebook.trace.add(() => `  ${labelOfKey(to)} gets ${describe(body)} (${result})`);
    const receiver = this.#receiver(to, body);
    must(!receiver.isProtocol, "right receiver", () => `${receiver} is handed a bare body`);
    this.#handing.handPlain(receiver, body, result);
  }

  sent(to: string, frames: Frames, result: WireResult): void {
    this.notebook.trace.add(() => `  ${labelOfKey(to)} gets ${describe(frames)} (${result})`);
    const session = this.#receiver(to, frames);
    const { plain } = this.notebook;
    if (plain?.session === session) this.#receipt.plainTold(plain, frames, result);
    else this.#answers.sent(session, frames, result);
  }

  accepted(connection: Connection): void {
    this.notebook.trace.add(() => `connection ${labelOf(connection)} is accepted`);
    this.#totals.connections++;
    this.#connections.accepted(connection);
  }

  endTold(connection: Connection): void {
    this.notebook.trace.add(() => `connection ${labelOf(connection)} has ended`);
    this.#totals.connections--;
    this.#connections.endTold(connection);
    this.#endsTold.push(connection);
  }

  cut(connection: Connection): void {
    this.notebook.trace.add(() => `  cuts ${labelOf(connection)}`);
    this.#connections.cut(connection);
  }

  presence(event: PresenceEvent): void {
    this.notebook.trace.add(() => `  ${event.event} ${event.name} ${event.reason}`);
    this.#totals.presence(event);
    this.#presence.changed(event);
  }

  silent(): void {
    this.#totals.silent++;
  }

  /** A broker has been closed: nothing is open any more. */
  closed(): void {
    for (const { ask } of this.#waiting.open) {
      const { session, id } = ask;
      must(
        !session.canHear || ask.isOrphan,
        "one end",
        () => `#${id} of ${session} is open at close`,
      );
    }
  }

  /** Everything was given time to end: nothing may be left. */
  quiet(): void {
    this.#totals.check(this.report());
    this.#totals.quiet(this.report(), this.parcelsKept());
    for (const session of this.#registry.holders.values()) {
      const [owed] = session.canHear ? session.owed.filter(isNeeded) : [];
      must(
        owed === undefined,
        "answer",
        () => `${session} is owed an answer to ${owed?.reading.id}`,
      );
    }
    this.#watches.checkReplays();
  }

  #enter(doing: string): void {
    this.notebook.call++;
    this.notebook.doing = doing;
  }

  #run<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (error instanceof Violation) throw error;
      throw new Violation("throws", error instanceof Error ? `${error.stack}` : String(error));
    }
  }

  #leave(): void {
    this.notebook.runChecks();
    this.#waiting.check();
    this.#watches.check();
    this.notebook.doing = "";
    if (this.notebook.call % thoroughEvery !== 0) return;
    this.#totals.check(this.report());
    this.#presence.checkLiveness();
    this.#watches.checkReplays();
  }

  #receiver(to: string, frames: Frames): Session {
    const session = this.#registry.session(to);
    must(
      session !== undefined,
      "answer",
      () => `${labelOfKey(to)} never spoke: ${describe(frames)}`,
    );
    return session;
  }
}

function labelOf({ key, number, descriptor }: Connection): string {
  return `${number}/${descriptor} ${labelOfKey(key)}`;
}

function labelOfKey(key: string): string {
  const label = JSON.stringify(key.replace("\x1f", "~"));
  return label.length > 40 ? `${label.slice(0, 40)}…` : label;
}
