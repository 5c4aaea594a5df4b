/**
 * The broker's core: who is there, and what becomes of each message.
 *
 * Pure: everything outside comes through a {@linkcode Wire} and the time it is told.
 *
 * @module
 */

import type { Incoming, Observer, RoutingSettings, Wire } from "./wire.ts";
import type { Report } from "../protocol/roster.ts";

/** Routes between the peers of one broker. */
export class Switchboard {
  /** @param nowMs the time, monotonic, in ms; told anew by {@linkcode Switchboard.tick} */
  constructor(settings: RoutingSettings, wire: Wire, nowMs: number, observer: Observer = {}) {
    void [settings, wire, nowMs, observer];
  }

  /**
   * Takes one callsign/1 message: a first frame for which `isHeader` holds. Never throws, whatever
   * the bytes are. Uses `incoming` during the call only.
   */
  receive(incoming: Incoming): void {
    void incoming;
  }

  /**
   * Takes notice of one plain message.
   *
   * @returns why its sender is refused, as the sentence to answer it with; undefined when the message
   *   is to be answered as the plain dialect does
   */
  receivePlain(incoming: Incoming): string | undefined {
    void incoming;
    return undefined;
  }

  /** A connection was accepted. Descriptors are used again: a new one may have the number of an old. */
  accepted(descriptor: number): void {
    void descriptor;
  }

  /**
   * A connection has ended. Messages it brought may still be unread: its peer stays until
   * {@linkcode Switchboard.caughtUp}, or until the peer speaks by another connection.
   */
  disconnected(descriptor: number): void {
    void descriptor;
  }

  /** All messages that had arrived before the last call of `disconnected` have been received. */
  caughtUp(): void {
  }

  /** Tells the time: ends what is due, and tries again what could not be sent. */
  tick(nowMs: number): void {
    void nowMs;
  }

  /** When {@linkcode Switchboard.tick} should next be called at the latest; Infinity when never. */
  get nextDueMs(): number {
    return Infinity;
  }

  /** Ends everything that is open, each with its answer, and says goodbye to every peer. */
  close(): void {
  }

  /** What was counted, and how much there is now. */
  report(): Report {
    throw new Error("not yet");
  }
}
