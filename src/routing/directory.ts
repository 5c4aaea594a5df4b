/**
 * Who holds which name, who is in which group, and who a pattern means.
 *
 * @module
 */

import { compileGlob, isGlob } from "../protocol/glob.ts";
import { ByteTable } from "./byte_table.ts";
import { Group, Name, type Session } from "./session.ts";

const encoder = new TextEncoder();

/** Names and groups, each as long as somebody has it or something waits for it. */
export class Directory {
  readonly #names: ByteTable<Name>;
  readonly #groups = new Map<string, Group>();

  /** @param seed random */
  constructor(seed: number) {
    this.#names = new ByteTable(seed);
  }

  /** The name of a callsign's first `length` bytes, if anybody holds it or waits for it. */
  name(callsign: Uint8Array, length: number = callsign.length): Name | undefined {
    return this.#names.get(callsign, length);
  }

  /** Who holds a callsign. */
  holder(callsign: string): Session | undefined {
    return this.#names.get(encoder.encode(callsign))?.holder;
  }

  /** The name of a callsign; a new one when there is none. */
  nameOf(callsign: string): Name {
    const bytes = encoder.encode(callsign);
    let name = this.#names.get(bytes);
    if (name === undefined) {
      name = new Name(callsign, bytes);
      this.#names.add(bytes, name);
    }
    return name;
  }

  /** The group of a name without `@`, if anybody is in it or waits for it. */
  group(name: string): Group | undefined {
    return this.#groups.get(name);
  }

  /** The group of a name; a new one when there is none. */
  groupOf(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group(name, encoder.encode(`@${name}`));
      this.#groups.set(name, group);
    }
    return group;
  }

  /** Names that somebody holds or waits for. */
  names(): Iterable<Name> {
    return this.#names.values();
  }

  /** Groups that somebody is in or waits for. */
  groups(): Iterable<Group> {
    return this.#groups.values();
  }

  /** Forgets a name or a group that nobody has and nothing waits for. */
  forgetUnused(target: Name | Group): void {
    if (target.queue.first !== undefined) return;
    if (target instanceof Name) {
      if (target.holder === undefined) this.#names.delete(target.bytes);
    } else if (target.members.size === 0) {
      this.#groups.delete(target.name);
    }
  }

  /** Everybody online whom a pattern means: a callsign, a glob, or `@group`. */
  matching(pattern: string): Session[] {
    if (!pattern.startsWith("@") && !isGlob(pattern)) {
      const holder = this.holder(pattern);
      return holder === undefined ? [] : [holder];
    }
    const matches = matcherOf(pattern);
    const sessions: Session[] = [];
    for (const { holder } of this.#names.values()) {
      if (holder !== undefined && matches(holder)) sessions.push(holder);
    }
    return sessions;
  }
}

/** A test for whether a pattern means a session: a callsign, a glob, or `@group`. */
export function matcherOf(pattern: string): (session: Session) => boolean {
  if (pattern === "*") return () => true;
  if (pattern.startsWith("@")) {
    const group = pattern.slice(1);
    return ({ groupNames }) => groupNames.includes(group);
  }
  if (!isGlob(pattern)) return ({ callsign }) => callsign === pattern;
  const matches = compileGlob(pattern);
  return ({ callsign }) => matches(callsign);
}
