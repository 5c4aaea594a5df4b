// WATCH, EVENT and ROSTER: what is told of peers is what there is.

import { decodeJson } from "../../../src/protocol/greeting.ts";
import { verbs } from "../../../src/protocol/header.ts";
import { watchesMax } from "../../../src/protocol/limits.ts";
import type { PeerInfo, PresenceEvent } from "../../../src/protocol/roster.ts";
import type { Frames, Id } from "../frames.ts";
import type { Expectation, Session, Watch } from "./records.ts";
import { matcherOf, type Registry } from "./registry.ts";
import { must } from "./violation.ts";

/** Everybody who watches. */
export class Watches {
  readonly #registry: Registry;
  readonly #watchers = new Set<Session>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Something has changed that watchers are to be told. */
  changed(event: PresenceEvent): void {
    const groups = new Set(event.groups);
    for (const watcher of this.#watchers) {
      for (const watch of watcher.watches.values()) {
        if (watch.isEnding) continue;
        if (matcherOf(watch.pattern)({ callsign: event.name, groups })) {
          watch.due.push(tagOf(event));
        }
      }
    }
  }

  /** A watcher is told of a change. */
  told(session: Session, id: Id, frames: Frames): void {
    const watch = session.watches.get(id);
    must(watch !== undefined, "presence", () => `${session} is told an EVENT, and does not watch`);
    const event = decodeJson(frames[1] as Uint8Array) as PresenceEvent;
    watch.told.push(tagOf(event));
    const { replay } = watch;
    if (event.event === "join") replay?.add(event.name);
    if (event.event === "leave") replay?.delete(event.name);
  }

  /** After a call of the core: every watcher was told of every change. */
  check(): void {
    for (const session of this.#watchers) {
      for (const watch of session.watches.values()) this.#checkWatch(session, watch);
    }
  }

  /** A session begins to watch. */
  begin(session: Session, id: Id, pattern: string): Watch {
    const due = session.watches.get(id)?.due ?? [];
    const watch: Watch = { id, pattern, due, told: [], replay: undefined, isEnding: false };
    session.watches.set(id, watch);
    this.#watchers.add(session);
    return watch;
  }

  hasAll(session: Session): boolean {
    return session.watches.size >= watchesMax;
  }

  /** A ROSTER is told. */
  roster({ reading, session }: Expectation, roster: readonly PeerInfo[], isFresh: boolean): void {
    const names = new Set(roster.map(({ name }) => name));
    const watch = reading.verb === verbs.watch ? session.watches.get(reading.id) : undefined;
    if (watch !== undefined) watch.replay = names;
    if (!isFresh) return;
    const pattern = new TextDecoder().decode(reading.peer) || "*";
    const meant = this.#registry.matching(pattern);
    must(
      meant.length === roster.length && meant.every(({ callsign }) => names.has(callsign)),
      "presence",
      () => `ROSTER of ${pattern}: ${[...names]}, and there are ${meant.join()}`,
    );
    for (const info of roster) this.#checkInfo(info);
  }

  /** A session watches no more. */
  end(session: Session): void {
    session.watches.clear();
    this.#watchers.delete(session);
  }

  /** What watchers were told adds up to who is there. */
  checkReplays(): void {
    for (const session of this.#watchers) {
      for (const { pattern, replay, isEnding } of session.watches.values()) {
        if (replay === undefined || isEnding || !session.canHear || pattern.startsWith("@")) {
          continue;
        }
        const meant = this.#registry.matching(pattern).map(({ callsign }) => callsign).sort();
        const told = [...replay].sort();
        must(
          meant.join() === told.join(),
          "presence",
          () => `${session} was told of ${told} by EVENTs of ${pattern}, and there are ${meant}`,
        );
      }
    }
  }

  reset(): void {
    this.#watchers.clear();
  }

  #checkWatch(session: Session, { due, told, pattern }: Watch): void {
    if (due.length === 0 && told.length === 0) return;
    for (const tag of told.splice(0)) {
      const at = due.indexOf(tag);
      must(at >= 0, "presence", () => `${session} is told ${tag}, which did not happen`);
      due.splice(at, 1);
    }
    const isBehind = due.length > 0 && session.canHear;
    must(!isBehind, "presence", () => `${session} watches ${pattern} and is not told ${due[0]}`);
  }

  #checkInfo(info: PeerInfo): void {
    const session = this.#registry.holders.get(info.name) as Session;
    const seen = {
      name: session.callsign,
      dialect: session.isProtocol ? "callsign/1" : "plain",
      role: session.role,
      groups: [...session.groups].sort().join(),
      capacity: session.capacity,
      inFlight: session.places.size,
      since: session.since,
    };
    const told = { ...info, groups: [...info.groups].sort().join() };
    for (const [key, value] of Object.entries(seen)) {
      const shown = told[key as keyof typeof seen];
      must(shown === value, "presence", () => `${key} of ${session} is ${shown}, and was ${value}`);
    }
  }
}

function tagOf({ event, name, reason, at }: PresenceEvent): string {
  return `${event} ${name} ${reason} ${at}`;
}
