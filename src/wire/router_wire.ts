/**
 * The core's wire, over a ROUTER and its monitor.
 *
 * @module
 */

import type { Parcel, Wire, WireResult } from "../routing/wire.ts";
import type { AcceptedConnections } from "../zmq/accepted.ts";
import type { Message } from "../zmq/message.ts";
import type { SendResult, Socket } from "../zmq/socket.ts";
import type { Intake } from "./intake.ts";
import { MessageParcel, type MessagePool } from "./parcel.ts";

const emptyFrame = new Uint8Array(new ArrayBuffer(0));

/** What a {@linkcode RouterWire} is made of. */
export interface RouterWireParts {
  readonly router: Socket;
  readonly intake: Intake;
  readonly pool: MessagePool;
  readonly accepted: AcceptedConnections;
  /** Reads the monitor, and tells the core what it says. */
  readonly refresh: () => void;
}

/** Sends what the core wants sent. libzmq takes a message whole once it has taken its first frame. */
export class RouterWire implements Wire {
  readonly refresh: () => void;
  readonly #router: Socket;
  readonly #intake: Intake;
  readonly #pool: MessagePool;
  readonly #accepted: AcceptedConnections;
  readonly #copy: Message;

  /** Sends by a ROUTER what its intake has received. */
  constructor({ router, intake, pool, accepted, refresh }: RouterWireParts) {
    this.#router = router;
    this.#intake = intake;
    this.#pool = pool;
    this.#accepted = accepted;
    this.#copy = pool.take();
    this.refresh = refresh;
  }

  /** See {@linkcode Wire.epochMs}. */
  epochMs(): number {
    return Date.now();
  }

  /** See {@linkcode Wire.senderAddress}. */
  senderAddress(): string {
    return this.#intake.first.property("Peer-Address") ?? "";
  }

  /** See {@linkcode Wire.senderSocketType}. */
  senderSocketType(): string {
    return this.#intake.first.property("Socket-Type") ?? "";
  }

  /** See {@linkcode Wire.forward}. */
  forward(
    to: Uint8Array,
    header: Uint8Array,
    peer: Uint8Array,
    peerLength: number,
    parcel: Parcel,
    keep: boolean,
  ): WireResult {
    const router = this.#router;
    const result: SendResult = router.send(to, to.length, true);
    if (result !== "sent") return result;
    const { frames } = parcel;
    router.send(header, header.length, true);
    // The sender's identity goes on as it came, the first time; a message to several needs it again.
    if (peer === this.#intake.identity && !keep) {
      router.sendMessage(this.#intake.sender, frames > 0);
    } else {
      router.send(peer, peerLength, frames > 0);
    }
    if (frames > 0) this.#sendBody(parcel as MessageParcel, keep);
    return "sent";
  }

  /** See {@linkcode Wire.hand}. */
  hand(to: Uint8Array, parcel: Parcel, keep: boolean): WireResult {
    const result: SendResult = this.#router.send(to, to.length, true);
    if (result !== "sent") return result;
    if (parcel.frames > 0) this.#sendBody(parcel as MessageParcel, keep);
    else this.#router.send(emptyFrame, 0, false);
    return "sent";
  }

  /** See {@linkcode Wire.send}. */
  send(to: Uint8Array, frames: readonly Uint8Array[]): WireResult {
    const result: SendResult = this.#router.send(to, to.length, true);
    if (result !== "sent") return result;
    const last = frames.length - 1;
    frames.forEach((frame, i) => this.#router.send(frame, frame.length, i < last));
    return "sent";
  }

  /** See {@linkcode Wire.keep}. */
  keep(parcel: Parcel, copy: boolean): Parcel {
    const source = parcel as MessageParcel;
    const kept = new MessageParcel();
    kept.bytes = source.bytes;
    kept.frames = source.frames;
    kept.isFull = source.isFull;
    for (let i = 0; i < source.frames; i++) {
      const message = this.#pool.take();
      if (copy) {
        message.copyFrom(source.messages[i] as Message);
        kept.messages.push(message);
      } else {
        kept.messages.push(source.messages[i] as Message);
        source.messages[i] = message;
      }
    }
    if (!copy) source.isFull = false;
    return kept;
  }

  /** See {@linkcode Wire.release}. */
  release(parcel: Parcel): void {
    const { messages } = parcel as MessageParcel;
    for (const message of messages) {
      message.clear();
      this.#pool.give(message);
    }
    messages.length = 0;
  }

  /** See {@linkcode Wire.cut}. */
  cut(descriptor: number): void {
    this.#accepted.cut(descriptor, this.refresh);
  }

  /** Gives its frame back. */
  close(): void {
    this.#copy.close();
  }

  #sendBody(parcel: MessageParcel, keep: boolean): void {
    const last = parcel.frames - 1;
    for (let i = 0; i <= last; i++) {
      const message = parcel.messages[i] as Message;
      if (keep) this.#copy.copyFrom(message);
      this.#router.sendMessage(keep ? this.#copy : message, i < last);
    }
    if (!keep) this.#letGo(parcel);
  }

  /** Its frames are empty now; those of a parcel that was kept are for others to use. */
  #letGo(parcel: MessageParcel): void {
    parcel.isFull = false;
    if (parcel === this.#intake.parcel) return;
    for (const message of parcel.messages) this.#pool.give(message);
    parcel.messages.length = 0;
  }
}
