// collection_child.ts MESSAGES: a broker and its peers in one program, whose garbage is collected
// before, between and while they call into C. Checks every byte that comes back, and prints how many
// messages that were and how often was collected.
//
// Started by collection_test.ts. On Deno it needs --v8-flags=--expose-gc.

import assert from "node:assert/strict";
import process from "node:process";
import { Broker } from "../../src/broker.ts";
import type { NativeLibrary } from "../../src/ffi/native.ts";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing, type Socket } from "../../src/zmq/socket.ts";
import { countedLibrary } from "../support/library.ts";

const runtime = globalThis as { gc?: () => void; Bun?: { gc(force: boolean): void } };
let collections = 0;

/** Collects now, and then allocates, so that what was given up is also written over. */
function collect(): void {
  collections++;
  if (runtime.Bun !== undefined) runtime.Bun.gc(true);
  else (runtime.gc as () => void)();
  for (let size = 16; size <= 8192; size *= 2) {
    for (let n = 0; n < 20; n++) new Uint8Array(size).fill(0xff);
  }
}

/** Of so many calls into C one comes after a collection; a prime, so that each call has its turn. */
const callsPerCollection = 1009;
let calls = 0;

/** The library, with a collection now and then right before a call, and some during long waits. */
function collecting(real: NativeLibrary): NativeLibrary {
  const zmq = Object.fromEntries(
    Object.entries(real.zmq).map(([name, call]) => [name, (...args: unknown[]) => {
      if (++calls % callsPerCollection === 0) collect();
      return (call as (...args: unknown[]) => unknown)(...args);
    }]),
  ) as unknown as NativeLibrary["zmq"];
  const poll: NativeLibrary["offThread"]["poll"] = (items, count, timeoutMs) => {
    const answer = real.offThread.poll(items, count, timeoutMs);
    if (++calls % 10 === 0) collect();
    return answer;
  };
  return { ...real, zmq, offThread: { ...real.offThread, poll } };
}

const counted = countedLibrary();
const library = collecting(counted.library);

interface Peer {
  readonly socket: Socket;
  readonly size: number;
  sent: number;
  answered: number;
}

/** What is within the zmq_msg_t, just so, just not, and far from it. */
const sizes = [1, 33, 34, 5000];
const prefix = new TextEncoder().encode("ACK: ");

/** The nth message of a peer: no two in a row are alike. */
function fill(body: Uint8Array, n: number): void {
  for (let i = 0; i < body.length; i++) body[i] = n + 31 * i;
}

function send(peer: Peer): boolean {
  const body = new Uint8Array(peer.size);
  fill(body, peer.sent);
  if (peer.socket.send(body, body.length, false) !== "sent") return false;
  peer.sent++;
  return true;
}

function check(peer: Peer, frame: Message): void {
  const answer = frame.bytes();
  const body = new Uint8Array(peer.size);
  fill(body, peer.answered);
  assert.ok(!frame.more);
  assert.equal(answer.length, prefix.length + body.length);
  assert.ok(prefix.every((byte, i) => answer[i] === byte), `${answer.subarray(0, 5)}`);
  const at = body.findIndex((byte, i) => answer[prefix.length + i] !== byte);
  assert.equal(at, -1, `message ${peer.answered} of ${peer.size} bytes differs at ${at}`);
  peer.answered++;
}

/** Lets each peer have so many more messages answered, with `window` on their way at a time. */
async function talk(
  context: Context,
  peers: readonly Peer[],
  messages: number,
  window: number,
): Promise<void> {
  const readiness = new Readiness(context.poller, peers.map((peer) => peer.socket));
  using frame = new Message(library);
  const goal = (peers[0] as Peer).answered + messages;
  for (;;) {
    for (const peer of peers) {
      while (peer.socket.receive(frame) !== nothing) check(peer, frame);
      while (peer.sent < goal && peer.sent - peer.answered < window && send(peer));
    }
    if (peers.every((peer) => peer.answered === goal)) return;
    await readiness.wait(1000);
  }
}

const broker = new Broker({
  library,
  bind: ["tcp://127.0.0.1:*"],
  onExchange: ({ identity, frames, outcome }) => {
    const size = frames[0]?.size as number;
    assert.equal(new TextDecoder().decode(identity), `PEER_${size}`);
    assert.equal(outcome, "sent");
  },
});
const running = broker.run();
const context = new Context(library);
const peers = sizes.map((size): Peer => {
  const routingId = new TextEncoder().encode(`PEER_${size}`);
  const socket = context.socket("dealer", { routingId, linger: 0 });
  socket.connect(broker.endpoints[0] as string);
  return { socket, size, sent: 0, answered: 0 };
});

const messages = Number(process.argv[2]);
await talk(context, peers, messages, 50);
// One at a time, so that each is waited for.
await talk(context, peers, messages / 100, 1);

const answered = peers.reduce((sum, peer) => sum + peer.answered, 0);
assert.equal(broker.counts.answered, answered);
await broker.close();
await running;
await context.close();
assert.deepEqual(counted.open, { contexts: 0, sockets: 0, messages: 0 });
console.log(JSON.stringify({ answered, collections }));
