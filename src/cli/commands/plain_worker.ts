/**
 * `callsign worker NAME` without a command: the worker of the document that callsign grew out of.
 *
 * @module
 */

import { defaultConnect, printedBytesMax } from "../../protocol/limits.ts";
import { printableFrame } from "../../protocol/text.ts";
import { PlainWorker } from "../../worker.ts";
import type { Arguments } from "../args.ts";
import type { Output } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";

/** Works until it is asked to stop. */
export async function runPlainWorker(
  args: Arguments,
  name: string,
  { library, output, log, stop }: Surroundings,
): Promise<void> {
  const connect = args.list("connect") ?? [defaultConnect];
  const worker = new PlainWorker({
    name,
    connect,
    answerTimeoutMs: args.number("answer-timeout"),
    lingerMs: args.number("linger"),
    onReply: args.switch("quiet") ? undefined : (frame) => printReply(output, frame),
    onTrouble: (text) => log.note(text),
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
