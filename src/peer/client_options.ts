/**
 * What a client can be told.
 *
 * @module
 */

import type { NativeLibrary } from "../ffi/native.ts";
import type { OnMessage } from "./letter.ts";
import type { PeerError } from "./peer_error.ts";

/** What a client needs to know; everything has a default. */
export interface ClientOptions {
  /** Brokers to use, the next one when one is not there; default `tcp://localhost:5555`. */
  readonly connect?: readonly string[] | undefined;
  /** Its callsign; default `client-` and eight random characters. */
  readonly name?: string | undefined;
  /** What it runs, for people to read, at most 128 characters; default our version and its process. */
  readonly agent?: string | undefined;
  /**
   * Whether to wait for a broker when none is there; default true. Without it all that was asked fails
   * once each of them was tried in vain, with a `ConnectionError`.
   */
  readonly waitForBroker?: boolean | undefined;
  /**
   * Whether waiting may block this thread, some 10 ms at a time; default false. A program that does
   * nothing but ask and wait starts and ends sooner with it.
   */
  readonly mayBlock?: boolean | undefined;
  /** Time limit of what names none, in ms; default 60000. */
  readonly timeoutMs?: number | undefined;
  /** Ends everything that was asked, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Takes messages for its name; as a worker's. */
  readonly onMessage?: OnMessage | undefined;
  /** Told of messages without a receipt that could not be delivered. */
  readonly onUndelivered?: ((error: PeerError) => void) | undefined;
  /** Told in a sentence of what goes wrong and is tried again. */
  readonly onTrouble?: ((text: string) => void) | undefined;
  /** How long closing waits for the broker to hear the last messages, in ms; default 1000. */
  readonly lingerMs?: number | undefined;
  /** The libzmq to use; default: as the loader finds it. */
  readonly library?: NativeLibrary | undefined;
}

/** How to ask. */
export interface AskOptions {
  /** Until it has ended, the time to connect included, in ms; default the client's. */
  readonly timeoutMs?: number | undefined;
  /** Ends it early, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How to request. */
export interface RequestOptions extends AskOptions {
  /** Whether the broker keeps it while nobody of that name is there. */
  readonly hold?: boolean | undefined;
  /** Told when the broker keeps it, because nobody of that name is there. */
  readonly onHeld?: (() => void) | undefined;
}

/** How to send. */
export interface SendOptions extends RequestOptions {
  /** Whether the peer is to confirm it; without it, `onHeld` is not told either. */
  readonly receipt?: boolean | undefined;
}
