// Texts that nobody reads, or that cannot be written: the broker does not wait for either.

import assert from "node:assert/strict";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, it } from "node:test";
import { Context } from "../../src/zmq/context.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing } from "../../src/zmq/socket.ts";
import { bytesOf, frame, rawDealer } from "../abuse/raw.ts";
import { libraryForTests } from "../support/library.ts";
import { killRunning, Program, runToEnd } from "../support/process.ts";
import { assertFails, forms } from "./failing.ts";

const timeout = 30_000;
const library = libraryForTests();
const python = process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3";
const unread = path.join(path.dirname(fileURLToPath(import.meta.url)), "unread.py");
afterEach(async () => assert.equal(await killRunning(), 0));

/** Lock-step messages of 1000 bytes; how many were answered before nothing came for 3 s. */
async function talk(endpoint: string, messages: number): Promise<number> {
  const context = new Context(library);
  const dealer = context.socket("dealer", { linger: 0, routingId: bytesOf("A") });
  dealer.connect(endpoint);
  const readiness = new Readiness(context.poller, [dealer]);
  const body = new Uint8Array(1000).fill(0x61);
  const answer = new Uint8Array(1005);
  let answered = 0;
  for (; answered < messages; answered++) {
    dealer.send(body, body.length, false);
    const endMs = performance.now() + 3000;
    while (dealer.receiveInto(answer) === nothing && performance.now() < endMs) {
      await readiness.wait(100);
    }
    if (performance.now() >= endMs) break;
  }
  dealer.close();
  await context.close();
  return answered;
}

for (const form of forms) {
  describe(`On ${form.label}`, () => {
    it("help and versions that cannot be written are no bug of ours", { timeout }, async () => {
      const through = ["sh", "-c", 'exec "$@" >/dev/full', "sh"];
      for (const args of [["--help"], ["--version"], ["broker", "--help"]]) {
        await assertFails(form, "callsign", { args, through }, {
          status: 69,
          stderr: "callsign: Cannot write to stdout: ENOSPC",
        });
      }
    });

    it("--version says why libzmq is not loaded", { timeout }, async () => {
      const [command, ...args] = [...form.command("callsign"), "--version"];
      const env = { CALLSIGN_LIBZMQ: "/nowhere/libzmq.so.5" };
      const { stdout } = await runToEnd(command as string, args, env);
      assert.match(stdout, /\nlibzmq not loaded: .*\/nowhere\/libzmq\.so\.5/);
    });

    it("a terminal that nobody reads does not stop the broker", { timeout }, async () => {
      const command = [...form.command("broker"), "--bind", "tcp://127.0.0.1:*"];
      const program = new Program(python, [unread, "stdout", ...command]);
      const line = await program.line(/^Broker started/);
      const answered = await talk(line.split(" ").at(-1) as string, 3000);
      program.write("\n");
      await program.ended;
      assert.equal(answered, 3000);
    });

    it("a stderr that nobody reads does not stop the broker", { timeout }, async () => {
      const command = [...form.command("broker"), "--bind", "tcp://127.0.0.1:*"];
      const program = new Program(python, [unread, "stderr", ...command]);
      const line = await program.line(/^Broker started/);
      const endpoint = line.split(" ").at(-1) as string;
      const refused = await rawDealer(endpoint, bytesOf("i".repeat(300)));
      refused.write(frame(bytesOf("hello")));
      const answered = await talk(endpoint, 100);
      await refused.destroy();
      program.write("\n");
      await program.ended;
      assert.equal(answered, 100);
    });
  });
}
