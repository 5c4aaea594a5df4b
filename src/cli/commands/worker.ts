/**
 * `callsign worker`.
 *
 * @module
 */

import process from "node:process";
import { byteCount, concat } from "../../bytes.ts";
import type { Answer } from "../../handler/task.ts";
import type { PeerMessage, PeerRequest } from "../../peer/letter.ts";
import type { WorkerReply } from "../../peer/service.ts";
import { whyNoCallsign } from "../../protocol/identity.ts";
import { capacityMax } from "../../protocol/limits.ts";
import { Worker } from "../../worker.ts";
import type { Arguments } from "../args.ts";
import { commands } from "../commands.ts";
import { echo, type Handlers, programHandlers } from "../handlers.ts";
import { withLineEnd } from "../lines.ts";
import { someOperands } from "../operands.ts";
import type { Surroundings } from "../surroundings.ts";
import { UsageError } from "../usage.ts";
import { runPlainWorker } from "./plain_worker.ts";

/** Serves until it is asked to stop, with a program; without one as the seed's worker. */
export async function runWorker(
  args: Arguments,
  surroundings: Surroundings,
): Promise<number | void> {
  const command = args.rest;
  const [name] = someOperands(commands.worker, { ...args, rest: undefined }, 1, 1) as [string];
  const isEcho = args.switch("echo");
  if (command === undefined && !isEcho) {
    if (!args.switch("handler-lines")) return await runPlainWorker(args, name, surroundings);
    throw new UsageError(
      "Missing COMMAND: give it after --, as in callsign worker NAME -- COMMAND",
    );
  }
  if (command !== undefined && isEcho) {
    throw new UsageError("Cannot use --echo with a command: it answers by itself");
  }
  if (command !== undefined && (command[0] ?? "") === "") {
    throw new UsageError("Missing COMMAND after --");
  }
  const handlers = command === undefined
    ? echo
    : programHandlers(args, command, name, environment(), surroundings.log);
  return await serve(args, name, handlers, surroundings);
}

async function serve(
  args: Arguments,
  name: string,
  handlers: Handlers,
  surroundings: Surroundings,
): Promise<number> {
  const { library, log, stop } = surroundings;
  let serving = 0;
  const worker = new Worker({
    name,
    connect: args.list("connect"),
    groups: args.list("group")?.map(checkGroup),
    capacity: checkConcurrency(args.number("concurrency")),
    retryTaken: args.switch("wait-for-name"),
    drainMs: args.number("drain"),
    lingerMs: args.number("linger"),
    handle: async (request) => {
      serving++;
      return await handle(request, handlers, surroundings).finally(() => serving--);
    },
    onMessage: (message) => take(message, handlers, surroundings),
    onOnline: (endpoint) => log.note(`Online as ${name} at ${endpoint}`),
    onOffline: (endpoint, reason) => log.detail(`Offline at ${endpoint}: ${reason}`),
    onTrouble: (text) => log.note(text),
    library,
  });
  try {
    stop.whenAsked(() => {
      if (serving > 0) log.note(`Ending once ${serving} requests are served; now if told again`);
      worker.stop();
    });
    await worker.run();
  } finally {
    handlers.close();
    await worker.close();
  }
  return 0;
}

function checkGroup(text: string): string {
  const group = text.replace(/^@/, "");
  const why = whyNoCallsign(group);
  if (why === undefined) return group;
  throw new UsageError(`Cannot use ${JSON.stringify(text)} as a group: ${why}`);
}

function checkConcurrency(count: number | undefined): number | undefined {
  if (count === undefined || count <= capacityMax) return count;
  throw new UsageError(`Cannot use ${count} for --concurrency: give at most ${capacityMax}`);
}

async function handle(
  request: PeerRequest,
  handlers: Handlers,
  { log }: Surroundings,
): Promise<WorkerReply> {
  const startMs = performance.now();
  log.debug(`Serving ${request.from} (${request.id}): ${byteCount(request.body)} bytes`);
  const answer = await handlers.serve(request, request.signal);
  const ms = Math.round(performance.now() - startMs);
  const what = `Served ${request.from} (${request.id}): status ${answer.status}, ${ms} ms`;
  if (answer.note === undefined) log.detail(what);
  else log.note(`${what}: ${answer.note}`);
  const stderr = concat(answer.stderr);
  return {
    status: answer.status,
    body: [concat(answer.stdout)],
    stderr: stderr.length === 0 ? undefined : stderr,
  };
}

/** Nobody waits for what comes of a message: it is printed here. */
async function take(
  message: PeerMessage,
  handlers: Handlers,
  { output, errors, log }: Surroundings,
): Promise<void> {
  const answer: Answer = await handlers.serve(message, new AbortController().signal);
  await errors.write(concat(answer.stderr));
  // Messages of others follow.
  await output.write(withLineEnd(concat(answer.stdout)));
  log.detail(`Took a message of ${message.from}: status ${answer.status}`);
  if (answer.status !== 0) throw new Error(`its handler ended with ${answer.status}`);
}

/** What handlers are given; the whole of ours. */
function environment(): Readonly<Record<string, string | undefined>> {
  try {
    return { ...process.env };
  } catch {
    throw new UsageError("Cannot run a command: give deno --allow-env and --allow-run");
  }
}
