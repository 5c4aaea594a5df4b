/**
 * `callsign worker NAME`.
 *
 * @module
 */

import { defaultConnect, printedBytesMax } from "../protocol/limits.ts";
import { printableFrame } from "../protocol/text.ts";
import { PlainWorker } from "../worker.ts";
import type { Arguments } from "./args.ts";
import type { Output } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";
import { UsageError } from "./usage.ts";

/** Works until it is asked to stop. */
export async function runWorker(
  args: Arguments,
  { library, output, tell, stop }: Surroundings,
): Promise<void> {
  const [name, stray] = args.operands;
  if (name === undefined) {
    throw new UsageError("Missing NAME: give the worker's name, as in callsign worker WORKER_A");
  }
  if (stray !== undefined) {
    throw new UsageError(
      `Unexpected argument ${JSON.stringify(stray)}: the worker takes one name, ` +
        `here ${JSON.stringify(name)}`,
    );
  }
  const connect = args.list("connect") ?? [defaultConnect];
  const worker = new PlainWorker({
    name,
    connect,
    answerTimeoutMs: args.number("answer-timeout"),
    lingerMs: args.number("linger"),
    onReply: args.switch("quiet") ? undefined : (frame) => printReply(output, frame),
    onTrouble: tell,
    library,
  });
  try {
    output.line(`Worker ${name} started, connecting to ${connect.join(", ")}`);
    stop.whenAsked(() => worker.stop());
    await worker.run();
  } finally {
    await worker.close();
  }
}

function printReply(output: Output, frame: Uint8Array): void {
  const text = printableFrame(frame.subarray(0, printedBytesMax), frame.length);
  output.line(`Received reply: ${text}`);
}
