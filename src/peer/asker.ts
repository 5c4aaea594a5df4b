/**
 * A client's link, and everything that is asked by it.
 *
 * @module
 */

import type { Ask } from "./call.ts";
import { Calls, isOneWayId } from "./calls.ts";
import type { Received } from "./connection.ts";
import { type OnMessage, takeMessage } from "./letter.ts";
import { Link, type LinkOptions, type LinkOwner } from "./link.ts";
import { localError, type PeerError, readPeerError } from "./peer_error.ts";
import type { Hello } from "../protocol/greeting.ts";
import { verbs } from "../protocol/header.ts";

/** What an asker needs from its client. */
export interface AskerOwner {
  readonly hello: Hello;
  readonly onMessage: OnMessage | undefined;
  /** A one-way message could not be delivered. */
  undelivered(error: PeerError): void;
  trouble(text: string): void;
}

/** What is asked, but for how it ends. */
export type Question = Omit<Ask, "take" | "done" | "failed">;

/** Asks by one link, until it is closed or the link fails for good. */
export class Asker implements LinkOwner {
  readonly #link: Link;
  readonly #calls: Calls;
  readonly #owner: AskerOwner;
  readonly #running: Promise<void>;
  /** Makes the error of whatever is asked from now on; undefined as long as that is possible. */
  #failure: ((deed: string) => unknown) | undefined;

  /** Begins to connect. As {@linkcode Link}. */
  constructor(options: LinkOptions, owner: AskerOwner) {
    this.#owner = owner;
    this.#link = new Link(options, this);
    this.#calls = new Calls(this.#link);
    this.#running = this.#link.run().catch((error) => this.fail(() => error));
  }

  /**
   * Asks.
   *
   * @returns ends it when it is no longer wanted
   */
  start(ask: Ask, timeoutMs: number, signal: AbortSignal | undefined): () => void {
    if (this.#failure === undefined) return this.#calls.start(ask, timeoutMs, signal);
    ask.failed(this.#failure(ask.deed));
    return () => {};
  }

  /**
   * Asks for one value.
   *
   * @param read makes it of an answer; undefined when it takes more of them
   */
  one<T>(
    question: Question,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    read: (answer: Received) => T | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.start(
        {
          ...question,
          take: (answer) => {
            const value = read(answer);
            if (value !== undefined) resolve(value);
          },
          // A promise is settled once: this is for what is done without an answer.
          done: () => resolve(undefined as T),
          failed: reject,
        },
        timeoutMs,
        signal,
      );
    });
  }

  /** Ends everything, now and in future, each with the error made for it. */
  fail(errorOf: (deed: string) => unknown): void {
    this.#failure ??= errorOf;
    this.#calls.endAll(this.#failure);
  }

  /** Ends everything with `cancelled`, and says goodbye. */
  async close(): Promise<void> {
    this.fail((deed) => localError("cancelled", `Cannot ${deed}: the client was closed`));
    this.#link.stop();
    await this.#running;
  }

  get isWorking(): boolean {
    return false;
  }

  hello(): Hello {
    return this.#owner.hello;
  }

  welcomed(): void {
    // What waits is sent as soon as this returns.
  }

  lost(reason: string): void {
    this.#calls.lost(reason);
  }

  heard(message: Received): void {
    const { verb, id } = message.header;
    const { onMessage } = this.#owner;
    if (verb === verbs.send) {
      void takeMessage(message, this.#link, onMessage, (text) => this.trouble(text));
    } else if (verb === verbs.error && isOneWayId(id)) {
      this.#owner.undelivered(readPeerError(message));
    } else {
      // False for one that comes too late: whoever asked has been told something already.
      this.#calls.heard(message);
    }
  }

  tick(nowMs: number): number {
    return this.#calls.tick(nowMs);
  }

  trouble(text: string): void {
    this.#owner.trouble(text);
  }
}
