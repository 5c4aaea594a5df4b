/**
 * Something asked of a broker, from the moment it is asked to its end.
 *
 * @module
 */

import { byteCount } from "../bytes.ts";
import type { Received } from "./connection.ts";
import { localError, type PeerError } from "./peer_error.ts";
import type { Welcome } from "../protocol/greeting.ts";
import { encodeHeader, flags, verbs } from "../protocol/header.ts";
import { Timer } from "../routing/wheel.ts";
import type { Outgoing } from "./session.ts";

/** What to ask, and who hears the answers. */
export interface Ask {
  readonly verb: number;
  /** What it does, as in `Cannot ask "web-3": …`. */
  readonly deed: string;
  /** Flags, but for LIMIT. */
  readonly flags?: number;
  /** Who is meant, or which pattern; a frame of its own. */
  readonly peer?: Uint8Array | undefined;
  readonly body?: readonly Uint8Array[];
  /** Whether it changes nothing, so that it is asked again when the connection was lost. */
  readonly isRepeatable?: boolean;
  /** Whether it ends with being sent. */
  readonly isOneWay?: boolean;
  /** Whether it goes on after its first answer, for as long as it is wanted. */
  readonly isEndless?: boolean;
  /** It is asked anew, on another connection: what was heard up to now counts no more. */
  restart?(): void;
  /** An answer, the last one too. */
  take(answer: Received): void;
  /** It failed for one of several peers. */
  failedFor?(error: PeerError): void;
  /** All is answered, or it has been sent where that is all. */
  done(): void;
  /** It failed as a whole; with the signal's reason when it was aborted. */
  failed(reason: unknown): void;
}

/** What a call asks of the table it stands in. */
export interface CallOwner {
  /** It is time: the limit has passed. */
  expired(call: Call, nowMs: number): void;
  /** It has been sent. */
  sent(call: Call): void;
  /** It cannot be sent. */
  refused(call: Call, error: PeerError): void;
}

/** One call, its limit as its timer. */
export class Call extends Timer implements Outgoing {
  readonly id: bigint;
  readonly ask: Ask;
  readonly timeoutMs: number;
  /** Aborts it. */
  readonly signal: AbortSignal | undefined;
  /** What is called when it is aborted. */
  onAbort: (() => void) | undefined;
  /** Whether libzmq has taken it, on the session there is. */
  isSent = false;
  /** When it is too late, of `performance.now`. */
  limitMs: number;
  readonly #owner: CallOwner;

  constructor(
    owner: CallOwner,
    id: bigint,
    ask: Ask,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ) {
    super();
    this.#owner = owner;
    this.id = id;
    this.ask = ask;
    this.timeoutMs = timeoutMs;
    this.signal = signal;
    this.limitMs = performance.now() + timeoutMs;
  }

  override fire(nowMs: number): void {
    this.#owner.expired(this, nowMs);
  }

  frames(welcome: Welcome, nowMs: number): readonly Uint8Array[] | undefined {
    const { verb, peer, body = [] } = this.ask;
    const bytes = byteCount(body);
    if (bytes > welcome.messageBytes || body.length > welcome.frames) {
      this.#owner.refused(this, this.#tooLarge(bytes, body.length, welcome));
      return undefined;
    }
    const hasLimit = verb === verbs.request || verb === verbs.send;
    const bits = (this.ask.flags ?? 0) | (hasLimit ? flags.limit : 0);
    const frames = [encodeHeader(verb, this.id, { flags: bits })];
    if (peer !== undefined) frames.push(peer);
    if (hasLimit) frames.push(limitFrame(this.limitMs - nowMs, welcome.limitMsMax));
    frames.push(...body);
    return frames;
  }

  sent(): void {
    this.isSent = true;
    this.#owner.sent(this);
  }

  #tooLarge(bytes: number, frames: number, welcome: Welcome): PeerError {
    return localError(
      "too-large",
      `Cannot ${this.ask.deed}: the body has ${bytes} bytes in ${frames} frames; the broker takes ` +
        `at most ${welcome.messageBytes} bytes in ${welcome.frames} frames`,
    );
  }
}

/** What is left of the limit, for the broker: whole milliseconds, one at least. */
function limitFrame(leftMs: number, maxMs: number): Uint8Array {
  const frame = new Uint8Array(4);
  const limitMs = Math.min(Math.max(Math.ceil(leftMs), 1), maxMs);
  new DataView(frame.buffer).setUint32(0, limitMs, true);
  return frame;
}
