// client.js ENDPOINT PEER TEXT [LIMIT_MS]: asks, prints the answer, and ends with its status.

import { Buffer } from "node:buffer";
import crypto from "node:crypto";
import process from "node:process";
import { Dealer } from "zeromq";

const verbs = { hello: 1, welcome: 2, heartbeat: 3, disconnect: 4, request: 6, reply: 7, error: 9 };
const flag = { limit: 0x02, more: 0x08 };
const statusOf = { timeout: 124, expired: 124, busy: 75 };
const [endpoint, peer, text, limitMs] = process.argv.slice(2);
const id = 2n ** 53n + 1n;

function header(verb, flags = 0, id = 0n) {
  const frame = Buffer.alloc(16);
  frame.write("CS");
  frame.set([1, verb, flags], 2);
  frame.writeBigUInt64LE(id, 8);
  return frame;
}

function request() {
  if (limitMs === undefined) return [header(verbs.request, 0, id), peer, text];
  const limit = Buffer.alloc(4);
  limit.writeUInt32LE(Number(limitMs));
  return [header(verbs.request, flag.limit, id), peer, limit, text];
}

const draw = () => crypto.randomBytes(4).toString("hex");
const routingId = `js-${draw()}\x1f${draw()}`;
const dealer = new Dealer({ linger: 1000, routingId, receiveTimeout: 3000 });
dealer.connect(endpoint);
const hello = [header(verbs.hello), JSON.stringify({ role: "client", instance: draw() })];
await dealer.send(hello);

/** The next message; heartbeats are sent meanwhile. */
async function hear() {
  for (let unanswered = 0; unanswered < 3; unanswered++) {
    try {
      return await dealer.receive();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      await dealer.send(header(verbs.heartbeat));
    }
  }
  return undefined;
}

process.exitCode = 0;
for (;;) {
  const [head, ...frames] = await hear() ?? [];
  if (head === undefined) {
    process.exitCode = 69;
    break;
  }
  const verb = head[3];
  if (head.readBigUInt64LE(8) !== id) {
    if (verb === verbs.welcome) await dealer.send(request());
    else if (`${frames[0]}` === "unknown-peer") await dealer.send(hello);
    continue;
  }
  if (verb === verbs.reply) {
    console.log(Buffer.concat(frames.slice(1)).toString());
    process.exitCode = Math.max(process.exitCode, Math.min(head.readUInt16LE(6), 255));
  } else if (verb === verbs.error) {
    console.error(`${frames[0]}: ${frames[1]}`);
    process.exitCode = statusOf[frames[0].toString()] ?? 69;
  }
  if ((head[4] & flag.more) === 0) break;
}
await dealer.send(header(verbs.disconnect));
dealer.close();
