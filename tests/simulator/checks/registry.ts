// The checker's own record of who is there.

import { compileGlob, isGlob } from "../../../src/protocol/glob.ts";
import { callsignOf, parseSessionIdentity } from "../../../src/protocol/identity.ts";
import type { Connection } from "../router.ts";
import { type Ask, Session } from "./records.ts";

/** Sessions by identity, and who holds which name. */
export class Registry {
  readonly holders: Map<string, Session> = new Map();
  readonly #sessions = new Map<string, Session>();

  /** The session of a connection's identity, which is made when there was none. */
  sessionOf(connection: Connection): Session {
    const { key, identity } = connection;
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const callsign = parseSessionIdentity(identity)?.callsign;
    const session = new Session(
      identity,
      key,
      callsign ?? callsignOf(identity),
      callsign !== undefined,
    );
    this.#sessions.set(key, session);
    return session;
  }

  session(key: string): Session | undefined {
    return this.#sessions.get(key);
  }

  /** Forgets whoever left and has nothing to come. */
  forget(session: Session): void {
    if (!session.isOnline) this.#sessions.delete(session.key);
  }

  /** Everybody there whom a pattern means. */
  matching(pattern: string): Session[] {
    const matches = matcherOf(pattern);
    return [...this.holders.values()].filter(matches);
  }

  /** Whom a message means, each by itself when there are several. */
  meant({ target, isRequest, session }: Pick<Ask, "target" | "isRequest" | "session">): Session[] {
    switch (target.kind) {
      case "name":
        return listOf(this.holders.get(target.name));
      case "session":
        return listOf(this.#sessions.get(target.key)).filter((one) => one.isProtocol);
      case "group":
        return [...this.holders.values()].filter(({ role, groups }) =>
          role === "worker" && groups.has(target.group)
        );
      case "several":
        return this.matching(target.pattern).filter((one) =>
          isRequest ? one.role === "worker" : !one.isRequester && one !== session
        );
      case "nobody":
        return [];
    }
  }

  reset(): void {
    this.holders.clear();
    this.#sessions.clear();
  }
}

/** A test for a pattern of LIST, WATCH or KICK. */
export function matcherOf(pattern: string): (peer: {
  readonly callsign: string;
  readonly groups: ReadonlySet<string>;
}) => boolean {
  if (pattern.startsWith("@")) return ({ groups }) => groups.has(pattern.slice(1));
  if (!isGlob(pattern)) return ({ callsign }) => callsign === pattern;
  const matches = compileGlob(pattern);
  return ({ callsign }) => matches(callsign);
}

function listOf(session: Session | undefined): Session[] {
  return session?.isOnline === true ? [session] : [];
}
