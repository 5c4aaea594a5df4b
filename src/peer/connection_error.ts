/**
 * The error of a peer that will not reach its broker.
 *
 * @module
 */

/** Why a peer gave up: it is told not to try again, or there is nowhere to go. */
export class ConnectionError extends Error {
  /** The name of the class. */
  override readonly name = "ConnectionError";
  /** `unresolved`: no such host; `denied`: the broker's authentication refused us. */
  readonly failure: "unresolved" | "denied";

  /** Made by workers and clients; `message` says where to, and why not. */
  constructor(failure: "unresolved" | "denied", message: string) {
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
