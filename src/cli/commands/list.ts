/**
 * `callsign list`.
 *
 * @module
 */

import type { PeerInfo } from "../../protocol/roster.ts";
import { escapeText } from "../../protocol/text.ts";
import type { Arguments } from "../args.ts";
import { withClient } from "../asking.ts";
import { commands } from "../commands.ts";
import { checkPeer, someOperands } from "../operands.ts";
import type { Surroundings } from "../surroundings.ts";
import { tableLines } from "../table.ts";

const columns = ["NAME", "ROLE", "GROUPS", "ADDRESS", "AGE", "BUSY", "QUEUED", "AGENT"] as const;

/** Prints who is there. */
export async function runList(args: Arguments, surroundings: Surroundings): Promise<number> {
  const [pattern] = someOperands(commands.list, args, 0, 1).map(checkPeer);
  const { output, isTerminal } = surroundings;
  const peers = await withClient(args, surroundings, {}, async (client) => {
    const found = await client.list(pattern);
    // This command is a peer itself, and of no interest.
    return found.filter(({ name }) => name !== client.name);
  });
  peers.sort((a, b) => a.name < b.name ? -1 : 1);
  if (args.switch("json")) {
    await output.write(peers.map((peer) => `${JSON.stringify(peer)}\n`).join(""));
    return 0;
  }
  const rows = peers.map((peer) => cells(peer, Date.now()));
  const lines = isTerminal
    ? tableLines([[...columns], ...rows])
    : rows.map((row) => row.map((cell) => cell.replaceAll("\t", " ")).join("\t"));
  await output.write(lines.map((line) => `${line}\n`).join(""));
  return 0;
}

function cells(peer: PeerInfo, nowMs: number): string[] {
  return [
    peer.name,
    peer.role,
    peer.groups.join(",") || "-",
    peer.address || "-",
    age(nowMs - peer.since),
    peer.role === "worker" ? `${peer.inFlight}/${peer.capacity}` : "-",
    `${peer.queued}`,
    escapeText(peer.agent) || "-",
  ];
}

/** For how long, in the largest unit that is not zero. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
