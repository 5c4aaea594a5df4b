/**
 * `callsign wait`.
 *
 * @module
 */

import type { Arguments } from "../args.ts";
import { withClient } from "../asking.ts";
import { commands } from "../commands.ts";
import { checkPeer, someOperands } from "../operands.ts";
import { untilOnline } from "../presence.ts";
import type { Surroundings } from "../surroundings.ts";

/** Waits until peers are there. */
export async function runWait(args: Arguments, surroundings: Surroundings): Promise<number> {
  const patterns = someOperands(commands.wait, args, 1, Infinity).map(checkPeer);
  const options = {
    // 0 is for ever.
    timeoutMs: args.number("wait-timeout") || Infinity,
    count: args.number("count"),
    onChange: (missing: readonly string[]): void => {
      surroundings.log.detail(`Missing: ${missing.join(", ") || "none"}`);
    },
  };
  await withClient(args, surroundings, { waitForBroker: true }, (client) => {
    return untilOnline(client, patterns, options);
  });
  return 0;
}
