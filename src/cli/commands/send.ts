/**
 * `callsign send`.
 *
 * @module
 */

import type { Client } from "../../client.ts";
import { ConnectionError } from "../../peer/connection_error.ts";
import type { Receipt } from "../../peer/answers.ts";
import { isGlob } from "../../protocol/glob.ts";
import { messageLimitMs } from "../../protocol/limits.ts";
import type { Arguments } from "../args.ts";
import { timeLimit, withAdvice, withClient } from "../asking.ts";
import { commands } from "../commands.ts";
import { exitStatus, statusOf } from "../exit.ts";
import { eachLine } from "../line_loop.ts";
import { checkPeer, someOperands } from "../operands.ts";
import { bodyOf } from "../outgoing.ts";
import { untilOnline } from "../presence.ts";
import type { Surroundings } from "../surroundings.ts";

/** Sends once, or each line. Returns the highest status that any of them would end with. */
export async function runSend(args: Arguments, surroundings: Surroundings): Promise<number> {
  const [peer, ...words] = someOperands(commands.send, args, 1, Infinity) as [string];
  checkPeer(peer);
  const body = await bodyOf(args, surroundings, words);
  let worst: number = exitStatus.done;
  const fail: Fail = (error, line) => {
    worst = Math.max(worst, statusOf(error));
    const place = line === undefined ? "" : `Line ${line}: `;
    surroundings.log.error(place + error.message);
  };
  // What could not be delivered is told before the goodbye is answered: once the client is closed, all
  // of it is known.
  await withClient(
    args,
    surroundings,
    { onUndelivered: (error) => fail(error) },
    async (client) => {
      const sender = new Sender(client, peer, args, surroundings, fail);
      await (body === undefined ? sender.sendLines() : sender.send(body));
    },
  );
  return worst;
}

/** Told of each message that failed, and of which line it was. */
type Fail = (error: Error, line?: number) => void;

/** Sends to one peer, or to all that a pattern means. */
class Sender {
  readonly #client: Client;
  readonly #peer: string;
  readonly #args: Arguments;
  readonly #surroundings: Surroundings;
  readonly #fail: Fail;
  readonly #timeoutMs: number | undefined;
  #isHopeless = false;
  #online: Promise<void> | undefined;

  constructor(
    client: Client,
    peer: string,
    args: Arguments,
    surroundings: Surroundings,
    fail: Fail,
  ) {
    this.#client = client;
    this.#peer = peer;
    this.#args = args;
    this.#surroundings = surroundings;
    this.#fail = fail;
    this.#timeoutMs = timeLimit(args);
  }

  /** Sends one message; how it failed is told to whoever made this. */
  async send(body: string | Uint8Array, line?: number): Promise<void> {
    try {
      const timeoutMs = await this.#untilThere();
      if (this.#args.switch("receipt")) {
        const hold = this.#canBeHeld;
        const options = { timeoutMs, hold, receipt: true } as const;
        this.#note(await this.#client.send(this.#peer, body, options), line);
      } else {
        await this.#client.send(this.#peer, body, { timeoutMs });
      }
    } catch (error) {
      if (this.#surroundings.stop.status !== undefined) throw error;
      this.#isHopeless ||= error instanceof ConnectionError;
      this.#fail(withAdvice(error) as Error, line);
    }
  }

  /** Whether the broker is to hold messages for who is not there, and will tell what became of them. */
  get #canBeHeld(): boolean {
    return this.#args.switch("wait") && this.#args.switch("receipt") && !isGlob(this.#peer);
  }

  /**
   * Waits for who is not there, if that is wanted and the broker cannot do it. All lines wait once.
   *
   * @returns how much of the time is left, in ms; undefined is the client's
   */
  async #untilThere(): Promise<number | undefined> {
    const timeoutMs = this.#timeoutMs;
    if (!this.#args.switch("wait") || this.#canBeHeld) return timeoutMs;
    const startMs = performance.now();
    this.#online ??= untilOnline(this.#client, [this.#peer], { timeoutMs });
    await this.#online;
    const passedMs = Math.floor(performance.now() - startMs);
    return Math.max(1, (timeoutMs ?? messageLimitMs) - passedMs);
  }

  /** Sends each line of stdin. */
  async sendLines(): Promise<void> {
    await eachLine(this.#args, this.#surroundings, {
      deed: "sent",
      isOrdered: true,
      // What it rejects with when the program was asked to end is told by that.
      begin: (text, line) => this.send(text, line).catch(() => {}),
      end: () => Promise.resolve(),
      isHopeless: () => this.#isHopeless,
    });
  }

  /** Those of several that have not confirmed it failed each for itself. */
  #note(receipt: Receipt, line: number | undefined): void {
    for (const error of receipt.errors) this.#fail(error, line);
    const done = receipt.outcome === "confirmed" ? "Confirmed by" : "Handed to";
    const { log } = this.#surroundings;
    log.detail(`${done} ${receipt.done} of ${receipt.matched} (${receipt.from})`);
  }
}
