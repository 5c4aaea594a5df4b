// large_bodies_child.ts: a broker, and how much JavaScript memory its process has.
//
// Started by large_bodies_test.ts. For each line of stdin it prints the most there was since the one
// before, as JSON; it ends with its stdin.

import process from "node:process";
import { Broker } from "../../src/broker.ts";

/** What a body in JavaScript would show up in: as an object, or as a buffer beside the heap. */
type Memory = Pick<NodeJS.MemoryUsage, "heapUsed" | "external" | "arrayBuffers">;

const none: Memory = { heapUsed: 0, external: 0, arrayBuffers: 0 };
let most = none;

function look(): void {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  most = {
    heapUsed: Math.max(most.heapUsed, heapUsed),
    external: Math.max(most.external, external),
    arrayBuffers: Math.max(most.arrayBuffers, arrayBuffers),
  };
}

const broker = new Broker({ bind: ["tcp://127.0.0.1:*"] });
const looking = setInterval(look, 5);
process.stdin.on("data", () => {
  console.log(JSON.stringify(most));
  most = none;
});
process.stdin.once("end", () => broker.stop());
console.log(`Listening on ${broker.endpoints[0]}`);
await broker.run();
clearInterval(looking);
await broker.close();
