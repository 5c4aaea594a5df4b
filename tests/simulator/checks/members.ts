// What a session that is online says: what it changes, and what it is owed for it.

import { flags, verbs } from "../../../src/protocol/header.ts";
import type { Asks } from "./asks.ts";
import type { Current } from "./current.ts";
import { mustBeOver } from "./endings.ts";
import type { Notebook } from "./notebook.ts";
import type { Reading } from "./reading.ts";
import type { Ask, Part, Session, Watch } from "./records.ts";
import type { Registry } from "./registry.ts";
import { must } from "./violation.ts";
import { isUnsure } from "./waiting.ts";
import type { Watches } from "./watches.ts";

/** Works it out before the core receives it. */
export class Members {
  readonly #notebook: Notebook;
  readonly #registry: Registry;
  readonly #asks: Asks;
  readonly #watches: Watches;

  constructor(notebook: Notebook, registry: Registry, asks: Asks, watches: Watches) {
    this.#notebook = notebook;
    this.#registry = registry;
    this.#asks = asks;
    this.#watches = watches;
  }

  /** It is right as far as its bytes go. */
  says(current: Current): void {
    const { reading } = current;
    const { verb } = reading;
    if (verb === verbs.request || verb === verbs.send) this.#beginAsk(current);
    else if (verb === verbs.reply || verb === verbs.ack) this.#beginAnswer(current);
    else if (verb === verbs.cancel) this.#beginCancel(current);
    else if (verb === verbs.watch) this.#beginWatch(current);
    else if (verb === verbs.kick) {
      current.kicked = this.#registry.matching(new TextDecoder().decode(reading.peer));
      if (current.kicked.length === 0) current.faults = ["unreachable", ...current.leeway];
    }
  }

  #beginAsk(current: Current): void {
    const { session, reading } = current;
    const isOwed = reading.verb === verbs.request || (reading.flags & 1) !== 0;
    if (this.isIdTaken(session, reading, true)) {
      const isSure = isOwed && this.isIdTaken(session, reading, false);
      if (isSure) current.faults = ["duplicate-id", ...current.leeway];
      else current.leeway = [...current.leeway, "duplicate-id"];
    }
    if (current.faults.length === 0) current.ask = this.#asks.ask(session, reading);
  }

  /** Whether an id belongs to something that is open, or that a worker still has in hand. */
  isIdTaken(session: Session, { id }: Reading, isMaybe: boolean): boolean {
    const watch = session.watches.get(id);
    if (watch !== undefined && (isMaybe || !watch.isEnding)) return true;
    const open = session.open(id).filter((ask) => ask.isRequest || ask.wantsReceipt);
    if (open.some((ask) => isMaybe || !isUnsure(ask))) return true;
    const isIt = ({ ask }: Part): boolean => ask.session === session && ask.id === id;
    return [...this.#registry.holders.values()].some(({ places }) => [...places].some(isIt));
  }

  #beginAnswer(current: Current): void {
    const { session, reading } = current;
    const part = this.#partOf(session, reading);
    current.part = part;
    if (part === undefined) {
      current.faults = ["not-waiting", ...current.leeway];
      return;
    }
    const { ask } = part;
    this.#asks.giveBack(part);
    if (part.isEnded || ask.isEnded) {
      current.faults = ["not-waiting", ...current.leeway];
    } else if (isUnsure(ask)) {
      current.leeway = ["not-waiting", ...current.leeway];
      this.#settle(part, reading);
    } else {
      this.#settle(part, reading);
      this.#notebook.afterCall(() => mustBeOver(part));
    }
  }

  #settle(part: Part, reading: Reading): void {
    const { ask } = part;
    if (reading.verb === verbs.reply) {
      const isStderrLast = (reading.flags & flags.stderr) !== 0;
      part.reply = { status: reading.status, isStderrLast, body: reading.body };
      return;
    }
    part.isConfirmed = true;
    ask.done++;
    if (ask.target.kind === "several" || ask.isOrphan) this.#asks.endPart(part);
  }

  /** A REPLY with too much in it is an answer that cannot be passed on. */
  tooLarge(current: Current): void {
    const { session, reading } = current;
    if (!reading.faults.includes("too-large") || reading.faults.length > 1) return;
    const part = this.#partOf(session, reading);
    if (part === undefined || part.isEnded || isUnsure(part.ask)) {
      current.faults = ["too-large", "not-waiting"];
      if (part !== undefined) this.#asks.giveBack(part);
      if (part !== undefined) part.isReplyTooLarge = true;
      return;
    }
    part.isReplyTooLarge = true;
    this.#asks.giveBack(part);
    this.#notebook.afterCall(() => mustBeOver(part));
  }

  /** What a worker has in hand under an id of somebody's, the one that is open before others. */
  #partOf(worker: Session, { verb, id, peer }: Reading): Part | undefined {
    const asker = this.#registry.session(String.fromCharCode(...peer));
    const isIt = ({ ask }: Part): boolean => ask.session === asker && ask.id === id;
    const parts = [...verb === verbs.reply ? worker.places : worker.receipts].filter(isIt);
    return parts.find(({ isEnded }) => !isEnded) ?? parts[0];
  }

  #beginCancel(current: Current): void {
    const { session, reading } = current;
    const known: Watch | undefined = session.watches.get(reading.id);
    const watch = known?.isEnding === true ? undefined : known;
    const open: readonly Ask[] = session.open(reading.id);
    const ask = open.find(({ isEnded }) => !isEnded);
    current.cancels = ask ?? watch;
    if (ask !== undefined) {
      for (const one of open) one.isCancelled = true;
      if (!isUnsure(ask) && (ask.isRequest || ask.wantsReceipt)) {
        this.#notebook.afterCall(() =>
          must(ask.isEnded || isUnsure(ask), "one end", () => `#${ask.id} of ${session} goes on`)
        );
      } else {
        current.leeway = ["not-waiting", ...current.leeway];
      }
    } else if (watch !== undefined) {
      watch.isEnding = true;
      current.watch = watch;
      current.faults = ["cancelled", ...current.leeway];
    } else {
      current.faults = ["not-waiting", ...current.leeway];
    }
  }

  #beginWatch(current: Current): void {
    const { session, reading } = current;
    const { id } = reading;
    if (this.isIdTaken(session, reading, false)) {
      current.faults = ["duplicate-id", "busy", ...current.leeway];
    } else if (this.#watches.hasAll(session)) {
      current.faults = ["busy", ...current.leeway];
    } else if (!session.isMuddled) {
      // While it is not heard what has ended, it is not known either.
      if (session.isBacklogged) current.leeway = ["duplicate-id", "busy", ...current.leeway];
      const pattern = new TextDecoder().decode(reading.peer) || "*";
      current.watch = this.#watches.begin(session, id, pattern);
    }
  }
}
