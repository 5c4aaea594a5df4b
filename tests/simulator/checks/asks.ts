// The life of each SEND and REQUEST: asked, taken on, ended once.

import { flags, verbs } from "../../../src/protocol/header.ts";
import { bytesOf, type Id, keyOf } from "../frames.ts";
import { type Notebook, slackMs } from "./notebook.ts";
import type { Reading } from "./reading.ts";
import type { Ask, Part, Session } from "./records.ts";
import type { Registry } from "./registry.ts";
import { must } from "./violation.ts";
import { isUnsure, type Waiting } from "./waiting.ts";

/** Everything that is open, and what workers have in hand. */
export class Asks {
  readonly #notebook: Notebook;
  readonly #registry: Registry;
  readonly #waiting: Waiting;
  #order = 0;

  constructor(notebook: Notebook, registry: Registry, waiting: Waiting) {
    this.#notebook = notebook;
    this.#registry = registry;
    this.#waiting = waiting;
  }

  /** A message that is to be taken on is about to be received. */
  ask(session: Session, reading: Reading): Ask {
    const { toldMs, see } = this.#notebook;
    const { target, limitMs, body, id } = reading;
    see.call(this.#notebook, `ask ${target.kind}`);
    const ask: Ask = {
      session,
      id,
      isRequest: reading.verb === verbs.request,
      wantsReceipt: (reading.flags & flags.receipt) !== 0,
      // A session that is gone does not come back: there is nothing to hold it for.
      isHold: (reading.flags & flags.hold) !== 0 && target.kind !== "session",
      target,
      peer: keyOf(reading.peer),
      body,
      bytes: bytesOf(body),
      order: this.#order++,
      limitPassesAt: toldMs + limitMs,
      parts: [],
      isEnded: false,
      isOrphan: false,
      isHeldTold: false,
      isCancelled: false,
      done: 0,
      doubts: [],
    };
    ask.parts = target.kind === "several"
      ? this.#registry.meant(ask).map((meant) => partOf(ask, meant))
      : [partOf(ask, undefined)];
    const open = session.asks.get(id);
    if (open === undefined) session.asks.set(id, [ask]);
    else open.push(ask);
    this.#notebook.later(limitMs + slackMs, () => this.#checkLimit(ask));
    return ask;
  }

  /** The core has finished receiving it: what was not handed over or ended waits. */
  asked(ask: Ask): void {
    for (const part of ask.parts) {
      if (part.isEnded) continue;
      this.#waiting.open.add(part);
      if (part.receiver !== undefined) continue;
      const queue = this.#queueOf(part);
      const { session, id } = ask;
      must(
        queue !== undefined || isUnsure(ask),
        "answer",
        () => `#${id} of ${session} for nobody is not answered`,
      );
      if (queue === undefined) continue;
      this.#mustBeHeld(part);
      this.#waiting.add(part, queue);
      this.mustBeToldHeld(part);
    }
  }

  /** It was refused after all: it never was. */
  withdraw(ask: Ask): void {
    for (const part of ask.parts) this.#forget(part);
    must(
      ask.parts.every(({ receiver }) => receiver === undefined),
      "answer",
      () => `#${ask.id} of ${ask.session} was refused and handed over`,
    );
    ask.isEnded = true;
    this.remove(ask);
  }

  /** A part has ended. */
  endPart(part: Part): void {
    this.#forget(part);
    part.receiver?.receipts.delete(part);
    if (part.receiver !== undefined && !part.isCancelTold) this.#mustCancel(part, part.receiver);
  }

  /** The last answer to a message was given. */
  end(ask: Ask): void {
    must(!ask.isEnded, "one end", () => `#${ask.id} of ${ask.session} has ended twice`);
    ask.isEnded = true;
    for (const part of ask.parts) if (!part.isEnded) this.endPart(part);
    this.remove(ask);
  }

  /** Whoever asked has left: a REQUEST ends unheard, a SEND goes on. */
  orphan(session: Session): void {
    for (const ask of [...session.asks.values()].flat()) {
      ask.isOrphan = true;
      if (!ask.isRequest) session.former.push(ask);
      if (ask.isRequest) { for (const part of ask.parts) if (!part.isEnded) this.endPart(part); }
    }
    session.asks.clear();
  }

  /** What a session sent before it came back ends, and it is told, though it need not be. */
  endFormer(session: Session, id: Id, isMore: boolean): boolean {
    const ask = session.former.find((one) => one.id === id);
    if (!isMore) session.former = session.former.filter((one) => one !== ask);
    return ask !== undefined;
  }

  /** Whoever is owed an answer is told that it waits for somebody who is not there. */
  mustBeToldHeld({ ask }: Part): void {
    const isThere = this.#registry.meant(ask).length > 0;
    const isOwed = ask.isRequest || ask.wantsReceipt;
    must(
      isThere || !isOwed || ask.isHeldTold || isUnsure(ask),
      "answer",
      () => `#${ask.id} of ${ask.session} is held, and it is not told`,
    );
  }

  /** A worker's place, or a receipt's, is free. */
  giveBack(part: Part): void {
    const { receiver } = part;
    if (receiver === undefined) return;
    receiver.places.delete(part);
    receiver.receipts.delete(part);
    this.#waiting.touchAllOf(receiver);
  }

  #forget(part: Part): void {
    part.isEnded = true;
    this.#waiting.open.delete(part);
    this.#waiting.remove(part);
  }

  #mustBeHeld({ ask }: Part): void {
    const isThere = this.#registry.meant(ask).length > 0;
    must(
      isThere || ask.isHold || isUnsure(ask),
      "answer",
      () => `#${ask.id} of ${ask.session} for nobody waits without HOLD`,
    );
  }

  /** Whoever works on what nobody waits for is to be told. */
  #mustCancel(part: Part, receiver: Session): void {
    if (!part.ask.isRequest || !receiver.places.has(part)) return;
    if (this.#notebook.doing === "close") return;
    this.#notebook.afterCall(() => {
      const isDone = part.isCancelTold || !receiver.places.has(part) || !receiver.canHear;
      must(isDone, "answer", () => `${receiver} was not told to leave #${part.ask.id}`);
    });
  }

  #checkLimit(ask: Ask): void {
    if (ask.isEnded || (!ask.wantsReceipt && ask.parts.every(({ isEnded }) => isEnded))) return;
    const isDue = this.#notebook.hadTimeSince(ask.limitPassesAt);
    if (isDue && (ask.isOrphan || ask.session.isMuddled)) {
      for (const part of ask.parts) if (!part.isEnded) this.endPart(part);
      return;
    }
    const { agenda } = this.#notebook;
    must(
      !isDue || isUnsure(ask),
      "one end",
      () => `#${ask.id} of ${ask.session} is open ${agenda.now - ask.limitPassesAt} ms too long`,
    );
    this.#notebook.later(1000, () => this.#checkLimit(ask));
  }

  /** Where a part waits when it must; undefined when there is no such place. */
  #queueOf({ ask, meant }: Part): string | undefined {
    const { target } = ask;
    if (meant !== undefined) return meant.callsign;
    if (target.kind === "name") return target.name;
    if (target.kind === "group") return `@${target.group}`;
    if (target.kind === "session") return this.#registry.session(target.key)?.callsign;
    return undefined;
  }

  /** It is not open any more. */
  remove(ask: Ask): void {
    const left = ask.session.open(ask.id).filter((one) => one !== ask);
    if (left.length > 0) ask.session.asks.set(ask.id, left);
    else ask.session.asks.delete(ask.id);
  }
}

function partOf(ask: Ask, meant: Session | undefined): Part {
  return {
    ask,
    meant,
    queue: undefined,
    receiver: undefined,
    isEnded: false,
    reply: undefined,
    isReplyTooLarge: false,
    isConfirmed: false,
    wasFull: false,
    triedAt: -Infinity,
    wasUnreachable: false,
    isCancelTold: false,
    isLost: false,
  };
}
