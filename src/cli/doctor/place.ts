/**
 * Step 3: the endpoint can be one, and is somewhere.
 *
 * @module
 */

import process from "node:process";
import fs from "node:fs";
import { checkEndpoint, EndpointError, isIpv6 } from "../../zmq/endpoint.ts";
import { durationText } from "../flag.ts";
import { abortable, failureOf, type Finding, StepFailure, StepTimeout } from "./step.ts";

/** What only libzmq can reach from here. */
export interface Barred {
  readonly transport: "other";
  /** Why nobody else can. */
  readonly why: string;
  /** What to do about it. */
  readonly advice: string;
}

/** Where an endpoint leads: a port, a Unix socket, or what can be reached by libzmq alone. */
export type Place =
  | { readonly transport: "tcp"; readonly host: string; readonly port: number }
  | { readonly transport: "ipc"; readonly path: string }
  | Barred;

const unknownTransport: Barred = {
  transport: "other",
  why: "only tcp and ipc can be",
  advice: "Let the broker listen at tcp:// or ipc:// as well",
};

/** How an endpoint should be written. */
const forms = "Give --connect an endpoint such as tcp://localhost:5555 or ipc:///run/callsign.sock";

/**
 * Finds out where an endpoint leads.
 *
 * @param timeoutMs how long it may take
 * @throws {StepFailure} for one that cannot be, a host without an address, and a path without a socket
 */
export async function findPlace(
  endpoint: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Finding<Place>> {
  try {
    checkEndpoint(endpoint, "connect");
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    throw failureOf(error, forms);
  }
  const address = endpoint.slice(endpoint.indexOf("://") + 3);
  switch (endpoint.slice(0, endpoint.indexOf("://"))) {
    case "tcp":
      return await findHost(endpoint, timeoutMs, signal);
    case "ipc":
      return { detail: endpoint, value: findSocket(address) };
    case "inproc":
      throw new StepFailure(
        `${JSON.stringify(endpoint)} is inside one process: no other can reach it`,
        "Let the broker listen at tcp:// or ipc://, and give that with --connect",
      );
    default:
      return { detail: endpoint, value: unknownTransport };
  }
}

/** libzmq asks for IPv4 addresses only, unless an IPv6 one is written out; so must we. */
async function findHost(
  endpoint: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Finding<Place>> {
  // What stands before a semicolon is the local address.
  const target = endpoint.slice(Math.max(endpoint.lastIndexOf(";"), "tcp:/".length) + 1);
  const colon = target.lastIndexOf(":");
  const name = target.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const port = Number(target.slice(colon + 1));
  const family = isIpv6(endpoint) ? 6 : 4;
  const found = (host: string): Place => ({ transport: "tcp", host, port });
  if (process.getBuiltinModule("node:net").isIP(name) === family) {
    return { detail: endpoint, value: found(name) };
  }
  try {
    const value = found(await abortable(addressOf(name, family), signal));
    return { detail: `${endpoint} is at ${placeText(value)}`, value };
  } catch (error) {
    const barred = barredBy(error);
    if (barred !== undefined) return { detail: endpoint, value: barred };
    const code = (error as { code?: string }).code ?? (error as Error).name;
    const why = error instanceof StepTimeout ? `not within ${durationText(timeoutMs)}` : code;
    throw new StepFailure(
      `cannot find an IPv${family} address of the host ${JSON.stringify(name)} (${why})`,
      "Check its name, or give its address, as tcp://ADDRESS:PORT or tcp://[IPV6-ADDRESS]:PORT",
    );
  }
}

/** Not of `dns.promises`: that one of Deno 2.4 prints a warning, of a module it uses inside. */
function addressOf(name: string, family: 4 | 6): Promise<string> {
  return new Promise((resolve, reject) => {
    // Loaded late: the other commands need not wait for it.
    process.getBuiltinModule("node:dns").lookup(
      name,
      { family },
      (error, address) => error ? reject(error) : resolve(address),
    );
  });
}

/** Looks for a socket, as far as can be seen. */
function findSocket(path: string): Place {
  // Linux's names without a file; node's own functions want a zero byte there.
  if (path.startsWith("@")) return { transport: "ipc", path: `\0${path.slice(1)}` };
  const place = { transport: "ipc", path } as const;
  let isSocket: boolean;
  try {
    const { S_IFMT, S_IFSOCK } = fs.constants;
    // The `isSocket` of Deno 2.4 never says yes.
    isSocket = (fs.statSync(path).mode & S_IFMT) === S_IFSOCK;
  } catch (error) {
    const barred = barredBy(error);
    if (barred !== undefined) return barred;
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new StepFailure(`there is no ${JSON.stringify(path)}`, startAdvice(place));
    }
    throw new StepFailure(
      `cannot look at ${JSON.stringify(path)} (${code})`,
      "Run it as a user who may, or let the broker listen at another path",
    );
  }
  if (isSocket) return place;
  throw new StepFailure(
    `${JSON.stringify(path)} is not a socket`,
    "Give the path that the broker was started with, after --bind ipc://",
  );
}

/** A place as people write it. */
export function placeText(place: Place): string {
  switch (place.transport) {
    case "tcp":
      return `${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}`;
    case "ipc":
      return place.path.replace("\0", "@");
    case "other":
      return "a place of libzmq's own";
  }
}

/** What to do where no broker is. */
export function startAdvice(place: Place): string {
  const broker = "callsign broker --bind";
  const orElse = "or give --connect another place";
  if (place.transport === "tcp" && !isHere(place.host)) {
    return `On that machine start ${broker} 'tcp://*:${place.port}', ${orElse}`;
  }
  return `Start ${broker} ${place.transport}://${placeText(place)}, ${orElse}`;
}

/** Whether an address is one by which a machine reaches itself. */
function isHere(host: string): boolean {
  return /^(127\.|0\.0\.0\.0$|::1$|::$)/.test(host);
}

/** What Deno has refused because it was started without the permission; undefined for other errors. */
export function barredBy(error: unknown): Barred | undefined {
  const { name, code, syscall, message } = error as NodeJS.ErrnoException;
  const isLookup = code === "EPERM" && syscall === "getaddrinfo";
  if (!isLookup && name !== "NotCapable") return undefined;
  const [permission] = /--allow-\w+/.exec(message) ?? ["--allow-net"];
  return {
    transport: "other",
    why: `Deno was started without ${permission}`,
    advice: "Run it again with --allow-all",
  };
}
