// worker.ts ENDPOINT NAME [hold]: our worker, as a program that does and prints what `worker.py`
// does; beside that it prints `Served N` for each of the first hundred requests.

import process from "node:process";
import { Worker } from "../../../src/worker.ts";

const [endpoint, name, mode] = process.argv.slice(2) as [string, string, string?];
let awaySinceMs = performance.now();
let count = 0;

const worker = new Worker({
  name,
  connect: [endpoint],
  capacity: 8,
  retryTaken: true,
  handle: ({ body }) => {
    count++;
    if (mode === "hold") {
      console.log(`Holds ${count}`);
      return new Promise<void>(() => {});
    }
    if (count <= 100) console.log(`Served ${count}`);
    return ["done", ...body];
  },
  onOnline: () => console.log(`Welcome after ${(performance.now() - awaySinceMs).toFixed(1)} ms`),
  onOffline: () => awaySinceMs = performance.now(),
});
process.once("SIGTERM", () => void worker.close());
await worker.run();
