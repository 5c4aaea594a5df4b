// client.mjs PEER TEXT [ENDPOINT]: asks PEER, prints its answer, and ends with its status.
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import process from "node:process";
import { Dealer } from "zeromq";

const HELLO = 1, WELCOME = 2, HEARTBEAT = 3, DISCONNECT = 4, REQUEST = 6, REPLY = 7, ERROR = 9;
const MORE = 0x08, STDERR = 0x10;
const statuses = { timeout: 124, expired: 124, busy: 75 };
const [peer, text, endpoint = "tcp://localhost:5555"] = process.argv.slice(2);
const draw = () => randomBytes(4).toString("hex");
const hello = JSON.stringify({ role: "client", instance: draw(), agent: "client.mjs" });
const dealer = new Dealer({ routingId: `ask-${draw()}\x1f${draw()}`, linger: 1000 });
dealer.connect(endpoint);

function say(verb, id, ...frames) {
  const header = Buffer.alloc(16);
  header.set([0x43, 0x53, 1, verb]); // "CS", version 1
  header.writeBigUInt64LE(id, 8);
  return dealer.send([header, ...frames]);
}

/** The next message; heartbeats are sent meanwhile. Nothing when three of them are not answered. */
async function hear() {
  for (let unanswered = 0; unanswered < 3; unanswered++) {
    try {
      return await dealer.receive();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      await say(HEARTBEAT, 2n);
    }
  }
  console.error(`unreachable: no broker answers at ${endpoint}`);
  process.exit(69);
}

dealer.receiveTimeout = 3750; // three quarters of a heartbeat, in ms
await say(HELLO, 0n, hello);
process.exitCode = 0;
for (let isOver = false; !isOver;) {
  const [header, ...frames] = await hear();
  const [verb, flags, status] = [header[3], header[4], header.readUInt16LE(6)];
  const isAnswer = header.readBigUInt64LE(8) === 1n;
  if (verb === WELCOME) {
    dealer.receiveTimeout = 0.75 * JSON.parse(frames[0]).heartbeatMs;
    await say(REQUEST, 1n, peer, text);
  } else if (verb === REPLY) {
    if (flags & STDERR && frames.length > 1) process.stderr.write(frames.pop());
    console.log(`${Buffer.concat(frames.slice(1))}`);
    process.exitCode = Math.max(process.exitCode, Math.min(status, 255));
  } else if (verb === ERROR && !isAnswer && `${frames[0]}` === "unknown-peer") {
    await say(HELLO, 0n, hello);
    continue;
  } else if (verb === ERROR) {
    console.error(`${frames[0]}: ${frames[1]}`);
    process.exitCode = Math.max(process.exitCode, statuses[frames[0]] ?? 69);
  }
  // MORE: others of a glob will answer.
  isOver = (isAnswer || verb === ERROR) && (flags & MORE) === 0;
}
await say(DISCONNECT, 3n);
dealer.close();
