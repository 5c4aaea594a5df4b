/**
 * What the commands that ask a broker have in common.
 *
 * @module
 */

import { Client } from "../client.ts";
import type { ClientOptions } from "../peer/client_options.ts";
import { ConnectionError } from "../peer/connection_error.ts";
import { defaultConnect, messageLimitMsMax } from "../protocol/limits.ts";
import type { Arguments } from "./args.ts";
import { durationText } from "./flag.ts";
import { StoppedError } from "./signals.ts";
import type { Surroundings } from "./surroundings.ts";
import { UsageError } from "./usage.ts";

/**
 * Asks with a client of its own, and closes it behind.
 *
 * @param args where the broker is, and how long to wait for it
 * @param options what is to be otherwise
 * @throws what `ask` throws; that somebody has asked the program to end, with any error
 */
export async function withClient<T>(
  args: Arguments,
  surroundings: Surroundings,
  options: ClientOptions,
  ask: (client: Client) => Promise<T>,
): Promise<T> {
  const { library, log, stop } = surroundings;
  const abortion = new AbortController();
  const client = new Client({
    connect: args.list("connect"),
    name: args.text("as"),
    timeoutMs: timeLimit(args),
    waitForBroker: args.switch("wait"),
    // Where lines are read at the same time, stdin would have to wait too.
    mayBlock: !args.switch("lines"),
    lingerMs: args.number("linger"),
    signal: abortion.signal,
    onTrouble: (text) => log.note(text),
    library,
    ...options,
  });
  log.debug(`Asking as ${client.name} at ${(args.list("connect") ?? [defaultConnect]).join(", ")}`);
  stop.whenAsked(() => abortion.abort(new StoppedError()));
  try {
    return await ask(client);
  } catch (error) {
    throw withAdvice(error);
  } finally {
    await client.close();
  }
}

/**
 * How long something may take, in ms; undefined when nobody has said so.
 *
 * @throws {UsageError} for a time that the protocol does not know
 */
export function timeLimit(args: Arguments): number | undefined {
  const limitMs = args.number("timeout");
  if (limitMs === undefined || (limitMs > 0 && limitMs <= messageLimitMsMax)) return limitMs;
  throw new UsageError(
    `Cannot use ${durationText(limitMs)} for --timeout: give a time above 0 and up to 24h`,
  );
}

/** An error of a library's user, with what somebody at a command line can do about it. */
export function withAdvice(error: unknown): unknown {
  if (!(error instanceof ConnectionError) || error.failure !== "absent") return error;
  return new ConnectionError(
    "absent",
    `${error.message}; start one with callsign broker, or say where it is with --connect`,
  );
}
