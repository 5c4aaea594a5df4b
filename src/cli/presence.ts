/**
 * Who is there, as the commands look at it.
 *
 * @module
 */

import type { Client } from "../client.ts";
import type { PresenceChange } from "../peer/answers.ts";
import { localError, type PeerError } from "../peer/peer_error.ts";
import { compileGlob, isGlob } from "../protocol/glob.ts";
import { messageLimitMs, messageLimitMsMax } from "../protocol/limits.ts";
import type { PeerInfo } from "../protocol/roster.ts";
import { durationText } from "./flag.ts";

/** What {@linkcode untilOnline} may be told. */
export interface WaitOptions {
  /** How long to wait, in ms, for the broker too; Infinity waits for ever. Default: 60000. */
  readonly timeoutMs?: number | undefined;
  /** How many peers of any of the patterns are enough; undefined means one of each. */
  readonly count?: number | undefined;
  /** Told, of each change, which patterns nobody matches. */
  readonly onChange?: ((missing: readonly string[]) => void) | undefined;
}

/**
 * Waits until peers are there.
 *
 * @param patterns names, patterns and groups
 * @throws {PeerError} `timeout` when it is too late; else as {@linkcode Client.watch}
 */
export async function untilOnline(
  client: Client,
  patterns: readonly string[],
  { timeoutMs = messageLimitMs, count, onChange }: WaitOptions,
): Promise<void> {
  let missing = patterns;
  const abortion = new AbortController();
  const timer = timeoutMs === Infinity ? undefined : setTimeout(() => {
    const who = count === undefined ? missing.join(", ") : `${count} of ${patterns.join(", ")}`;
    abortion.abort(tooLate(who, timeoutMs));
  }, timeoutMs);
  const wanted = patterns.map((pattern) => ({ pattern, isMeant: matcher(pattern) }));
  const online = new Map<string, PeerInfo>();
  // One watch for all: a broker allows few of them to each.
  const pattern = patterns.length === 1 ? patterns[0] : undefined;
  const options = { timeoutMs: messageLimitMsMax, signal: abortion.signal };
  try {
    for await (const change of client.watch(pattern, options)) {
      note(online, change);
      // Whoever waits is there itself, and not whom it waits for.
      online.delete(client.name);
      const peers = [...online.values()];
      missing = wanted.filter(({ isMeant }) => !peers.some(isMeant)).map(({ pattern }) => pattern);
      onChange?.(missing);
      const found = peers.filter((peer) => wanted.some(({ isMeant }) => isMeant(peer)));
      if (count === undefined ? missing.length === 0 : found.length >= count) return;
    }
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(who: string, timeoutMs: number): PeerError {
  const text = `Cannot wait any longer for ${who}: ${durationText(timeoutMs)} have passed`;
  return localError("timeout", text);
}

/** Keeps a table of who is there up to date. */
function note(online: Map<string, PeerInfo>, change: PresenceChange): void {
  if (change.event === "roster") {
    online.clear();
    for (const peer of change.peers) online.set(peer.name, peer);
  } else if (change.event === "join") online.set(change.name, change);
  else if (change.event === "leave") online.delete(change.name);
}

/** Whether a peer is one that a name, a pattern or `@group` means. */
function matcher(pattern: string): (peer: PeerInfo) => boolean {
  if (pattern.startsWith("@")) return ({ groups }) => groups.includes(pattern.slice(1));
  if (!isGlob(pattern)) return ({ name }) => name === pattern;
  const matches = compileGlob(pattern);
  return ({ name }) => matches(name);
}
