// worker.ts NAME [ENDPOINT]: answers each request in capitals. Runs on Deno and on Bun.
import process from "node:process";
import { Worker } from "../src/mod.ts";

const [name = "web-3", endpoint = "tcp://localhost:5555"] = process.argv.slice(2);

await using worker = new Worker({
  name,
  connect: [endpoint],
  capacity: 4,
  handle: (request) => request.text().toUpperCase(),
  onMessage: (message) => console.log(message.text()),
  onTrouble: (text) => console.error(text),
});
// What is being served is finished first.
process.once("SIGTERM", () => worker.stop());
await worker.run();
