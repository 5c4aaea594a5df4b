// What a broker costs that waits: CPU over some seconds with nothing to do, a peer connected or not.
//
// Usage: idle.ts [SECONDS]      (Linux: reads /proc)

import { spawn } from "node:child_process";
import fs from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const seconds = Number(process.argv[2] ?? 20);
const deno = process.env.CALLSIGN_DENO ?? "deno";
const bun = process.env.CALLSIGN_BUN ?? "bun";
const denoFlags = [process.env.CALLSIGN_DENO_FLAGS ?? ""].filter(Boolean);
const source = fileURLToPath(new URL("../src/broker.ts", import.meta.url));
const commands: Readonly<Record<string, readonly string[]>> = {
  "bun": [bun, source],
  "deno": [deno, "run", ...denoFlags, "--allow-ffi", "--allow-env", source],
};

/** CPU time of a process and all its threads so far, in seconds. */
function cpuSeconds(pid: number): number {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

for (const [runtime, [command, ...args]] of Object.entries(commands)) {
  const broker = spawn(command as string, [...args, "--bind", "tcp://127.0.0.1:*", "-q"]);
  await new Promise((resolve) => broker.stdout.once("data", resolve));
  // Start-up work of the runtime's other threads is no part of waiting.
  await sleep(2000);
  const before = cpuSeconds(broker.pid as number);
  await sleep(seconds * 1000);
  const used = cpuSeconds(broker.pid as number) - before;
  console.log(`${runtime}: ${(100 * used / seconds).toFixed(2)} % of a core, waiting ${seconds} s`);
  broker.kill("SIGTERM");
  await new Promise((resolve) => broker.once("exit", resolve));
}
