/**
 * The plain dialect's answer: the same frames, the first prefixed by `ACK: `.
 *
 * @module
 */

import * as limits from "../protocol/limits.ts";
import type { Message } from "../zmq/message.ts";
import type { SendResult, Socket } from "../zmq/socket.ts";
import type { Intake } from "./intake.ts";

/** A payload frame, or its beginning. */
export interface PayloadFrame {
  /** Its first 4,096 bytes at the most. */
  readonly bytes: Uint8Array;
  /** Its whole length in bytes. */
  readonly size: number;
}

const prefix = new TextEncoder().encode("ACK: ");
const noBytes = new Uint8Array(new ArrayBuffer(0));
const answerBytes = 4096;

/** Answers plain messages. */
export class Echo {
  readonly #router: Socket;
  readonly #intake: Intake;
  readonly #rest: Message;
  #answer = answerBuffer(answerBytes);

  /** @param rest a frame of its own; closed by whoever gave it */
  constructor(router: Socket, intake: Intake, rest: Message) {
    this.#router = router;
    this.#intake = intake;
    this.#rest = rest;
  }

  /**
   * Answers the message whose first frame was received; receives the rest of it as well. A REQ
   * peer's empty delimiter is kept in front.
   *
   * @param record where to note its payload frames, when somebody wants them
   */
  answer(record: PayloadFrame[] | undefined): SendResult {
    const { identity, identityLength } = this.#intake;
    const outcome = this.#router.send(identity, identityLength, true);
    this.#passFrames(outcome === "sent", record);
    return outcome;
  }

  /** Receives the rest of the message whose first frame was received, and does not answer it. */
  skip(record: PayloadFrame[] | undefined): void {
    this.#passFrames(false, record);
  }

  /**
   * Receives the frames and, where there is someone to hear it, sends them back. libzmq takes and
   * gives a message whole: once its first frame is in, the rest cannot fail.
   */
  #passFrames(sending: boolean, record: PayloadFrame[] | undefined): void {
    let frame = this.#intake.first;
    let size = this.#intake.firstSize;
    let more = this.#intake.hasMore;
    let isFirst = true;
    let isPrefixed = false;
    for (;;) {
      const isDelimiter = isFirst && size === 0 && more;
      isFirst = false;
      if (!isDelimiter) record?.push(beginning(frame, size));
      if (sending) {
        // The first frame is not moved away: what it tells of its connection may yet be asked for.
        if (isDelimiter) this.#router.send(noBytes, 0, more);
        else if (isPrefixed) this.#router.sendMessage(frame, more);
        else this.#sendPrefixed(frame, size, more);
        isPrefixed ||= !isDelimiter;
      }
      if (!more) break;
      frame = this.#rest;
      size = this.#router.receive(frame);
      more = frame.more;
    }
  }

  #sendPrefixed(frame: Message, size: number, more: boolean): void {
    const length = prefix.length + size;
    if (length > this.#answer.whole.length) this.#answer = answerBuffer(2 * length);
    frame.copyTo(this.#answer.body, size);
    this.#router.send(this.#answer.whole, length, more);
    if (this.#answer.whole.length > limits.answerBytesKept) {
      this.#answer = answerBuffer(answerBytes);
    }
  }
}

function beginning(frame: Message, size: number): PayloadFrame {
  const bytes = new Uint8Array(Math.min(size, limits.printedBytesMax));
  frame.copyTo(bytes, bytes.length);
  return { bytes, size };
}

/** Room for an answer, its prefix in place. Both parts are made once: no object for each message. */
function answerBuffer(bytes: number): { readonly whole: Uint8Array; readonly body: Uint8Array } {
  const whole = new Uint8Array(new ArrayBuffer(bytes));
  whole.set(prefix);
  return { whole, body: whole.subarray(prefix.length) };
}
