// Many who want a name that is held: its holder is not disturbed, or is followed by one after the
// other; nothing that was sent to the name meanwhile ends up nowhere.
//
// CALLSIGN_DUPLICATE_CYCLES says how many; a full run is 1000.

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { withoutPython } from "../interop/peers/programs.ts";
import { killRunning } from "../support/process.ts";
import { startBroker } from "../support/programs.ts";
import { ownForm, startPeer, tell, timesOf } from "./peers/programs.ts";

const skip = withoutPython;
const count = timesOf("CALLSIGN_DUPLICATE_CYCLES", 100);
const timeout = 60_000 + 1000 * count;

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

/** What a script says of duplicates of one name at a broker of ours. */
async function outcomeOf(
  flags: readonly string[],
  script: string,
  ...args: readonly string[]
): Promise<Record<string, unknown>> {
  const { broker, endpoint } = await startBroker(ownForm, ["--quiet", ...flags]);
  const peers = startPeer(script, endpoint, `${count}`, ...args);
  assert.deepEqual(await peers.ended, { status: 0, signal: null }, peers.errors.join("\n"));
  await broker.end();
  tell([script, ...args, peers.lines.at(-1)].join(" "));
  return JSON.parse(peers.lines.at(-1) as string);
}

describe(`of ${count} who want a name that is held`, () => {
  it("each is refused and told, and the holder misses nothing", { skip, timeout }, async () => {
    const outcome = await outcomeOf([], "duplicates.py", "refuse");
    const sent = outcome.sent as number;
    assert.ok(sent > count, `only ${sent} messages were sent`);
    assert.deepEqual(outcome, {
      told: count,
      sent,
      confirmed: sent,
      failed: {},
      again: 0,
      received: sent,
      receivedTwice: 0,
      inOrder: true,
      confirmedByOther: 0,
      reconnections: 0,
    });
  });

  it("each takes it over from the one before, who is told", { skip, timeout }, async () => {
    const outcome = await outcomeOf(["--duplicates", "takeover"], "duplicates.py", "takeover");
    const { sent, confirmed, failed, received, ...rest } = outcome;
    assert.ok((sent as number) > count, `only ${sent} messages were sent`);
    assert.deepEqual(rest, {
      told: count,
      again: 0,
      receivedTwice: 0,
      inOrder: true,
      confirmedByOther: 0,
      reconnections: 0,
    });
    // What was with a holder who lost the name may or may not have been done; its sender was told.
    const { lost = 0, ...others } = failed as Record<string, number>;
    assert.deepEqual(others, {});
    assert.equal(confirmed as number + lost, sent);
    assert.ok(received as number >= (confirmed as number));
  });

  it("none disturbs a plain peer, and one is its heir", { skip, timeout }, async () => {
    const outcome = await outcomeOf(["--register-within", "1s"], "plain_duplicates.py");
    const { said, ...rest } = outcome;
    assert.ok((said as number) > count);
    assert.deepEqual(rest, { answered: said, othersAnswered: 0, heirAnswered: true });
  });
});
