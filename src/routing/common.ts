/**
 * What all parts of the core share: the settings, the wire, the time, and the counts.
 *
 * @module
 */

import type { ErrorCode } from "../protocol/codes.ts";
import type { RoutingCounts } from "../protocol/roster.ts";
import { Wheel } from "./wheel.ts";
import type { RoutingSettings, Wire } from "./wire.ts";

/** Made once by the {@linkcode Switchboard} and handed to each part. */
export class Common {
  readonly settings: RoutingSettings;
  readonly wire: Wire;
  readonly wheel: Wheel;
  /** A random number for hash tables, from the broker's random name. */
  readonly seed: number;
  /** The time as last told. */
  nowMs: number;
  /** The silence of peers counts from here at the earliest: before, nobody listened. */
  listeningSinceMs: number;
  readonly counts: RoutingCounts = {
    received: 0,
    requests: 0,
    sends: 0,
    replied: 0,
    delivered: 0,
    confirmed: 0,
    failed: {},
    unheard: 0,
    held: 0,
    refused: {},
    late: 0,
    undeliverable: 0,
    joins: 0,
    leaves: 0,
    turnedAway: 0,
    silent: 0,
  };

  /** Begins at a time, with nothing counted. */
  constructor(settings: RoutingSettings, wire: Wire, nowMs: number) {
    this.settings = settings;
    this.wire = wire;
    this.nowMs = nowMs;
    this.listeningSinceMs = nowMs;
    this.wheel = new Wheel(nowMs);
    let seed = 0x811c9dc5;
    for (const character of settings.broker) {
      seed = Math.imul(seed ^ (character.codePointAt(0) as number), 0x01000193);
    }
    this.seed = seed;
  }
}

/** Counts one more of a code. */
export function countCode(counts: Partial<Record<ErrorCode, number>>, code: ErrorCode): void {
  counts[code] = (counts[code] ?? 0) + 1;
}
