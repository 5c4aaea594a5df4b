// Messages that are handed over: to whom they are for, in order, and only where there is room.

import { flags, verbs } from "../../../src/protocol/header.ts";
import type { WireResult } from "../../../src/routing/wire.ts";
import { areSame, type Frames, type Id, idOf, statusOf } from "../frames.ts";
import type { Asks } from "./asks.ts";
import { type Notebook, slackMs } from "./notebook.ts";
import type { Ask, Part, Session } from "./records.ts";
import type { Registry } from "./registry.ts";
import { must } from "./violation.ts";
import { isUnsure, type Waiting } from "./waiting.ts";

/** Looks at each message that a connection is given. */
export class Handing {
  readonly #notebook: Notebook;
  readonly #registry: Registry;
  readonly #waiting: Waiting;
  readonly #asks: Asks;

  constructor(notebook: Notebook, registry: Registry, waiting: Waiting, asks: Asks) {
    this.#notebook = notebook;
    this.#registry = registry;
    this.#waiting = waiting;
    this.#asks = asks;
  }

  /** The core hands a part over, or tries to. */
  hand(receiver: Session, from: string, frames: Frames, body: Frames, result: WireResult): void {
    const header = frames[0] as Uint8Array;
    const part = this.#partFor(receiver, from, idOf(header), header[3] === verbs.request, body);
    const { ask } = part;
    const wanted = ask.wantsReceipt ? flags.receipt : 0;
    must(header[4] === wanted, "answer", () => `flags ${header[4]} with #${ask.id}`);
    must(statusOf(header) === 0, "answer", () => `a status with #${ask.id}`);
    this.#handTo(part, receiver, body, result);
  }

  /** As {@linkcode Handing.hand}, to a plain peer: nothing but the body tells which it is. */
  handPlain(receiver: Session, body: Frames, result: WireResult): void {
    const { current } = this.#notebook;
    const isIt = (part: Part): boolean => !part.ask.isRequest && this.#isFor(part, receiver, body);
    const part = current?.ask?.parts.find(isIt) ?? this.#waiting.find(isIt);
    must(part !== undefined, "right receiver", () => `${receiver} is handed what is not for it`);
    this.#handTo(part, receiver, body, result);
  }

  #isFor(part: Part, receiver: Session, body: Frames): boolean {
    if (part.isEnded || part.receiver !== undefined || !areSame(part.ask.body, body)) return false;
    const { ask, meant } = part;
    return meant === undefined ? this.#registry.meant(ask).includes(receiver) : meant === receiver;
  }

  #partFor(receiver: Session, from: string, id: Id, isRequest: boolean, body: Frames): Part {
    const asker = this.#registry.session(from);
    const { current } = this.#notebook;
    const isIt = (part: Part): boolean =>
      part.ask.session === asker && part.ask.id === id && part.ask.isRequest === isRequest &&
      this.#isFor(part, receiver, body);
    const part = current?.ask?.parts.find(isIt) ??
      asker?.open(id).flatMap(({ parts }) => parts).find(isIt) ??
      this.#waiting.find(isIt);
    must(
      part !== undefined,
      "right receiver",
      () =>
        `${receiver} is handed #${id} of ${asker}, which is not open, not for it, or was handed`,
    );
    return part;
  }

  #handTo(part: Part, receiver: Session, body: Frames, result: WireResult): void {
    const { ask } = part;
    this.#mustBeMeant(part, receiver);
    must(
      areSame(body, ask.body),
      "right receiver",
      () => `#${ask.id} is handed over with another body`,
    );
    if (result !== "sent") {
      part.wasFull ||= result === "full";
      part.wasUnreachable ||= result === "unreachable";
      part.triedAt = this.#notebook.agenda.now;
      if (part.queue !== undefined || ask.isHold) receiver.stuckAt = this.#notebook.agenda.now;
      return;
    }
    this.#mustBeInOrder(ask, receiver);
    if (ask.isRequest) this.#mustHaveRoom(ask, receiver);
    part.receiver = receiver;
    this.#notebook.see(`handed ${ask.target.kind}`);
    if (part.queue !== undefined) this.#notebook.see("handed after waiting");
    this.#waiting.remove(part);
    if (ask.isRequest) receiver.places.add(part);
    else if (ask.wantsReceipt && receiver.isProtocol) receiver.receipts.add(part);
    else this.#handedForGood(part, receiver);
  }

  /** Nobody has to answer it: it has ended, though the sender may want to be told. */
  #handedForGood(part: Part, receiver: Session): void {
    const { ask } = part;
    ask.done++;
    part.isEnded = true;
    this.#waiting.open.delete(part);
    if (!ask.wantsReceipt) {
      if (ask.parts.every(({ isEnded }) => isEnded)) this.#asks.remove(ask);
    } else if (ask.target.kind !== "several") {
      this.#notebook.afterCall(() =>
        must(
          ask.isEnded || isUnsure(ask),
          "one end",
          () => `#${ask.id} of ${ask.session} was handed to ${receiver}, and it is not told`,
        )
      );
    }
  }

  #mustBeMeant(part: Part, receiver: Session): void {
    const { ask, meant } = part;
    const isMeant = meant === undefined
      ? this.#registry.meant(ask).includes(receiver)
      : meant === receiver;
    must(
      isMeant && receiver.isOnline,
      "right receiver",
      () => `${receiver} is handed #${ask.id} of ${ask.session}, meant for ${ask.peer}`,
    );
    const takes = ask.isRequest ? receiver.isProtocol : !receiver.isRequester;
    must(takes, "right receiver", () => `${receiver} does not take #${ask.id}`);
    must(
      !ask.isOrphan || !ask.isRequest,
      "right receiver",
      () => `${receiver} is handed #${ask.id} of ${ask.session}, which has left`,
    );
  }

  #mustBeInOrder(ask: Ask, receiver: Session): void {
    if (ask.target.kind !== "name" && ask.target.kind !== "group") return;
    const { sequence } = ask.session;
    const key = `${ask.peer} ${receiver.key}`;
    const last = sequence.get(key) ?? -1;
    must(
      last < ask.order,
      "order",
      () => `${receiver} is handed #${ask.id} of ${ask.session} after one that came later`,
    );
    sequence.set(key, ask.order);
  }

  #mustHaveRoom(ask: Ask, receiver: Session): void {
    must(
      receiver.hasRoom,
      "bounds",
      () => `${receiver} is handed #${ask.id} and has ${receiver.places.size} already`,
    );
    if (ask.target.kind !== "group") return;
    const { now } = this.#notebook.agenda;
    for (const one of this.#registry.meant(ask)) {
      // A connection that is gone or full is as good as none.
      if (one.connection?.isOpen !== true || now - one.stuckAt < slackMs) continue;
      must(
        !one.hasRoom || one.places.size >= receiver.places.size,
        "right receiver",
        () => `${receiver} has ${receiver.places.size} requests, and ${one} ${one.places.size}`,
      );
    }
  }
}
