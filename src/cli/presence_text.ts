/**
 * Who is there, comes and goes, as a line for people.
 *
 * @module
 */

import type { PeerInfo, PresenceEvent } from "../protocol/roster.ts";
import { escapeText } from "../protocol/text.ts";

/** A peer that is there already. */
export interface OnlineEvent extends PeerInfo {
  readonly event: "online";
}

const words = { online: "Online", join: "Joined", leave: "Left", refused: "Refused" } as const;

/** Such as `Joined: web-3, worker from 127.0.0.1 (callsign 0.1.0 (pid 4711)): new`. */
export function presenceText(event: PresenceEvent | OnlineEvent): string {
  const { name, role, address, agent } = event;
  const from = address === "" ? "" : ` from ${address}`;
  const runs = agent === "" ? "" : ` (${escapeText(agent)})`;
  const why = event.event === "online" ? "" : `: ${event.reason}`;
  return `${words[event.event]}: ${name}, ${role}${from}${runs}${why}`;
}
