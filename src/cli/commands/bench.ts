/**
 * `callsign bench`.
 *
 * @module
 */

import type { Client } from "../../client.ts";
import { isGlob } from "../../protocol/glob.ts";
import { sessionCharacters } from "../../protocol/identity.ts";
import * as limits from "../../protocol/limits.ts";
import { randomWord } from "../../random_word.ts";
import { Worker } from "../../worker.ts";
import type { Arguments } from "../args.ts";
import { withClient } from "../asking.ts";
import { Barrage, type BarrageOptions } from "../barrage.ts";
import { commands } from "../commands.ts";
import type { Latencies } from "../latencies.ts";
import { someOperands } from "../operands.ts";
import { untilOnline } from "../presence.ts";
import { progressOf } from "../progress.ts";
import type { Surroundings } from "../surroundings.ts";
import { UsageError } from "../usage.ts";

/** Asks many times, and prints how fast that was. Returns the highest status of what failed. */
export async function runBench(
  args: Arguments,
  surroundings: Surroundings,
): Promise<number | void> {
  const [peer] = someOperands(commands.bench, args, 0, 1);
  if (peer !== undefined && isGlob(peer)) {
    throw new UsageError(
      `Cannot measure ${JSON.stringify(peer)}: it is a pattern; give one name, or @GROUP`,
    );
  }
  const plan = {
    requests: args.number("requests") ?? limits.benchRequests,
    body: bodyOf(args.number("size") ?? limits.benchBytes),
    window: windowOf(args),
  };
  // A worker of its own is on the same thread, and would be held up by a client that blocks it.
  return await withClient(args, surroundings, { mayBlock: false }, async (client) => {
    if (peer === undefined) return await benchOwn(client, plan, args, surroundings);
    // So that finding the broker is no part of the first answers.
    await client.stats();
    return await bench(client, { ...plan, peer }, args, surroundings);
  });
}

/** Asks a worker that is there as long as this takes. */
async function benchOwn(
  client: Client,
  plan: Omit<BarrageOptions, "peer">,
  args: Arguments,
  surroundings: Surroundings,
): Promise<number | void> {
  const peer = `bench-${randomWord(sessionCharacters)}`;
  const worker = new Worker({
    name: peer,
    connect: args.list("connect"),
    capacity: Math.min(plan.window, limits.capacityMax),
    handle: ({ body }) => ({ body }),
    onTrouble: (text) => surroundings.log.detail(`${peer}: ${text}`),
    library: surroundings.library,
  });
  try {
    // It fails when it will never be there.
    await Promise.race([untilOnline(client, [peer], {}), worker.run()]);
    return await bench(client, { ...plan, peer }, args, surroundings);
  } finally {
    await worker.close();
  }
}

async function bench(
  client: Client,
  options: BarrageOptions,
  args: Arguments,
  surroundings: Surroundings,
): Promise<number | void> {
  const { stop, log, output } = surroundings;
  const barrage = new Barrage(client, options, stop);
  const progress = progressOf(surroundings, "requests", options.requests);
  await barrage.run(progress.done);
  progress.finish();
  await output.write(args.switch("json") ? json(barrage, options) : text(barrage, options));
  for (const [code, { count, text }] of barrage.failures) {
    log.error(`Failed ${count} of ${plural(barrage.ended, "request")} (${code}): ${text}`);
  }
  // Who was asked to end says so by the status.
  return stop.status === undefined ? barrage.status : undefined;
}

function json(barrage: Barrage, { peer, body, window }: BarrageOptions): string {
  const { latencies, ended, failed, seconds } = barrage;
  const ms = (value: number): number => Number(value.toFixed(3));
  const fields = {
    peer,
    requests: ended,
    bytes: body.length,
    window,
    seconds: ms(seconds),
    perSecond: Math.round(latencies.count / seconds),
    // Without any reply these are null.
    latencyMs: {
      median: ms(latencies.quantile(0.5)),
      p90: ms(latencies.quantile(0.9)),
      p99: ms(latencies.quantile(0.99)),
      longest: ms(latencies.longestMs),
    },
    failed,
    failures: Object.fromEntries([...barrage.failures].map(([code, { count }]) => [code, count])),
  };
  return `${JSON.stringify(fields)}\n`;
}

function text(barrage: Barrage, { peer, body, window }: BarrageOptions): string {
  const { latencies, ended, seconds } = barrage;
  const asked = `${plural(ended, "request")} of ${plural(body.length, "byte")} to ${peer}`;
  const rate = Math.round(latencies.count / seconds);
  return `${asked}, ${window} at once: ${rate} a second\n${latencyText(latencies)}`;
}

/** Nothing when nothing was answered. */
function latencyText(latencies: Latencies): string {
  if (latencies.count === 0) return "";
  const [median, p90, p99] = [0.5, 0.9, 0.99].map((share) => msText(latencies.quantile(share)));
  const longest = msText(latencies.longestMs);
  return `latency: median ${median}, 90 % ${p90}, 99 % ${p99}, longest ${longest}\n`;
}

/** To two digits: the others change from run to run. */
function msText(ms: number): string {
  return `${ms >= 10 ? Math.round(ms) : Number(ms.toPrecision(2))} ms`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function windowOf(args: Arguments): number {
  const window = args.number("window") ?? limits.windowLines;
  if (window <= limits.unsentMessagesMax) return window;
  throw new UsageError(
    `Cannot use ${window} for --window: give a whole number up to ${limits.unsentMessagesMax}`,
  );
}

/** Letters, for peers that read text. */
function bodyOf(bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes).fill("x".charCodeAt(0));
  } catch {
    throw new UsageError(`Cannot use ${bytes} for --size: so much memory cannot be had`);
  }
}
