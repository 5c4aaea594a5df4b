// askers.ts ENDPOINT ASKERS WINDOW NAME...: our clients, as a program that does and prints what
// `askers.py` does.

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../../../src/client.ts";
import { PeerError } from "../../../src/peer/peer_error.ts";

/** After a failure: asking a name that nobody holds is answered at once, and again, and again. */
const pauseMs = 5;

const [endpoint, askers, window, ...names] = process.argv.slice(2) as [
  string,
  string,
  string,
  ...string[],
];
const ends: Record<string, number> = {};
let asked = 0;
let isOver = false;
let waiting = new Set<Client>();

function count(end: string): void {
  ends[end] = (ends[end] ?? 0) + 1;
}

/** Asks once; however that ends is counted. */
async function ask(client: Client): Promise<void> {
  const number = ++asked;
  const body = `${client.name} ${number}`;
  try {
    const reply = await client.request(names[number % names.length] as string, body);
    count(reply.text() === `done${body}` ? "replied" : "wrong");
    if (waiting.delete(client) && waiting.size === 0) console.log("All were answered");
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    count(error.code);
    await sleep(pauseMs);
  }
}

async function keepAsking(client: Client): Promise<void> {
  while (!isOver) await ask(client);
}

const clients = Array.from(
  { length: Number(askers) },
  (_, number) => new Client({ name: `CLIENT_${number}`, connect: [endpoint] }),
);
process.stdin.setEncoding("utf8").on("data", (text: string) => {
  if (text.includes("end")) isOver = true;
  else waiting = new Set(clients);
});
const asking = clients.flatMap((client) =>
  Array.from({ length: Number(window) }, () => keepAsking(client))
);
await Promise.all(asking);
await Promise.all(clients.map((client) => client.close()));
// Each that was asked is counted under the one end that its promise has.
const ended = Object.values(ends).reduce((sum, each) => sum + each, 0);
console.log(JSON.stringify({ asked, open: asked - ended, ...ends }));
// Deno goes on reading a pipe that nobody wants to read any more.
process.exit();
