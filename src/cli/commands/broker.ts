/**
 * `callsign broker`.
 *
 * @module
 */

import { Broker, type BrokerOptions, type DuplicatePolicy, type Exchange } from "../../broker.ts";
import { callsignOf } from "../../protocol/identity.ts";
import { goneAfterMs, heartbeatIntervalMs, registerWithinMs } from "../../protocol/limits.ts";
import type { PresenceEvent } from "../../protocol/roster.ts";
import { printableFrame } from "../../protocol/text.ts";
import type { Arguments } from "../args.ts";
import { commands } from "../commands.ts";
import { Notices } from "../log.ts";
import { someOperands } from "../operands.ts";
import type { Output } from "../output.ts";
import { presenceText } from "../presence_text.ts";
import type { Surroundings } from "../surroundings.ts";
import { UsageError } from "../usage.ts";

const undelivered = {
  full: "its queue is full",
  unreachable: "it is gone",
  refused: "its identity is longer than 255 bytes",
  taken: "another peer holds its name",
  misspoken: "its identity is one of callsign/1, its message is not",
} as const;

/** Serves until it is asked to stop. */
export async function runBroker(
  args: Arguments,
  { library, output, log, stop }: Surroundings,
): Promise<void> {
  someOperands(commands.broker, args, 0, 0);
  const notices = new Notices((text) => log.error(text));
  const isQuiet = args.switch("quiet");
  const broker = new Broker({
    ...settings(args),
    onExchange: isQuiet ? undefined : (exchange) => printExchange(output, exchange),
    onPresence: isQuiet ? undefined : (event) => printPresence(output, event),
    onSilent: () => {
      const seconds = (args.number("register-within") ?? registerWithinMs) / 1000;
      notices.add(`Cut a connection that said nothing for ${seconds} s; is its name in use?`);
    },
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
    log.detail(`Counted: ${JSON.stringify(broker.report().counts)}`);
    await broker.close();
    notices.finish();
  }
}

/** The broker's options that are flags of the same meaning. */
function settings(args: Arguments): BrokerOptions {
  const heartbeatMs = args.number("heartbeat");
  const goneMs = args.number("gone-after");
  if ((heartbeatMs ?? heartbeatIntervalMs) >= (goneMs ?? goneAfterMs) || heartbeatMs === 0) {
    throw new UsageError(
      "Cannot use --heartbeat and --gone-after as they are: a peer must be heard before it is " +
        "gone; give a heartbeat of more than 0, and --gone-after as three of them",
    );
  }
  return {
    bind: args.list("bind"),
    duplicates: args.text("duplicates") as DuplicatePolicy | undefined,
    registerWithinMs: args.number("register-within"),
    heartbeatMs,
    goneAfterMs: goneMs,
    limitMs: args.number("limit"),
    maxMessageBytes: args.number("max-message-bytes"),
    queueMessages: args.number("queue-messages"),
    queueBytes: args.number("queue-bytes"),
    heldMessages: args.number("held-messages"),
    heldBytes: args.number("held-bytes"),
    openMessages: args.number("open-messages"),
    lingerMs: args.number("linger"),
  };
}

/** A line for each callsign/1 peer that comes, goes or is turned away; plain ones have their own. */
function printPresence(output: Output, event: PresenceEvent): void {
  if (event.dialect === "plain") return;
  output.line(presenceText(event));
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
