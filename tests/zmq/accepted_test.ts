import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { AcceptedConnections } from "../../src/zmq/accepted.ts";
import { Context } from "../../src/zmq/context.ts";
import { Monitor, type MonitorEvent } from "../../src/zmq/monitor.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { libraryForTests } from "../support/library.ts";

const library = libraryForTests();
const timeout = 20_000;

/** Waits for an event, and passes over all others. */
async function next(
  monitor: Monitor,
  readiness: Readiness,
  name: MonitorEvent["name"],
): Promise<MonitorEvent> {
  for (;;) {
    const event = monitor.read();
    if (event?.name === name) return event;
    if (event === undefined) await readiness.wait(1000);
  }
}

describe("AcceptedConnections", () => {
  for (const transport of ["tcp", "ipc"] as const) {
    it(`cuts a connection over ${transport}, which then comes back`, { timeout }, async () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-"));
      const context = new Context(library);
      const router = context.socket("router");
      const monitor = new Monitor(context, router);
      const accepted = new AcceptedConnections(library);
      const readiness = new Readiness(context.poller, [monitor.socket, router]);
      const address = transport === "tcp" ? "tcp://127.0.0.1:*" : `ipc://${folder}/socket`;
      const dealer = context.socket("dealer", { linger: 0, reconnectInterval: 10 });
      dealer.connect(router.bind(address));
      const { value } = await next(monitor, readiness, "accepted");
      accepted.add(value);
      await next(monitor, readiness, "handshakeSucceeded");
      assert.equal(accepted.cut(value, () => {}), true);
      assert.equal((await next(monitor, readiness, "disconnected")).value, value);
      await next(monitor, readiness, "accepted");
      monitor.close();
      await context.close();
      fs.rmSync(folder, { recursive: true });
    });
  }

  it("cuts nobody whose connection has ended or has become another's", () => {
    const accepted = new AcceptedConnections(library);
    assert.equal(accepted.cut(999, () => {}), false);
    // Descriptors of files: no connections of anybody's, so their address is empty.
    const descriptor = fs.openSync(os.devNull, "r");
    accepted.add(descriptor);
    assert.equal(accepted.cut(descriptor, () => accepted.delete(descriptor)), false);
    accepted.add(descriptor);
    assert.equal(accepted.cut(descriptor, () => accepted.add(descriptor)), false);
    fs.closeSync(descriptor);
  });
});
