// A broker answers a million messages, and its memory does not grow with them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { afterEach, describe, it } from "node:test";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing, type Socket } from "../../src/zmq/socket.ts";
import { libraryForTests } from "../support/library.ts";
import { killRunning } from "../support/process.ts";
import { skipWithout, sourceForms, startBroker } from "../support/programs.ts";

const library = libraryForTests();
const timeout = 120_000;
const skip = skipWithout("a way to read a process's memory", residentMib(process.pid) > 0);

const messages = 1_000_000;
/** By now both runtimes have compiled what is hot, and their heaps have found their size. */
const warmUp = 200_000;

/**
 * The most that may be added after the warm-up, in MiB. The runtimes' own ups and downs were under 3.
 * Whatever is lost with each message is far more: the 40 bytes of a body alone, which libzmq
 * allocates because they do not fit its zmq_msg_t, come to 30 over the rest of the messages.
 */
const growthMaxMib = 8;
const body = new Uint8Array(40);

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

/** The memory a process has resident; NaN where it cannot be told. */
function residentMib(pid: number): number {
  // Deno itself may not read another process's folder.
  const { stdout } = process.platform === "linux"
    ? spawnSync("cat", [`/proc/${pid}/status`], { encoding: "utf8" })
    : spawnSync("ps", ["-o", "rss=", "-p", `${pid}`], { encoding: "utf8" });
  return Number(/^(?:VmRSS:)?\s*(\d+)/m.exec(stdout ?? "")?.[1]) / 1024;
}

/** How many messages of one peer are on their way at a time: far from what fills its queue. */
const window = 250;

/** Peers of a broker. */
class Load {
  readonly #dealers: readonly Socket[];
  readonly #readiness: Readiness;
  readonly #frame: Message;
  readonly #waiting: number[];
  #sent = 0;
  #answered = 0;

  constructor(context: Context, frame: Message, endpoint: string) {
    this.#frame = frame;
    this.#dealers = Array.from({ length: 4 }, () => {
      const dealer = context.socket("dealer", { linger: 0 });
      dealer.connect(endpoint);
      return dealer;
    });
    this.#waiting = this.#dealers.map(() => 0);
    this.#readiness = new Readiness(context.poller, this.#dealers);
  }

  /** Goes on until so many messages were answered in all. */
  async reach(count: number): Promise<void> {
    for (;;) {
      this.#dealers.forEach((dealer, i) => this.#receive(dealer, i));
      if (this.#answered === count) return;
      this.#dealers.forEach((dealer, i) => this.#send(dealer, i, count));
      await this.#readiness.wait(1000);
    }
  }

  #receive(dealer: Socket, i: number): void {
    for (let size; (size = dealer.receive(this.#frame)) !== nothing;) {
      assert.equal(size, "ACK: ".length + body.length);
      (this.#waiting[i] as number)--;
      this.#answered++;
    }
  }

  #send(dealer: Socket, i: number, count: number): void {
    while (this.#sent < count && (this.#waiting[i] as number) < window) {
      assert.equal(dealer.send(body, body.length, false), "sent");
      (this.#waiting[i] as number)++;
      this.#sent++;
    }
  }
}

describe("a broker that answers a million messages", () => {
  for (const form of sourceForms) {
    it(`has no more memory than before: ${form.label}`, { skip, timeout }, async () => {
      const { broker, endpoint } = await startBroker(form, ["--quiet"]);
      await using context = new Context(library);
      using frame = new Message(library);
      const load = new Load(context, frame, endpoint);
      await load.reach(warmUp);
      const beforeMib = residentMib(broker.pid);
      await load.reach(messages);
      const growthMib = residentMib(broker.pid) - beforeMib;
      assert.ok(growthMib < growthMaxMib, `it grew from ${beforeMib} MiB by ${growthMib}`);
      await broker.end();
      assert.deepEqual(broker.errors, []);
    });
  }
});
