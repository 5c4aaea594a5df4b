// What is owed at once, and what comes: WELCOME, HEARTBEAT, DISCONNECT, ROSTER, REPORT.

import { decodeJson, parseWelcome } from "../../../src/protocol/greeting.ts";
import { flags, headerOffset, verbs } from "../../../src/protocol/header.ts";
import type { PeerInfo, Report } from "../../../src/protocol/roster.ts";
import { describe, type Frames, type Id } from "../frames.ts";
import type { Notebook } from "./notebook.ts";
import type { Presence } from "./presence.ts";
import type { Expectation, Immediate, Session } from "./records.ts";
import type { Registry } from "./registry.ts";
import { must } from "./violation.ts";
import type { Watches } from "./watches.ts";

const immediates: ReadonlyMap<number, Immediate> = new Map([
  [verbs.welcome, "welcome"],
  [verbs.heartbeat, "heartbeat"],
  [verbs.disconnect, "disconnect"],
  [verbs.roster, "roster"],
  [verbs.report, "report"],
]);

/** What messages are to be answered with. */
export class Expectations {
  readonly #notebook: Notebook;
  readonly #registry: Registry;
  readonly #presence: Presence;
  readonly #watches: Watches;

  constructor(notebook: Notebook, registry: Registry, presence: Presence, watches: Watches) {
    this.#notebook = notebook;
    this.#registry = registry;
    this.#presence = presence;
    this.#watches = watches;
  }

  /** A session is told something that is asked for and comes at once. */
  told(session: Session, id: Id, frames: Frames): void {
    const header = frames[0] as Uint8Array;
    const wanted = immediates.get(header[headerOffset.verb] as number);
    const isGoodbye = wanted === "disconnect" && id === 0 && this.#notebook.doing === "close";
    if (isGoodbye) return;
    const expectation = this.find(session, id, (one) => one.wants === wanted);
    // One of the broker's own, which asks for nothing, said when it could not be told from an answer.
    if (expectation === undefined && wanted === "heartbeat" && id === 0) return;
    must(
      expectation !== undefined,
      "answer",
      () => `${session} is told ${describe(frames)}, and did not ask for it`,
    );
    const isFresh = expectation === this.#notebook.current;
    if (wanted === "welcome") this.#checkWelcome(expectation, frames, isFresh);
    if (wanted === "roster") this.#checkRoster(expectation, frames, isFresh);
    if (wanted === "report" && isFresh) this.#checkReport(frames);
    if (((header[headerOffset.flags] as number) & flags.more) === 0) {
      this.answered(session, expectation);
    }
  }

  /** The answer that is expected, of the message being received or of one before. */
  find(
    session: Session,
    id: Id,
    fits: (one: Expectation) => boolean,
  ): Expectation | undefined {
    const { current } = this.#notebook;
    const isCurrent = current?.session === session && !current.isAnswered &&
      current.reading.id === id && fits(current);
    if (isCurrent) return current;
    return session.owed.find((one) => one.reading.id === id && fits(one));
  }

  /** It has been answered; if it is what is being received, nothing waits any more. */
  answered(session: Session, expectation: Expectation): void {
    expectation.isAnswered = true;
    const { current } = this.#notebook;
    if (expectation !== current) {
      session.owed = session.owed.filter((one) => one !== expectation);
      return;
    }
    if (!session.isBacklogged) return;
    // What could be said at once was said behind all that had to wait.
    const left = session.owed.filter(isNeeded);
    must(
      left.length === 0,
      "order",
      () =>
        `${session} is answered before ${left.length}, #${left[0]?.reading.id}, that came earlier`,
    );
    session.owed = [];
    session.isBacklogged = false;
  }

  #checkWelcome({ session, reading }: Expectation, frames: Frames, isFresh: boolean): void {
    if (isFresh && reading.hello !== undefined) this.#presence.describe(session, reading.hello);
    const welcome = parseWelcome(frames[1] as Uint8Array);
    const { settings } = this.#notebook;
    const isRight = welcome !== undefined && welcome.broker === settings.broker &&
      welcome.heartbeatMs === settings.heartbeatMs && welcome.limitMsMax === settings.limitMsMax &&
      welcome.limitMs === settings.limitMs && welcome.messageBytes === settings.messageBytes;
    must(isRight, "answer", () => `WELCOME says ${describe(frames)}`);
  }

  #checkRoster(expectation: Expectation, frames: Frames, isFresh: boolean): void {
    const roster = decodeJson(frames[1] as Uint8Array) as PeerInfo[];
    this.#watches.roster(expectation, roster, isFresh);
  }

  #checkReport(frames: Frames): void {
    const report = decodeJson(frames[1] as Uint8Array) as Report;
    const online = [...this.#registry.holders.values()];
    const count = (role: string): number => online.filter((one) => one.role === role).length;
    const isRight = report.workers === count("worker") && report.clients === count("client") &&
      report.plain === count("plain");
    must(isRight, "counts", () => `REPORT says ${describe(frames)}`);
  }

  /** What the ACK of a KICK says. */
  checkKick(count: number, frames: Frames): void {
    const json = decodeJson(frames[2] as Uint8Array) as { matched?: number; done?: number };
    must(
      json.matched === count && json.done === count,
      "answer",
      () => `KICK meant ${count}, and the ACK says ${JSON.stringify(json)}`,
    );
  }
}

/** Whether an answer must come, or only may. */
export function isNeeded({ faults, wants }: Expectation): boolean {
  return faults.length > 0 || wants !== undefined;
}
