// The forwarding loop alone, over src/zmq: what the FFI costs before a broker adds anything.
// [from][header][to][body...] goes out as [to][header][from][body...]; no frame is copied.
//
// Usage: forward.ts ENDPOINT

import process from "node:process";
import { Context } from "../src/zmq/context.ts";
import { Message } from "../src/zmq/message.ts";
import { Readiness } from "../src/zmq/readiness.ts";
import { nothing } from "../src/zmq/socket.ts";

const messagesPerClock = 64;

const context = new Context();
const router = context.socket("router", {
  routerMandatory: true,
  sendHighWaterMark: 0,
  receiveHighWaterMark: 0,
});
const endpoint = router.bind(process.argv[2] ?? "tcp://127.0.0.1:*");
const readiness = new Readiness(context.poller, [router]);
const [from, header, to, body] = [1, 2, 3, 4].map(() => new Message(context.library)) as [
  Message,
  Message,
  Message,
  Message,
];

const start = new Uint8Array(3);

/** Forwards one message; false when there is none. */
function forwardOne(): boolean {
  if (router.receive(from) === nothing) return false;
  router.receive(header);
  header.copyTo(start, start.length);
  // "CS", version 1: anything else is no message of the bench.
  if (start[0] !== 0x43 || start[1] !== 0x53 || start[2] !== 1) throw new Error("Not a header");
  router.receive(to);
  if (router.sendMessage(to, true) !== "sent") throw new Error("Unknown recipient");
  router.sendMessage(header, true);
  router.sendMessage(from, true);
  let more = true;
  while (more) {
    router.receive(body);
    more = body.more;
    router.sendMessage(body, more);
  }
  return true;
}

console.log(`Broker started, listening on ${endpoint}`);
process.on("SIGTERM", () => process.exit(0));
for (;;) {
  let count = 0;
  while (forwardOne()) {
    if (++count % messagesPerClock === 0 && readiness.turnIsOver) break;
  }
  await readiness.wait(Infinity);
}
