/**
 * Receiving: each message of the ROUTER, as the core wants to see it.
 *
 * @module
 */

import { flags, headerBytes, headerOffset, isHeader } from "../protocol/header.ts";
import { bodyFramesMax, identityBytesMax, jsonBytesMax } from "../protocol/limits.ts";
import type { Incoming } from "../routing/wire.ts";
import type { Message } from "../zmq/message.ts";
import { nothing, type Socket } from "../zmq/socket.ts";
import { MessageParcel, type MessagePool } from "./parcel.ts";

/** What came: nothing, a message of one of the dialects, or one of an identity that is too long. */
export type Arrival = "nothing" | "callsign" | "plain" | "refused";

/**
 * Receives into the same buffers again and again. Of a message that is not callsign/1's only identity
 * and first frame are received; the rest is the reader's.
 */
export class Intake implements Incoming {
  readonly identity: Uint8Array = buffer(identityBytesMax + 1);
  readonly header: Uint8Array = buffer(headerBytes);
  // One more than allowed, to tell a frame that is too long.
  readonly second: Uint8Array = buffer(jsonBytesMax + 1);
  readonly limit: Uint8Array = buffer(8);
  readonly parcel: MessageParcel = new MessageParcel();
  identityLength = 0;
  secondLength = -1;
  limitLength = -1;
  /** The identity as libzmq gave it, until it is sent on. */
  readonly sender: Message;
  /** The frame after the identity. */
  readonly first: Message;
  /** Its length in bytes. */
  firstSize = 0;
  /** Whether there are more behind it; unless the message is callsign/1's, they are yet to receive. */
  hasMore = false;

  readonly #router: Socket;
  readonly #pool: MessagePool;
  readonly #second: Message;
  readonly #surplus: Message;
  /** Where a `zmq_msg_t` has the address of what is known of its connection. */
  readonly #metadata: Uint32Array;

  /** Receives from a ROUTER. */
  constructor(router: Socket, pool: MessagePool) {
    this.#router = router;
    this.#pool = pool;
    this.sender = pool.take();
    this.first = pool.take();
    this.#second = pool.take();
    this.#surplus = pool.take();
    this.#metadata = new Uint32Array(this.first.struct.buffer, 0, 2);
  }

  /** The connection the message came by. */
  get descriptor(): number {
    return this.first.sourceDescriptor;
  }

  /**
   * See {@linkcode Incoming.origin}. Were libzmq to keep something else there, it would be another
   * number for each message, or the same for all: a slower look, or one that misses what comes once
   * in a while and is put right by the next message.
   */
  get origin(): number {
    return (this.#metadata[0] as number) + (this.#metadata[1] as number) * 2 ** 32;
  }

  /** Receives the next message. */
  receive(): Arrival {
    const router = this.#router;
    const identityLength = router.receive(this.sender);
    if (identityLength === nothing) return "nothing";
    this.identityLength = identityLength;
    this.sender.copyTo(this.identity, Math.min(identityLength, this.identity.length));
    this.firstSize = router.receive(this.first);
    this.hasMore = this.first.more;
    if (identityLength > identityBytesMax) return "refused";
    if (this.firstSize !== headerBytes) return "plain";
    this.first.copyTo(this.header, headerBytes);
    if (!isHeader(this.header)) return "plain";
    this.#receiveRest();
    return "callsign";
  }

  /** Lets go of a body that nobody took. */
  clear(): void {
    const { parcel } = this;
    if (!parcel.isFull) return;
    for (const message of parcel.messages) message.clear();
    parcel.isFull = false;
  }

  /** Gives its frames back. */
  close(): void {
    this.sender.close();
    this.first.close();
    this.#second.close();
    this.#surplus.close();
    for (const message of this.parcel.messages) message.close();
  }

  #receiveRest(): void {
    const { parcel } = this;
    this.secondLength = -1;
    this.limitLength = -1;
    parcel.bytes = 0;
    parcel.frames = 0;
    let hasMore = this.hasMore;
    if (!hasMore) return;
    this.secondLength = this.#router.receive(this.#second);
    this.#second.copyTo(this.second, Math.min(this.secondLength, this.second.length));
    hasMore = this.#second.more;
    if (hasMore && ((this.header[headerOffset.flags] as number) & flags.limit) !== 0) {
      this.limitLength = this.#router.receiveInto(this.limit);
      hasMore = this.#router.hasMore;
    }
    while (hasMore) hasMore = this.#receiveBodyFrame();
    parcel.isFull = parcel.frames > 0;
  }

  /** Of a body of too many frames the rest is only counted; returns whether there are more. */
  #receiveBodyFrame(): boolean {
    const { parcel } = this;
    let message = parcel.messages[parcel.frames];
    if (message === undefined) {
      message = parcel.frames < bodyFramesMax ? this.#pool.take() : this.#surplus;
      if (message !== this.#surplus) parcel.messages.push(message);
    }
    parcel.bytes += this.#router.receive(message);
    parcel.frames++;
    return message.more;
  }
}

function buffer(bytes: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(bytes));
}
