/** Who is asked: one echoing worker of callsign, a REP of pyzmq, and a worker of gearman. */

import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Broker } from "../broker.ts";
import type { Child, Children, Command } from "../children.ts";
import type { Found } from "../runtimes.ts";

const START_LIMIT_MS = 20_000;
const END_LIMIT_MS = 5_000;
const ANY_PORT = "tcp://127.0.0.1:*";

/** The name of the worker. */
export const WORKER = "echo";

/** Words that ask `callsign request` to ask the worker; its body follows. */
export function requestOf(callsign: Command, endpoint: string): Command {
  return [...callsign, "request", "--connect", endpoint, WORKER];
}

export interface Scene {
  /** Of the broker of callsign. */
  endpoint: string;
  /** Of the REP. */
  repEndpoint: string | undefined;
  /** What `gearman` is to be told to reach its worker; undefined without it. */
  gearman: Command | undefined;
  end(): Promise<void>;
}

/**
 * Starts everybody, and waits until each answers.
 *
 * @param callsign the words that begin a command line of callsign
 */
export async function openScene(
  children: Children,
  callsign: Command,
  python: Found,
): Promise<Scene> {
  const folder = dirname(fileURLToPath(import.meta.url));
  const broker = await Broker.start(children, [...callsign, "broker", "--bind", ANY_PORT, "-q"]);
  const { endpoint } = broker;
  const worker = children.start([...callsign, "worker", WORKER, "--echo", "--connect", endpoint]);
  const wait: Command = [...callsign, "wait", WORKER, "--connect", endpoint];
  await children.capture(wait, START_LIMIT_MS);

  const rep = "missing" in python ? undefined : await Broker.start(children, [
    python.program,
    join(folder, "rep.py"),
    ANY_PORT,
  ]);
  const gearman = await openGearman(children);
  return {
    endpoint,
    repEndpoint: rep?.endpoint,
    gearman: gearman?.client,
    end: async () => {
      for (const child of [worker, ...gearman?.servers ?? []]) await endChild(child);
      // It knows no goodbye.
      await rep?.stop();
      await broker.stop();
    },
  };
}

async function openGearman(
  children: Children,
): Promise<{ client: Command; servers: Child[] } | undefined> {
  try {
    await children.capture(["gearmand", "--version"], START_LIMIT_MS);
    await children.capture(["gearman", "-H"], START_LIMIT_MS);
  } catch {
    return undefined;
  }
  const port = `${await freePort()}`;
  const place = ["-h", "127.0.0.1", "-p", port];
  const server = children.start(["gearmand", "-L", "127.0.0.1", "-p", port, "-l", "none"]);
  await untilOpen(Number(port));
  // Without a command it answers nothing at all.
  const worker = children.start(["gearman", "-w", ...place, "-f", WORKER, "cat"]);
  const client: Command = ["gearman", ...place, "-f", WORKER];
  await children.capture([...client, "ready"], START_LIMIT_MS);
  return { client, servers: [worker, server] };
}

/** gearmand takes no port of the system's choice; nobody else here wants this one. */
function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function untilOpen(port: number): Promise<void> {
  const endMs = performance.now() + START_LIMIT_MS;
  while (!await isOpen(port)) {
    if (performance.now() > endMs) throw new Error(`Start gearmand: not at port ${port}`);
    await sleep(20);
  }
}

function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

async function endChild(child: Child): Promise<void> {
  child.kill("SIGTERM");
  if (await child.endedWithin(END_LIMIT_MS) === undefined) child.kill("SIGKILL");
}
