// What C has the address of must outlive the call: garbage is collected while messages flow.

import assert from "node:assert/strict";
import path from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { runToEnd } from "../support/process.ts";
import { denoPermissions, denoRun, root } from "../support/programs.ts";

const timeout = 120_000;
const child = path.join(root, "tests", "memory", "collection_child.ts");
const messagesEach = 10_000;
const peers = 4;

/** How to run the child where it may collect by itself, and on Deno with all that can move moved. */
const commands: Readonly<Record<string, readonly string[]>> = {
  deno: [
    ...denoRun,
    "--v8-flags=--expose-gc,--stress-compaction",
    ...denoPermissions,
    child,
  ],
  bun: [process.env.CALLSIGN_BUN ?? "bun", child],
};

describe("a broker and its peers", () => {
  for (const [runtime, [command, ...args]] of Object.entries(commands)) {
    it(`lose no byte while garbage is collected, on ${runtime}`, { timeout }, async () => {
      const run = await runToEnd(command as string, [...args, `${messagesEach}`]);
      assert.equal(run.stderr, "");
      assert.deepEqual([run.status, run.signal], [0, null]);
      const { answered, collections } = JSON.parse(run.stdout);
      assert.equal(answered, peers * (messagesEach + messagesEach / 100));
      assert.ok(collections > 300, `collected only ${collections} times`);
    });
  }
});
