/**
 * Which endpoint to try next, and when.
 *
 * @module
 */

import type { ConnectionError } from "./connection_error.ts";
import * as limits from "../protocol/limits.ts";
import { checkEndpoint, EndpointError } from "../zmq/endpoint.ts";

/**
 * Endpoints to connect to, each one once.
 *
 * @throws {EndpointError} for one that cannot be, and when there is none
 */
export function checkEndpoints(endpoints: readonly string[]): readonly string[] {
  if (endpoints.length === 0) {
    throw new EndpointError("Cannot connect to nothing: give an endpoint");
  }
  for (const endpoint of endpoints) checkEndpoint(endpoint, "connect");
  return [...new Set(endpoints)];
}

/**
 * Endpoints that stand in for one another, tried in turn: at once until each has failed, and then
 * after a while that doubles, is capped, and is drawn anew each time, so that peers who lost the
 * same broker do not all come back at the same moment.
 */
export class Rotation {
  readonly #endpoints: readonly string[];
  /** Those that gave a reason not to try them again. */
  readonly #hopeless = new Set<string>();
  /** Those whose host was found once: it will be found again. */
  readonly #resolved = new Set<string>();
  #at = 0;
  #failures = 0;

  /** As {@linkcode checkEndpoints}. */
  constructor(endpoints: readonly string[]) {
    this.#endpoints = checkEndpoints(endpoints);
  }

  /** How many there are. */
  get size(): number {
    return this.#endpoints.length;
  }

  /** The one whose turn it is. */
  get endpoint(): string {
    return this.#endpoints[this.#at] as string;
  }

  /** This one took us in: from now on failures are counted anew. */
  succeeded(): void {
    this.#hopeless.delete(this.endpoint);
    this.#resolved.add(this.endpoint);
    this.#failures = 0;
  }

  /**
   * This one has failed, and may work another time: the next one has its turn.
   *
   * @returns how long to wait before it, in ms
   */
  failed(): number {
    this.#hopeless.delete(this.endpoint);
    this.#resolved.add(this.endpoint);
    return this.#advance();
  }

  /**
   * This one gave a reason not to try again; the others may work.
   *
   * @returns as {@linkcode Rotation.failed}
   * @throws {ConnectionError} the reason, when all have given one
   */
  gaveUp(reason: ConnectionError): number {
    const wasThere = reason.failure === "unresolved" && this.#resolved.has(this.endpoint);
    if (!wasThere) this.#hopeless.add(this.endpoint);
    if (this.#hopeless.size === this.#endpoints.length) throw reason;
    return this.#advance();
  }

  #advance(): number {
    const count = this.#endpoints.length;
    this.#at = (this.#at + 1) % count;
    if (++this.#failures % count !== 0) return 0;
    const doublings = this.#failures / count - 1;
    const longestMs = Math.min(limits.reconnectMinMs * 2 ** doublings, limits.reconnectMaxMs);
    return longestMs * (0.5 + Math.random() / 2);
  }
}
