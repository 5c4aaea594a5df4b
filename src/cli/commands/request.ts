/**
 * `callsign request`.
 *
 * @module
 */

import type { Client } from "../../client.ts";
import { ConnectionError } from "../../peer/connection_error.ts";
import { isGlob } from "../../protocol/glob.ts";
import type { Arguments } from "../args.ts";
import { timeLimit, withClient } from "../asking.ts";
import { commands } from "../commands.ts";
import { exitStatus } from "../exit.ts";
import { eachLine } from "../line_loop.ts";
import { checkPeer, someOperands } from "../operands.ts";
import { bodyOf, lineEnd } from "../outgoing.ts";
import { type Ending, endingStatus, ReplyPrinter } from "../replies.ts";
import { Requester } from "../requester.ts";
import { StoppedError } from "../signals.ts";
import type { Surroundings } from "../surroundings.ts";

/** Asks once, or once for each line, and prints the replies. Returns the status to end with. */
export async function runRequest(args: Arguments, surroundings: Surroundings): Promise<number> {
  const [peer, ...words] = someOperands(commands.request, args, 1, Infinity) as [string];
  const question = {
    peer: checkPeer(peer),
    wantsAll: args.switch("all") && (isGlob(peer) || peer.startsWith("@")),
    waits: args.switch("wait"),
    timeoutMs: timeLimit(args),
  };
  const isLines = args.switch("lines");
  const printer = new ReplyPrinter(surroundings, {
    isJson: args.switch("json"),
    hasNames: question.wantsAll && !args.switch("bare"),
    lineEnd: isLines || question.wantsAll ? lineEnd(args) : undefined,
  });
  const body = await bodyOf(args, surroundings, words);
  return await withClient(args, surroundings, {}, async (client: Client) => {
    const requester = new Requester(client, question, surroundings.stop);
    if (body === undefined) return await askLines(requester, printer, args, surroundings);
    let worst: number = exitStatus.done;
    await requester.ask(body, async (ending) => {
      worst = Math.max(worst, endingStatus(ending));
      await printer.print(ending);
    });
    return worst;
  });
}

/** Asks for each line of stdin. */
async function askLines(
  requester: Requester,
  printer: ReplyPrinter,
  args: Arguments,
  surroundings: Surroundings,
): Promise<number> {
  let worst: number = exitStatus.done;
  let isHopeless = false;
  await eachLine(args, surroundings, {
    deed: "asked",
    isOrdered: !args.switch("unordered"),
    begin: (text) => endingsOf(requester, text),
    end: async (endings, line) => {
      for (const ending of endings) {
        worst = Math.max(worst, endingStatus(ending));
        // Without a broker the other lines would fail alike.
        isHopeless ||= "error" in ending && ending.error instanceof ConnectionError;
        await printer.print(ending, line);
      }
    },
    isHopeless: () => isHopeless,
  });
  return worst;
}

/** None when the program was asked to end. */
async function endingsOf(requester: Requester, body: Uint8Array): Promise<Ending[]> {
  const endings: Ending[] = [];
  try {
    await requester.ask(body, (ending) => {
      endings.push(ending);
      return Promise.resolve();
    });
  } catch (error) {
    if (!(error instanceof StoppedError)) throw error;
    return [];
  }
  return endings;
}
