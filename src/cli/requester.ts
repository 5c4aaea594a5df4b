/**
 * One question of the command line to one peer or several.
 *
 * @module
 */

import type { Client } from "../client.ts";
import type { FailedReply, Reply } from "../peer/answers.ts";
import { ConnectionError } from "../peer/connection_error.ts";
import { PeerError } from "../peer/peer_error.ts";
import { isGlob } from "../protocol/glob.ts";
import { withAdvice } from "./asking.ts";
import { untilOnline } from "./presence.ts";
import { type Ending, endingStatus } from "./replies.ts";
import type { StopRequest } from "./signals.ts";

/** Who is asked, and how. */
export interface Question {
  /** A name, a pattern, or `@group`. */
  readonly peer: string;
  /** Whether all are asked that it means, and not only one. */
  readonly wantsAll: boolean;
  /** Whether to wait for who is not there. */
  readonly waits: boolean;
  /** How long it may take, in ms; undefined is the client's limit. */
  readonly timeoutMs: number | undefined;
}

type Tell = (ending: Ending) => Promise<void>;

/** Asks with a client, and tells how each request ended. */
export class Requester {
  readonly #client: Client;
  readonly #question: Question;
  readonly #stop: StopRequest;
  #online: Promise<void> | undefined;

  constructor(client: Client, question: Question, stop: StopRequest) {
    this.#client = client;
    this.#question = question;
    this.#stop = stop;
  }

  /**
   * Asks once.
   *
   * @param tell told of each end; of one at least
   * @throws what it failed with when the program was asked to end
   */
  async ask(body: string | Uint8Array, tell: Tell): Promise<void> {
    const { peer, wantsAll, waits, timeoutMs } = this.#question;
    try {
      if (peer.startsWith("@")) {
        await (wantsAll ? this.#askMembers(body, tell) : this.#askOne(peer, body, tell));
      } else if (isGlob(peer)) {
        // Once for all: a broker allows each of us few watches.
        if (waits) await (this.#online ??= untilOnline(this.#client, [peer], { timeoutMs }));
        await (wantsAll ? this.#askAll(body, tell) : this.#askFirst(body, tell));
      } else {
        await this.#askOne(peer, body, tell);
      }
    } catch (error) {
      await tell({ error: this.#failure(error) });
    }
  }

  async #askOne(peer: string, body: string | Uint8Array, tell: Tell): Promise<void> {
    const { waits, timeoutMs } = this.#question;
    await tell({ reply: await this.#client.request(peer, body, { hold: waits, timeoutMs }) });
  }

  /** Each worker of a group by its name: to the broker a group means any one of them. */
  async #askMembers(body: string | Uint8Array, tell: Tell): Promise<void> {
    const { peer, timeoutMs } = this.#question;
    const members = await this.#client.list(peer, { timeoutMs });
    const names = members.filter(({ role }) => role === "worker").map(({ name }) => name);
    // Where nobody is, the broker has the words for it, and may wait for somebody.
    if (names.length === 0) return await this.#askOne(peer, body, tell);
    await Promise.all(names.map(async (name) => {
      try {
        await this.#askOne(name, body, tell);
      } catch (error) {
        await tell({ error: this.#failure(error), from: name });
      }
    }));
  }

  async #askAll(body: string | Uint8Array, tell: Tell): Promise<void> {
    for await (const one of this.#requestAll(body)) await tell(endingOf(one));
  }

  /** Whoever replies first; the others are told that nobody waits any more. */
  async #askFirst(body: string | Uint8Array, tell: Tell): Promise<void> {
    const failed: Ending[] = [];
    for await (const one of this.#requestAll(body)) {
      const ending = endingOf(one);
      if ("reply" in ending) return await tell(ending);
      failed.push(ending);
    }
    failed.sort((a, b) => endingStatus(b) - endingStatus(a));
    await tell(failed[0] as Ending);
  }

  #requestAll(body: string | Uint8Array) {
    const { peer, timeoutMs } = this.#question;
    return this.#client.requestAll(peer, body, { timeoutMs });
  }

  /** What is no failure of the request's is not for whoever asked. */
  #failure(error: unknown): Error {
    const isOurs = error instanceof PeerError || error instanceof ConnectionError;
    if (!isOurs || this.#stop.status !== undefined) throw error;
    return withAdvice(error) as Error;
  }
}

function endingOf(one: Reply | FailedReply): Ending {
  return one.error === undefined ? { reply: one } : { error: one.error, from: one.from };
}
