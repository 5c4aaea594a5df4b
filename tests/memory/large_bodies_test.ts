// Bodies of 64 MiB go through a broker, and no byte of them comes into JavaScript.
//
// CALLSIGN_BODIES says how many requests and replies; a full run is 50.

import assert from "node:assert/strict";
import path from "node:path";
import process from "node:process";
import { afterEach, describe, it } from "node:test";
import { pythonPeer, withoutPython } from "../interop/peers/programs.ts";
import { killRunning, Program } from "../support/process.ts";
import { tell } from "../fault/peers/programs.ts";
import { denoPermissions, denoRun, root } from "../support/programs.ts";

const skip = withoutPython;
const timeout = 300_000;
const mebi = 2 ** 20;
const bodyBytes = 64 * mebi;
const bodies = Number(process.env.CALLSIGN_BODIES ?? 6);
/** A quarter of one body; the heap's own ups and downs are far less. */
const growthMax = bodyBytes / 4;

const folder = path.join(root, "tests", "memory");
const child = path.join(folder, "large_bodies_child.ts");
const [command, ...args] = process.versions.bun === undefined
  ? [...denoRun, ...denoPermissions, child]
  : [process.env.CALLSIGN_BUN ?? "bun", child];

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

async function exchange(endpoint: string, requests: number): Promise<void> {
  const [python] = pythonPeer("");
  const script = path.join(folder, "large_bodies_peers.py");
  const peers = new Program(python, [script, endpoint, `${requests}`, `${bodyBytes}`]);
  await peers.ended;
  assert.deepEqual(peers.lines, [`Replied ${requests}`], peers.errors.join("\n"));
}

/** The most JavaScript memory since it was last asked for. */
async function memoryOf(broker: Program): Promise<Record<string, number>> {
  const { length } = broker.lines;
  broker.write("\n");
  await broker.count(length + 1);
  return JSON.parse(broker.lines[length] as string);
}

describe("a broker that is given bodies of 64 MiB", () => {
  it(
    "passes them on byte for byte, and has none of them in its heap",
    { skip, timeout },
    async () => {
      const broker = new Program(command as string, args);
      const endpoint = (await broker.line(/^Listening on /)).replace("Listening on ", "");
      await exchange(endpoint, 1);
      const before = await memoryOf(broker);
      await exchange(endpoint, bodies);
      const after = await memoryOf(broker);
      tell(`${bodies} requests and replies of 64 MiB: ${JSON.stringify({ before, after })}`);
      await broker.end();
      assert.deepEqual(broker.errors, []);
      for (const [kind, bytes] of Object.entries(after)) {
        const growth = bytes - (before[kind] as number);
        assert.ok(growth < growthMax, `${kind} grew by ${growth / mebi} MiB`);
      }
    },
  );
});
