// What the broker tells a peer: each word must be the answer to something, and the right one.

import { type ErrorCode, errorCodes, isErrorCode } from "../../../src/protocol/codes.ts";
import { decodeJson } from "../../../src/protocol/greeting.ts";
import { ackStatus, flags, headerOffset, verbs } from "../../../src/protocol/header.ts";
import type { WireResult } from "../../../src/routing/wire.ts";
import { areSame, describe, type Frames, type Id, idOf, keyOf, statusOf } from "../frames.ts";
import type { Asks } from "./asks.ts";
import type { Connections } from "./connections.ts";
import type { Endings } from "./endings.ts";
import type { Expectations } from "./expectations.ts";
import type { Notebook } from "./notebook.ts";
import type { Presence } from "./presence.ts";
import type { Ask, Expectation, Session } from "./records.ts";
import { must, Violation } from "./violation.ts";
import type { Watches } from "./watches.ts";

const decoder = new TextDecoder();

/** Matches what is told with what was asked. */
export class Answers {
  readonly #notebook: Notebook;
  readonly #asks: Asks;
  readonly #endings: Endings;
  readonly #presence: Presence;
  readonly #connections: Connections;
  readonly #expectations: Expectations;
  readonly #watches: Watches;

  constructor(
    notebook: Notebook,
    asks: Asks,
    endings: Endings,
    presence: Presence,
    connections: Connections,
    expectations: Expectations,
    watches: Watches,
  ) {
    this.#connections = connections;
    this.#expectations = expectations;
    this.#watches = watches;
    this.#notebook = notebook;
    this.#asks = asks;
    this.#endings = endings;
    this.#presence = presence;
  }

  /** The core tells a session something of its own, or tries to. */
  sent(session: Session, frames: Frames, result: WireResult): void {
    const { current } = this.#notebook;
    const header = frames[0] as Uint8Array;
    const verb = header[headerOffset.verb] as number;
    const isAsked = verb !== verbs.heartbeat || idOf(header) !== 0 ||
      current?.wants === "heartbeat";
    session.fullAt = result === "full" && session.isOnline ? this.#notebook.agenda.now : undefined;
    if (result === "full" && isAsked) {
      // Nothing is kept for whoever is not online.
      if (session.isOnline) session.isBacklogged = true;
      else if (current?.session === session) current.isAnswered = true;
      return;
    }
    if (!isAsked) {
      if (result !== "unreachable") this.#noteAsked(session);
      return;
    }
    this.#notebook.see(`told ${verb}`);
    this.#mustBeShaped(header, frames);
    const id = idOf(header);
    if (session.isMuddled && verb !== verbs.cancel) {
      this.#noteGreeted(session, verb);
      return;
    }
    if (verb === verbs.error) this.#error(session, id, header, frames);
    else if (verb === verbs.ack) this.#acknowledge(session, id, frames);
    else if (verb === verbs.event) this.#watches.told(session, id, frames);
    else if (verb === verbs.cancel) this.#cancel(session, id, frames);
    else this.#expectations.told(session, id, frames);
  }

  /** It was asked by a HEARTBEAT whether it is there, and is: what its HELLO says is true from now on. */
  #noteAsked(session: Session): void {
    const { current } = this.#notebook;
    const isHere = session.isOnline && session.connection === current?.connection;
    if (current?.session !== session || current.reading.hello === undefined || !isHere) return;
    this.#presence.describe(session, current.reading.hello);
  }

  /** All that is looked at of what a muddled session is told: whether its HELLO was taken. */
  #noteGreeted(session: Session, verb: number): void {
    const { current } = this.#notebook;
    const hello = current?.session === session ? current.reading.hello : undefined;
    if (current === undefined || hello === undefined) return;
    current.isAnswered = true;
    if (verb === verbs.welcome) this.#presence.describe(session, hello);
  }

  /** The core passes a REPLY on, or tries to. */
  replied(asker: Session, frames: Frames, body: Frames, result: WireResult): void {
    asker.fullAt = result === "full" ? this.#notebook.agenda.now : undefined;
    if (result === "full") {
      asker.isBacklogged = true;
      return;
    }
    const [header, from] = frames as [Uint8Array, Uint8Array];
    const id = idOf(header);
    const key = keyOf(from);
    const part = asker.open(id).flatMap(({ parts }) => parts).find((one) =>
      !one.isEnded && one.reply !== undefined && one.receiver?.key === key
    );
    if (asker.isMuddled) {
      if (part !== undefined) this.#asks.endPart(part);
      return;
    }
    must(
      part?.reply !== undefined,
      "one end",
      () => `${asker} is told ${describe(frames)}, which is the answer to nothing`,
    );
    const isMore = ((header[headerOffset.flags] as number) & flags.more) !== 0;
    const isSeveral = part.ask.target.kind === "several";
    must(isMore === isSeveral, "one end", () => `${asker} is told a REPLY with a wrong MORE`);
    const { status, isStderrLast, body: replied } = part.reply;
    const hasStderr = ((header[headerOffset.flags] as number) & flags.stderr) !== 0;
    must(
      areSame(body, replied) && statusOf(header) === status && hasStderr === isStderrLast,
      "right receiver",
      () => `${asker} is told another REPLY to #${id} than was given`,
    );
    this.#notebook.see("replied");
    part.ask.done++;
    this.#asks.endPart(part);
    if (!isSeveral) this.#asks.end(part.ask);
  }

  #mustBeShaped(header: Uint8Array, frames: Frames): void {
    const verb = header[headerOffset.verb] as number;
    const bits = header[headerOffset.flags] as number;
    const count = frames.length - 1;
    const known = shapesTold[verb];
    const isRight = known !== undefined && count >= known[0] && count <= known[1] &&
      (bits & ~known[2]) === 0 && header[0] === 0x43 && header[1] === 0x53 && header[2] === 1 &&
      header[headerOffset.zero] === 0;
    must(isRight, "answer", () => `the broker says ${describe(frames)}`);
  }

  #error(session: Session, id: Id, header: Uint8Array, frames: Frames): void {
    const code = decoder.decode(frames[1]);
    must(isErrorCode(code), "answer", () => `${code} is no code`);
    must(statusOf(header) === errorCodes[code], "answer", () => `${code} with another status`);
    this.#notebook.see(`error ${code}`);
    const isMore = ((header[headerOffset.flags] as number) & flags.more) !== 0;
    if (code === "bad-message" && id === 0 && session.misspoken > 0) {
      session.misspoken--;
      return;
    }
    if (code === "unknown-peer" && this.#isUnsureOf(session)) return;
    const peer = frames[3] === undefined ? "" : keyOf(frames[3]);
    if (!isMore && this.#isFault(session, id, code, frames)) return;
    if (code === "superseded" || code === "kicked") {
      session.partedInCall = this.#notebook.call;
      this.#notebook.afterCall(() => this.#mustHaveLeft(session, code));
      return;
    }
    const ask = this.#askOf(session, id, code, isMore);
    if (ask?.doubts.includes(code) === true) {
      this.#asks.withdraw(ask);
      return;
    }
    if (ask === undefined && this.#asks.endFormer(session, id, isMore)) return;
    if (ask !== undefined) {
      this.#endings.failed(ask, code, isMore, peer);
      this.#noteCancelled(code);
      return;
    }
    throw new Violation("answer", `${session} is told ${describe(frames)}, and asked nothing`);
  }

  /** Whether a HELLO came when it could not be told by which of two connections. */
  #isUnsureOf(session: Session): boolean {
    const { current } = this.#notebook;
    if (current?.session !== session || current.reading.verb !== verbs.hello) return false;
    if (!this.#connections.isUnsure(current.connection)) return false;
    current.isAnswered = true;
    this.#notebook.see("unsure");
    return true;
  }

  /** What is wrong with a message, or the answer to a CANCEL of a watch. */
  #isFault(session: Session, id: Id, code: ErrorCode, frames: Frames): boolean {
    const { current } = this.#notebook;
    const expectation = this.#expectations.find(session, id, (one) => one.faults.includes(code)) ??
      this.#expectations.find(session, id, (one) => one.leeway.includes(code));
    if (expectation === undefined) return false;
    if (code === "name-taken") {
      const json = frames[4] === undefined ? undefined : decodeJson(frames[4]);
      must(json !== undefined, "one holder", () => "name-taken does not say who holds the name");
      if (current !== undefined) this.#presence.refusedOn(current.connection);
    }
    if (expectation === current && current.ask !== undefined) {
      this.#asks.withdraw(current.ask);
      current.ask = undefined;
    }
    // Cancelled, or never begun; unless another has begun under the same id since.
    if (session.watches.get(id) === expectation.watch) session.watches.delete(id);
    this.#expectations.answered(session, expectation);
    return true;
  }

  #askOf(session: Session, id: Id, code: ErrorCode, isMore: boolean): Ask | undefined {
    const { current } = this.#notebook;
    const asked = current?.ask;
    if (asked?.session === session && asked.id === id && !asked.isEnded) return asked;
    const open = session.open(id).filter(({ isEnded }) => !isEnded);
    const fitting = open.filter((ask) => this.#endings.mayFail(ask, code));
    return fitting.find(({ target }) => (target.kind === "several") === isMore) ?? fitting[0] ??
      open.find(({ doubts }) => doubts.includes(code)) ?? open[0];
  }

  #noteCancelled(code: ErrorCode): void {
    const { current } = this.#notebook;
    if (code === "cancelled" && current?.cancels !== undefined) current.isAnswered = true;
  }

  #acknowledge(session: Session, id: Id, frames: Frames): void {
    const { current } = this.#notebook;
    const header = frames[0] as Uint8Array;
    const isOfKick = (one: Expectation): boolean => one.wants === "ack";
    const kick = this.#expectations.find(session, id, isOfKick);
    if (kick !== undefined) {
      if (kick === current) this.#expectations.checkKick(current.kicked.length, frames);
      this.#expectations.answered(session, kick);
      return;
    }
    const status = statusOf(header);
    const isMore = ((header[headerOffset.flags] as number) & flags.more) !== 0;
    const asked = current?.ask;
    const isClosing = frames.length > 2;
    const ask = asked?.session === session && asked.id === id
      ? asked
      : session.open(id).find((one) => (one.target.kind === "several") === isClosing) ??
        session.open(id)[0];
    if (ask === undefined && this.#asks.endFormer(session, id, isMore)) return;
    must(ask !== undefined, "one end", () => `${session} is told ${describe(frames)}`);
    must(
      isMore === (status === ackStatus.held),
      "answer",
      () => `${session} is told ${describe(frames)}: MORE and status do not agree`,
    );
    this.#endings.acknowledged(ask, status, frames);
  }

  #cancel(worker: Session, id: Id, frames: Frames): void {
    const from = keyOf(frames[1] as Uint8Array);
    const isIt = ({ ask, isCancelTold }: { ask: Ask; isCancelTold: boolean }): boolean =>
      ask.id === id && ask.session.key === from && !isCancelTold;
    const part = [...worker.places].find((one) => isIt(one) && one.isEnded) ??
      [...worker.places].find(isIt);
    // It may have waited to be read until after the reply.
    if (worker.isBacklogged && part?.isEnded !== true) {
      if (part !== undefined) part.isCancelTold = true;
      return;
    }
    must(
      part !== undefined,
      "answer",
      () => `${worker} is told to leave #${id}, and has not got it`,
    );
    part.isCancelTold = true;
    this.#notebook.afterCall(() => {
      const isOver = part.isEnded || part.ask.session.isBacklogged || !part.ask.session.canHear;
      must(isOver, "answer", () => `${worker} is told to leave #${id}, and it is still open`);
    });
  }

  #mustHaveLeft(session: Session, code: ErrorCode): void {
    must(
      session.leftInCall === this.#notebook.call && session.left === code,
      "answer",
      () => `${session} is told ${code}, and it is not`,
    );
  }
}

/** How many frames may follow the header of what a broker says, and which flags there are. */
const shapesTold: Readonly<Record<number, readonly [low: number, high: number, flags: number]>> = {
  [verbs.welcome]: [1, 1, 0],
  [verbs.heartbeat]: [0, 0, 0],
  [verbs.disconnect]: [0, 1, 0],
  [verbs.ack]: [1, 2, flags.more],
  [verbs.error]: [2, 4, flags.more],
  [verbs.roster]: [1, 1, flags.more],
  [verbs.event]: [1, 1, 0],
  [verbs.report]: [1, 1, 0],
  [verbs.cancel]: [1, 1, 0],
};
