// client.ts PEER TEXT [ENDPOINT]: asks PEER, prints its answer, and ends with its status. Runs on
// Deno and on Bun.
import process from "node:process";
import { Client, PeerError } from "../src/mod.ts";

const statuses: Record<string, number> = { timeout: 124, expired: 124, busy: 75 };
const [peer = "web-3", text = "", endpoint = "tcp://localhost:5555"] = process.argv.slice(2);

await using client = new Client({ connect: [endpoint] });
try {
  const reply = await client.request(peer, text, { timeoutMs: 5000 });
  console.log(reply.text());
  process.exitCode = Math.min(reply.status, 255);
} catch (error) {
  // Each code has one exact meaning: docs/protocol.md, section 7.
  if (!(error instanceof PeerError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = statuses[error.code] ?? 69;
}
