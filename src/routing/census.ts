/**
 * Who is there, told to whoever asks: LIST, WATCH, STATS; and KICK.
 *
 * @module
 */

import { encodeJson } from "../protocol/greeting.ts";
import { ackStatus, flags, verbs } from "../protocol/header.ts";
import { rosterPeersMax, watchesMax } from "../protocol/limits.ts";
import type { PresenceEvent, Report } from "../protocol/roster.ts";
import { errorFrames, headerOf, type Id, idOf, noId } from "./answers.ts";
import type { Refuse } from "./asks.ts";
import type { Common } from "./common.ts";
import { type Directory, matcherOf } from "./directory.ts";
import { whyBanned } from "./greeter.ts";
import type { Ledger } from "./ledger.ts";
import type { Post } from "./outbox.ts";
import type { Registry } from "./registry.ts";
import type { Session } from "./session.ts";
import type { Incoming } from "./wire.ts";

/** Somebody who wants to be told of changes. */
interface Watch {
  readonly watcher: Session;
  readonly id: Id;
  readonly matches: (session: Session) => boolean;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Tells of peers. */
export class Census {
  readonly #common: Common;
  readonly #registry: Registry;
  readonly #directory: Directory;
  readonly #ledger: Ledger;
  readonly #post: Post;
  readonly #refuse: Refuse;
  readonly #watches = new Map<Session, Watch[]>();
  readonly #startedMs: number;

  /** Takes the parts of the core it tells of. */
  constructor(
    parts: {
      readonly common: Common;
      readonly registry: Registry;
      readonly directory: Directory;
      readonly ledger: Ledger;
      readonly post: Post;
    },
    refuse: Refuse,
  ) {
    this.#common = parts.common;
    this.#registry = parts.registry;
    this.#directory = parts.directory;
    this.#ledger = parts.ledger;
    this.#post = parts.post;
    this.#refuse = refuse;
    this.#startedMs = parts.common.nowMs;
  }

  /** A LIST. */
  list(asker: Session, incoming: Incoming): void {
    const pattern = this.#pattern(asker, incoming);
    if (pattern !== undefined) this.#tellRoster(asker, idOf(incoming.header), pattern);
  }

  /** A WATCH. */
  watch(watcher: Session, incoming: Incoming): void {
    const pattern = this.#pattern(watcher, incoming);
    if (pattern === undefined) return;
    const id = idOf(incoming.header);
    const watches = this.#watches.get(watcher) ?? [];
    if (this.isWatching(watcher, incoming.header) || isOpen(watcher, id)) {
      return this.#refuse(watcher, incoming, "duplicate-id", "Another message has this id");
    }
    if (watches.length >= watchesMax) {
      return this.#refuse(watcher, incoming, "busy", `A session has at most ${watchesMax} watches`);
    }
    this.#watches.set(watcher, [...watches, { watcher, id, matches: matcherOf(pattern) }]);
    this.#tellRoster(watcher, id, pattern);
  }

  /** Whether a session watches under the id of a header, which then is not free for anything else. */
  isWatching(watcher: Session, header: Uint8Array): boolean {
    if (this.#watches.size === 0) return false;
    const id = idOf(header);
    return this.#watches.get(watcher)?.some((watch) => isSame(watch.id, id)) === true;
  }

  /** CANCEL of a WATCH; false when there is none under its id. */
  cancel(watcher: Session, incoming: Incoming): boolean {
    const id = idOf(incoming.header);
    if (!this.isWatching(watcher, incoming.header)) return false;
    const left = this.#watches.get(watcher)?.filter((watch) => !isSame(watch.id, id)) ?? [];
    if (left.length > 0) this.#watches.set(watcher, left);
    else this.#watches.delete(watcher);
    this.#post.give(watcher, errorFrames("cancelled", "The watch was cancelled", id));
    return true;
  }

  /** Tells those who watch of a change. */
  changed(event: PresenceEvent, session: Session): void {
    if (this.#watches.size === 0) return;
    const json = encodeJson(event);
    for (const { watcher, id, matches } of [...this.#watches.values()].flat()) {
      if (watcher.isOnline && matches(session)) {
        this.#post.give(watcher, [headerOf(verbs.event, id), json]);
      }
    }
  }

  /** A session has ended, and watches no more. */
  departed(session: Session): void {
    this.#watches.delete(session);
  }

  /** STATS. */
  stats(asker: Session, incoming: Incoming): void {
    const header = headerOf(verbs.report, idOf(incoming.header));
    this.#post.give(asker, [header, encodeJson(this.report())]);
  }

  /** A KICK. */
  kick(asker: Session, incoming: Incoming): void {
    const pattern = incoming.secondLength < 0 ? "" : this.#pattern(asker, incoming);
    if (pattern === undefined) return;
    if (pattern === "") {
      return this.#refuse(asker, incoming, "bad-message", "KICK takes one pattern");
    }
    const meant = this.#directory.matching(pattern);
    if (meant.length === 0) {
      return this.#refuse(asker, incoming, "unreachable", `Nobody is online as ${quote(pattern)}`);
    }
    const header = headerOf(verbs.ack, idOf(incoming.header), 0, ackStatus.confirmed);
    const counts = { matched: meant.length, done: meant.length };
    // First: it may be the asker itself who is meant.
    this.#post.give(asker, [header, new TextEncoder().encode(pattern), encodeJson(counts)]);
    for (const session of meant) {
      if (session.dialect === "callsign/1") {
        this.#post.give(session, errorFrames("kicked", whyBanned.kicked, noId));
      }
      this.#registry.leave(session, "kicked");
    }
  }

  /** What was counted, and how much there is now. */
  report(): Report {
    const { settings, nowMs, counts } = this.#common;
    const roles = { worker: 0, client: 0, plain: 0 };
    for (const { role } of this.#registry.online()) roles[role]++;
    return {
      broker: settings.broker,
      version: settings.version,
      uptimeMs: Math.round(nowMs - this.#startedMs),
      workers: roles.worker,
      clients: roles.client,
      plain: roles.plain,
      connections: this.#registry.connections.size,
      open: this.#ledger.open,
      queued: this.#ledger.waiting,
      queuedBytes: this.#ledger.waitingBytes,
      counts: { ...counts, failed: { ...counts.failed }, refused: { ...counts.refused } },
    };
  }

  #tellRoster(asker: Session, id: Id, pattern: string): void {
    const { nowMs } = this.#common;
    const sessions = this.#directory.matching(pattern);
    for (let at = 0; at === 0 || at < sessions.length; at += rosterPeersMax) {
      const part = sessions.slice(at, at + rosterPeersMax);
      const isLast = at + rosterPeersMax >= sessions.length;
      const header = headerOf(verbs.roster, id, isLast ? 0 : flags.more);
      this.#post.give(asker, [header, encodeJson(part.map((session) => session.info(nowMs)))]);
    }
  }

  /** The pattern of a message, `*` when it has none; undefined when it was refused. */
  #pattern(asker: Session, incoming: Incoming): string | undefined {
    const { second, secondLength, parcel } = incoming;
    if (secondLength < 0) return "*";
    if (secondLength >= 1 && secondLength <= 255 && parcel.frames === 0) {
      try {
        return decoder.decode(second.subarray(0, secondLength));
      } catch {
        // Told below.
      }
    }
    const text = "It takes at most one pattern, 1 to 255 bytes of UTF-8";
    this.#refuse(asker, incoming, "bad-message", text);
    return undefined;
  }
}

function isSame(a: Id, b: Id): boolean {
  return a.low === b.low && a.high === b.high;
}

function isOpen(session: Session, { low, high }: Id): boolean {
  return session.asks.find(low, high) !== undefined;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
