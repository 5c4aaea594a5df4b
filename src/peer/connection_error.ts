/**
 * The error of a peer that will not reach its broker.
 *
 * @module
 */

/** Why a peer gave up: it is told not to try again, there is nowhere to go, or it does not wait. */
export class ConnectionError extends Error {
  /** The name of the class. */
  override readonly name = "ConnectionError";
  /**
   * `unresolved`: no such host; `denied`: the broker's authentication refused us; `absent`: there is
   * no broker now, and this peer was not to wait for one.
   */
  readonly failure: "unresolved" | "denied" | "absent";

  /** Made by workers and clients; `message` says where to, and why not. */
  constructor(failure: ConnectionError["failure"], message: string) {
    super(message);
    this.failure = failure;
  }
}

/**
 * The error for a host without an address.
 *
 * @param endpoint as the user wrote it
 */
export function unresolved(endpoint: string): ConnectionError {
  return new ConnectionError(
    "unresolved",
    `Cannot connect to ${JSON.stringify(endpoint)}: the host cannot be resolved; ` +
      "check its name, or use an IP address",
  );
}

/**
 * The error for a broker whose authentication refuses us.
 *
 * @param endpoint as the user wrote it
 * @param status the status code of its answer, such as 400
 */
export function denied(endpoint: string, status: number): ConnectionError {
  return new ConnectionError(
    "denied",
    `Cannot connect to ${JSON.stringify(endpoint)}: refused by its authentication (${status})`,
  );
}

/**
 * The error for brokers none of which is there.
 *
 * @param reasons what was found at each
 */
export function noBroker(reasons: readonly string[]): ConnectionError {
  const text = [...new Set(reasons)].join("; ");
  return new ConnectionError("absent", `Cannot reach a broker: ${text}`);
}
