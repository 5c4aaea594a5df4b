/**
 * Answers on their way to peers: written at once, or kept for a peer that does not read.
 *
 * @module
 */

import { outboxBytesMax, outboxMessagesMax, retryMs } from "../protocol/limits.ts";
import type { Common } from "./common.ts";
import type { Session } from "./session.ts";
import { Timer } from "./wheel.ts";
import type { Parcel, WireResult } from "./wire.ts";

/** An answer that was not taken yet: frames of the broker's, or a header, a peer and a parcel. */
type Letter =
  & { readonly bytes: number }
  & (
    | { readonly frames: readonly Uint8Array[] }
    | { readonly header: Uint8Array; readonly peer: Uint8Array; readonly parcel: Parcel }
  );

/** What one session has not taken yet. */
export interface Outbox {
  readonly letters: Letter[];
  bytes: number;
}

/**
 * Gives answers to sessions, each in order. One that does not read has its answers kept, up to a
 * bound; at the bound it is given up, because answers may not be lost in silence.
 */
export class Post extends Timer {
  readonly #common: Common;
  readonly #onSlow: (session: Session) => void;
  readonly #blocked = new Set<Session>();

  /** @param onSlow told when a session must be ended because it does not read */
  constructor(common: Common, onSlow: (session: Session) => void) {
    super();
    this.#common = common;
    this.#onSlow = onSlow;
  }

  /** Gives an answer of the broker's own. */
  give(session: Session, frames: readonly Uint8Array[]): void {
    const result = session.outbox === undefined
      ? this.#common.wire.send(session.identity, frames)
      : "full";
    if (result === "unreachable") this.#common.counts.undeliverable++;
    if (result === "full") this.#keep(session, { frames, bytes: sizeOf(frames) });
  }

  /** Tells one who may have no session here. Whether a stranger hears is its own affair. */
  tell(session: Session | undefined, identity: Uint8Array, frames: readonly Uint8Array[]): void {
    if (session?.isOnline === true) this.give(session, frames);
    else if (this.#common.wire.send(identity, frames) !== "sent") {
      this.#common.counts.undeliverable++;
    }
  }

  /**
   * Passes an answer on: `[header][peer][body…]` of the message being received.
   *
   * @param header may be changed by the caller afterwards; `peer` may not
   */
  pass(session: Session, header: Uint8Array, peer: Uint8Array, parcel: Parcel): void {
    const { wire } = this.#common;
    if (session.outbox === undefined) {
      const result = wire.forward(session.identity, header, peer, peer.length, parcel, false);
      if (result === "sent") return;
      if (result === "unreachable") {
        this.#common.counts.undeliverable++;
        return;
      }
    }
    const { bytes } = parcel;
    this.#keep(session, { header: header.slice(), peer, parcel: wire.keep(parcel, false), bytes });
  }

  /** A session has ended: nobody will take what was kept for it. */
  drop(session: Session): void {
    const { outbox } = session;
    if (outbox === undefined) return;
    session.outbox = undefined;
    this.#blocked.delete(session);
    this.#common.counts.undeliverable += outbox.letters.length;
    for (const letter of outbox.letters) this.#release(letter);
  }

  /** Tries again what was kept. */
  override fire(nowMs: number): void {
    for (const session of this.#blocked) this.#empty(session);
    if (this.#blocked.size > 0) this.#common.wheel.set(this, nowMs + retryMs);
  }

  #empty(session: Session): void {
    const outbox = session.outbox as Outbox;
    let taken = 0;
    for (const letter of outbox.letters) {
      const result = this.#send(session, letter);
      if (result === "full") break;
      taken++;
      outbox.bytes -= letter.bytes;
      if (result === "sent") continue;
      this.#common.counts.undeliverable++;
      this.#release(letter);
    }
    outbox.letters.splice(0, taken);
    if (outbox.letters.length > 0) return;
    session.outbox = undefined;
    this.#blocked.delete(session);
  }

  #send(session: Session, letter: Letter): WireResult {
    const { wire } = this.#common;
    if ("frames" in letter) return wire.send(session.identity, letter.frames);
    const { header, peer, parcel } = letter;
    return wire.forward(session.identity, header, peer, peer.length, parcel, false);
  }

  #keep(session: Session, letter: Letter): void {
    const outbox = session.outbox ??= { letters: [], bytes: 0 };
    this.#blocked.add(session);
    outbox.letters.push(letter);
    outbox.bytes += letter.bytes;
    if (this.slot < 0) this.#common.wheel.set(this, this.#common.nowMs + retryMs);
    if (outbox.letters.length > outboxMessagesMax || outbox.bytes > outboxBytesMax) {
      this.#onSlow(session);
    }
  }

  #release(letter: Letter): void {
    if ("parcel" in letter) this.#common.wire.release(letter.parcel);
  }
}

function sizeOf(frames: readonly Uint8Array[]): number {
  return frames.reduce((bytes, frame) => bytes + frame.length, 0);
}
