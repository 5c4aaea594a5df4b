/**
 * `callsign request`.
 *
 * @module
 */

import type { Client } from "../../client.ts";
import { ConnectionError } from "../../peer/connection_error.ts";
import { isGlob } from "../../protocol/glob.ts";
import { windowLines } from "../../protocol/limits.ts";
import type { Arguments } from "../args.ts";
import { timeLimit, withClient } from "../asking.ts";
import { commands } from "../commands.ts";
import { ExchangeWindow } from "../exchange_window.ts";
import { exitStatus } from "../exit.ts";
import { inputLines } from "../input.ts";
import { checkPeer, someOperands } from "../operands.ts";
import { bodyOf, lineEnd } from "../outgoing.ts";
import { progressOf } from "../progress.ts";
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
  const { stop } = surroundings;
  const window = new ExchangeWindow(
    args.number("window") ?? windowLines,
    !args.switch("unordered"),
  );
  const progress = progressOf(surroundings, "lines");
  let worst: number = exitStatus.done;
  let lines = 0;
  let isHopeless = false;
  for await (const text of inputLines(surroundings, lineEnd(args).charCodeAt(0), progress.read)) {
    await window.room();
    if (isHopeless || stop.status !== undefined) break;
    const line = ++lines;
    window.add(endingsOf(requester, text), async (endings) => {
      progress.done();
      for (const ending of endings) {
        worst = Math.max(worst, endingStatus(ending));
        // Without a broker the other lines would fail alike.
        isHopeless ||= "error" in ending && ending.error instanceof ConnectionError;
        await printer.print(ending, line);
      }
    });
  }
  await window.finish();
  progress.finish();
  if (stop.status !== undefined) throw new StoppedError();
  if (isHopeless) surroundings.log.error(`Gave up after line ${lines}: no other was asked`);
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
