/**
 * `callsign watch`.
 *
 * @module
 */

import { messageLimitMsMax } from "../../protocol/limits.ts";
import type { Arguments } from "../args.ts";
import { withClient } from "../asking.ts";
import { commands } from "../commands.ts";
import { checkPeer, someOperands } from "../operands.ts";
import { presenceText } from "../presence_text.ts";
import type { Surroundings } from "../surroundings.ts";

/** Prints who is there and each change, until it is asked to stop. */
export async function runWatch(args: Arguments, surroundings: Surroundings): Promise<void> {
  const [pattern] = someOperands(commands.watch, args, 0, 1).map(checkPeer);
  const isJson = args.switch("json");
  const { output } = surroundings;
  const options = { waitForBroker: true, timeoutMs: messageLimitMsMax };
  await withClient(args, surroundings, options, async (client) => {
    for await (const change of client.watch(pattern)) {
      const events = change.event === "roster"
        ? change.peers.map((peer) => ({ event: "online" as const, ...peer }))
        : [change];
      for (const event of events) {
        // Not this command itself.
        if (event.name === client.name) continue;
        await output.write(`${isJson ? JSON.stringify(event) : presenceText(event)}\n`);
      }
    }
  });
}
