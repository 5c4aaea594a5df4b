// How messages may end: which answer fits which state.

import type { ErrorCode } from "../../../src/protocol/codes.ts";
import { decodeJson } from "../../../src/protocol/greeting.ts";
import { ackStatus } from "../../../src/protocol/header.ts";
import { describe, type Frames, keyOf, utf8 } from "../frames.ts";
import type { Asks } from "./asks.ts";
import type { Notebook } from "./notebook.ts";
import type { Ask, Part } from "./records.ts";
import type { Registry } from "./registry.ts";
import { must } from "./violation.ts";
import { isUnsure, type Waiting } from "./waiting.ts";

/** Looks at each ERROR and ACK that ends something. */
export class Endings {
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

  /** Whether a code may end a message, or a part of it, as it is now. */
  mayFail(ask: Ask, code: ErrorCode): boolean {
    return code === "cancelled"
      ? ask.isCancelled
      : ask.parts.some((part) => this.#fits(part, code));
  }

  /** A message, or with MORE a part of it, ends in an ERROR. */
  failed(ask: Ask, code: ErrorCode, isMore: boolean, peer: string): void {
    const { parts, target } = ask;
    if (target.kind !== "several") {
      must(!isMore, "one end", () => `${nameOf(ask)} ends in ${code} with MORE`);
      this.#checkFailure(parts[0] as Part, code);
      this.#asks.end(ask);
      return;
    }
    const isOfAll = !isMore &&
      (ask.isRequest || ask.wantsReceipt || parts.length === 0 || code === "busy");
    if (isOfAll) {
      this.#checkFailureOfAll(ask, code);
      this.#asks.end(ask);
      return;
    }
    // What confirmed it may have come when this was on its way.
    const isLate = ask.session.isBacklogged;
    const part = parts.find((one) =>
      (!one.isEnded || (isLate && one.isConfirmed)) && one.meant?.key === peer
    );
    must(
      part !== undefined,
      "one end",
      () => `${nameOf(ask)}: ${code} for ${peer}, which is not open`,
    );
    if (!part.isEnded) this.#checkFailure(part, code);
    this.#asks.endPart(part);
  }

  /** A message is confirmed, handed to a plain peer, or held. */
  acknowledged(ask: Ask, status: number, frames: Frames): void {
    this.#notebook.see(`ack ${status}`);
    if (status === ackStatus.held) return this.#held(ask, frames);
    if (ask.target.kind === "several") this.#checkClosing(ask, status, frames);
    else if (status === ackStatus.handed) this.#checkHanded(ask, frames);
    else this.#checkConfirmed(ask, frames);
    this.#asks.end(ask);
  }

  #held(ask: Ask, frames: Frames): void {
    const [part] = ask.parts;
    const isWaiting = part?.receiver === undefined || ask.session.isBacklogged;
    const isRight = ask.isHold && !ask.isHeldTold && isWaiting &&
      (ask.isRequest || ask.wantsReceipt) && keyOf(frames[1] as Uint8Array) === ask.peer;
    must(isRight, "answer", () => `${nameOf(ask)} is told ${describe(frames)}`);
    ask.isHeldTold = true;
  }

  #checkConfirmed(ask: Ask, frames: Frames): void {
    const [part] = ask.parts as [Part];
    const isRight = !ask.isRequest && ask.wantsReceipt && part.isConfirmed &&
      part.receiver?.key === keyOf(frames[1] as Uint8Array);
    must(isRight, "one end", () => `${nameOf(ask)} is told ${describe(frames)}`);
  }

  #checkHanded(ask: Ask, frames: Frames): void {
    const [part] = ask.parts as [Part];
    const callsign = part.receiver?.callsign ?? "";
    const isRight = !ask.isRequest && part.isEnded && part.receiver?.isProtocol === false &&
      keyOf(utf8(callsign)) === keyOf(frames[1] as Uint8Array);
    must(isRight, "one end", () => `${nameOf(ask)} is told ${describe(frames)}`);
  }

  #checkClosing(ask: Ask, status: number, frames: Frames): void {
    const { matched, done } = decodeJson(frames[2] ?? utf8("{}")) as Record<string, unknown>;
    const isRight = status === ackStatus.confirmed && (ask.isRequest || ask.wantsReceipt) &&
      matched === ask.parts.length && (done === ask.done || ask.session.isBacklogged);
    must(
      isRight,
      "one end",
      () => `${nameOf(ask)}: ${ask.done} of ${ask.parts.length}, and is told ${describe(frames)}`,
    );
    const left = ask.parts.filter(({ isEnded }) => !isEnded).length;
    must(left === 0, "one end", () => `${nameOf(ask)} is closed, and ${left} have not ended`);
  }

  #checkFailureOfAll(ask: Ask, code: ErrorCode): void {
    const isUntouched = ask.parts.every((part) => part.receiver === undefined && !part.isEnded);
    const isRight = code === "cancelled"
      ? ask.isCancelled
      : code === "unreachable"
      ? ask.parts.length === 0
      : code === "busy" && isUntouched && this.#isTableFull(ask);
    must(isRight, "one end", () => `${nameOf(ask)} to ${ask.parts.length} ends in ${code}`);
  }

  #checkFailure(part: Part, code: ErrorCode): void {
    const { ask } = part;
    must(!part.isEnded, "one end", () => `${nameOf(ask)} ends in ${code}, and has ended before`);
    must(
      part.reply === undefined || ask.session.isBacklogged,
      "one end",
      () => `${nameOf(ask)} ends in ${code}, and its REPLY was there before`,
    );
    must(
      this.#fits(part, code),
      "one end",
      () => `${nameOf(ask)} ends in ${code}: ${part.receiver ?? "nobody"} has it`,
    );
    if (code === "lost") this.#notebook.afterCall(() => this.#checkLost(part));
    // What is told late was true at a time nobody knows.
    if (ask.session.isBacklogged) return;
    if (code === "unreachable") this.#notebook.afterCall(() => this.#checkUnreachable(part));
    if (code === "busy") {
      must(this.#isBusy(part), "bounds", () => `${nameOf(ask)} ends in busy, and nothing is full`);
    }
    if (code === "not-serving") {
      must(this.#isNotServed(part), "answer", () => `${nameOf(ask)} ends in not-serving`);
    }
  }

  #fits({ ask, receiver, isReplyTooLarge }: Part, code: ErrorCode): boolean {
    const isHanded = receiver !== undefined;
    const isOver = this.#notebook.toldMs >= ask.limitPassesAt;
    switch (code) {
      case "unreachable":
      case "busy":
      case "not-serving":
        return !isHanded;
      case "expired":
        return !isHanded && isOver;
      case "timeout":
        return isHanded && isOver;
      case "lost":
        return isHanded;
      case "too-large":
        return isHanded && isReplyTooLarge;
      case "cancelled":
        return ask.isCancelled;
      default:
        return false;
    }
  }

  #checkUnreachable(part: Part): void {
    const { ask, meant } = part;
    if (this.#notebook.doing === "close" || part.wasUnreachable) return;
    const { call } = this.#notebook;
    const there = meant === undefined ? this.#registry.meant(ask) : [meant];
    const isGone = there.every((one) => !one.isOnline || one.joinedInCall === call);
    must(isGone, "answer", () => `${nameOf(ask)} ends in unreachable, and ${there} is there`);
    const isKept = ask.isHold && ["name", "group"].includes(ask.target.kind);
    must(!isKept, "answer", () => `${nameOf(ask)} has HOLD and ends in unreachable`);
  }

  #checkLost({ ask, receiver, isLost }: Part): void {
    const { call, doing } = this.#notebook;
    const isRight = isLost || receiver?.leftInCall === call || doing === "close";
    must(isRight, "one end", () => `${nameOf(ask)} ends in lost, and ${receiver} has not left`);
  }

  #isNotServed({ ask, meant }: Part): boolean {
    const there = meant === undefined ? this.#registry.meant(ask) : [meant];
    if (there.length === 0) return false;
    return there.every((one) => ask.isRequest ? one.capacity === 0 : one.isRequester);
  }

  #isBusy(part: Part): boolean {
    const { ask, meant } = part;
    const { queueMessages, queueBytes, heldMessages, heldBytes } = this.#notebook.settings;
    if (part.wasFull || this.#isTableFull(ask)) return true;
    const { target } = ask;
    const name = meant?.callsign ??
      (target.kind === "name"
        ? target.name
        : target.kind === "group"
        ? `@${target.group}`
        : undefined);
    const { most } = this.#waiting.sums(name);
    if (most.messages >= queueMessages || most.bytes + ask.bytes > queueBytes) return true;
    const all = this.#waiting.sums().most;
    return ask.isHold && (all.held >= heldMessages || all.heldBytes + ask.bytes > heldBytes);
  }

  /** Whether all that is open, and all that workers have in hand, may have reached the bound. */
  #isTableFull(ask: Ask): boolean {
    const own = ask.parts.filter(({ isEnded }) => !isEnded).length;
    return this.#waiting.isTableFull(own - 1);
  }
}

/** Whether a message must have been told its end by now. */
export function mustBeOver(part: Part): void {
  const { ask } = part;
  must(
    part.isEnded || isUnsure(ask),
    "one end",
    () => `${nameOf(ask)}: ${part.receiver} has left or answered, and nobody was told`,
  );
}

function nameOf({ id, session, isRequest, peer }: Ask): string {
  const what = isRequest ? "REQUEST" : "SEND";
  return `${what} #${id} of ${session} to ${JSON.stringify(peer.replace("\x1f", "~"))}`;
}
