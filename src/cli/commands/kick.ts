/**
 * `callsign kick`.
 *
 * @module
 */

import { localError } from "../../peer/peer_error.ts";
import { compileGlob, isGlob } from "../../protocol/glob.ts";
import type { Arguments } from "../args.ts";
import { withClient } from "../asking.ts";
import { commands } from "../commands.ts";
import { checkPeer, someOperands } from "../operands.ts";
import type { Surroundings } from "../surroundings.ts";

/** Ends the sessions of peers. */
export async function runKick(args: Arguments, surroundings: Surroundings): Promise<number> {
  const [peer] = someOperands(commands.kick, args, 1, 1).map(checkPeer) as [string];
  const kicked = await withClient(args, surroundings, {}, async (client) => {
    const matched = await client.kick(peer);
    // This command is a peer itself, and of no interest.
    const others = isGlob(peer) && compileGlob(peer)(client.name) ? matched - 1 : matched;
    if (others > 0) return others;
    throw localError("unreachable", `Nobody is online as ${JSON.stringify(peer)}`, peer);
  });
  const text = `Kicked ${kicked} ${kicked === 1 ? "peer" : "peers"}`;
  await surroundings.output.write(
    `${args.switch("json") ? JSON.stringify({ kicked }) : text}\n`,
  );
  return 0;
}
