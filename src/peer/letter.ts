/**
 * What peers say to this one: messages and requests.
 *
 * @module
 */

import { bodyText, peerName } from "./body.ts";
import type { Received } from "./connection.ts";
import type { Link } from "./link.ts";
import { encodeHeader, flags, verbs } from "../protocol/header.ts";

/** A message from a peer, one way. */
export class PeerMessage {
  /** Who sent it, by callsign. */
  readonly from: string;
  /** Which session of it: what goes there reaches that very one. */
  readonly fromIdentity: Uint8Array;
  /** What its sender calls it. */
  readonly id: bigint;
  /** Its frames. */
  readonly body: readonly Uint8Array[];

  /** Made by workers and clients, from `[from] [body]…`. */
  constructor({ header, frames }: Received) {
    const [from = new Uint8Array(0), ...body] = frames;
    this.from = peerName(from);
    this.fromIdentity = from;
    this.id = header.id;
    this.body = body;
  }

  /** All frames one after the other, as UTF-8. */
  text(): string {
    return bodyText(this.body);
  }
}

/** A request from a peer, which waits for the reply. */
export class PeerRequest extends PeerMessage {
  #controller: AbortController | undefined;
  #abortion: { readonly reason: unknown } | undefined;

  /**
   * Aborted when nobody waits for the reply any more: the asker has cancelled, has left, or its limit
   * has passed (`cancelled`); the connection it came by was lost (`lost`); or the worker was told to
   * end at once (`cancelled`). The reason is a {@linkcode PeerError} with that code.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      // Made for those who ask: it costs as much as the rest of a request.
      this.#controller = new AbortController();
      if (this.#abortion !== undefined) this.#controller.abort(this.#abortion.reason);
    }
    return this.#controller.signal;
  }

  /** @internal */
  abort(reason: unknown): void {
    this.#abortion ??= { reason };
    this.#controller?.abort(reason);
  }
}

/** Takes a message; its receipt is given once this has returned, or what it returns has resolved. */
export type OnMessage = (message: PeerMessage) => void | Promise<void>;

/**
 * Hands a SEND to the program, and confirms it when the program has taken it. One that is not taken is
 * not confirmed, and told as trouble.
 *
 * @param link by which it came
 * @param onMessage undefined when the program takes no messages
 */
export async function takeMessage(
  received: Received,
  link: Link,
  onMessage: OnMessage | undefined,
  trouble: (text: string) => void,
): Promise<void> {
  const message = new PeerMessage(received);
  const session = link.sessions;
  try {
    if (onMessage === undefined) throw new Error("nothing here takes messages");
    const taken = onMessage(message);
    if (taken !== undefined) await taken;
  } catch (error) {
    trouble(`Cannot take a message from ${JSON.stringify(message.from)}: ${reasonOf(error)}`);
    return;
  }
  const isAwaited = (received.header.flags & flags.receipt) !== 0 && session === link.sessions;
  if (isAwaited) link.postNow([encodeHeader(verbs.ack, message.id), message.fromIdentity]);
}

/** What went wrong in the program's own code, in its words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
