/**
 * `callsign broker`.
 *
 * @module
 */

import { Broker, type Exchange } from "../broker.ts";
import { callsignOf } from "../protocol/identity.ts";
import { printableFrame } from "../protocol/text.ts";
import type { Arguments } from "./args.ts";
import { Notices } from "./notices.ts";
import type { Output } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";
import { UsageError } from "./usage.ts";

const undelivered = {
  full: "its queue is full",
  unreachable: "it is gone",
  refused: "its identity is longer than 255 bytes",
} as const;

/** Serves until it is asked to stop. */
export async function runBroker(
  args: Arguments,
  { library, output, tell, stop }: Surroundings,
): Promise<void> {
  const [stray] = args.operands;
  if (stray !== undefined) {
    throw new UsageError(
      `Unexpected argument ${JSON.stringify(stray)}: the broker takes flags only, ` +
        "such as --bind ENDPOINT",
    );
  }
  const notices = new Notices(tell);
  const broker = new Broker({
    bind: args.list("bind"),
    maxMessageBytes: args.number("max-message-bytes"),
    lingerMs: args.number("linger"),
    onExchange: args.switch("quiet") ? undefined : (exchange) => printExchange(output, exchange),
    onUndelivered: (identity, outcome) => {
      if (outcome === "sent") return;
      notices.add(`Cannot answer ${callsignOf(identity)}: ${undelivered[outcome]}`);
    },
    library,
  });
  try {
    output.line(`Broker started, listening on ${broker.endpoints.join(", ")}`);
    stop.whenAsked(() => broker.stop());
    await broker.run();
  } finally {
    await broker.close();
    notices.finish();
  }
}

/**
 * Prints what the seed's broker prints, line for line. It asks whether an identity is new of a table
 * that it never fills, and so calls each one new with every message; so do we.
 */
function printExchange(output: Output, { identity, frames, outcome }: Exchange): void {
  const callsign = callsignOf(identity);
  const text = frames.map(({ bytes, size }) => printableFrame(bytes, size)).join(" | ");
  output.line(`Received message from ${callsign}: ${text}`);
  output.line(`New worker connected with identity: ${callsign}`);
  if (outcome === "sent") output.line(`Sent reply to ${callsign}`);
}
