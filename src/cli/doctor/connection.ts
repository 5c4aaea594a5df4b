/**
 * Step 4: somebody listens there.
 *
 * @module
 */

import { durationText } from "../flag.ts";
import { type Barred, barredBy, type Place, placeText, startAdvice } from "./place.ts";
import { RawConnection } from "./raw_connection.ts";
import { type Finding, StepFailure, StepTimeout } from "./step.ts";

/**
 * Connects, without ZeroMQ.
 *
 * @param timeoutMs how long it may take
 * @returns the connection; none where only libzmq can make one
 * @throws {StepFailure} when nobody answers
 */
export async function connect(
  place: Place,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Finding<RawConnection | undefined>> {
  if (place.transport === "other") return notTried(place);
  const address = place.transport === "ipc"
    ? { path: place.path }
    : { host: place.host, port: place.port };
  try {
    const connection = await RawConnection.open(address, signal);
    return { detail: `connected to ${placeText(place)}`, value: connection };
  } catch (error) {
    const barred = barredBy(error);
    if (barred !== undefined) return notTried(barred);
    if (error instanceof StepTimeout) throw silence(place, timeoutMs);
    const { code = "unknown" } = error as { code?: string };
    throw connectionFailure(place, code);
  }
}

/** The next steps need libzmq only, from the name on. */
function notTried({ why, advice }: Barred): Finding<undefined> {
  return {
    detail: `not tried, nor are steps 5 and 6: ${why}`,
    advice: `${advice}, to have them tried`,
    value: undefined,
  };
}

function silence(place: Place, timeoutMs: number): StepFailure {
  return new StepFailure(
    `no answer from ${placeText(place)} within ${durationText(timeoutMs)}`,
    "Check the address, that its machine is up, and that no firewall drops what is sent there",
  );
}

/** A connection that the system has refused, by the name of its error. */
export function connectionFailure(place: Place, code: string): StepFailure {
  const where = placeText(place);
  switch (code) {
    case "ECONNREFUSED":
    case "ENOENT":
      return new StepFailure(`nobody listens at ${where}`, startAdvice(place));
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
      return new StepFailure(
        `there is no way to ${where} (${code})`,
        "Check the address, that its machine is up, and what is in between: routes, firewalls",
      );
    case "EACCES":
    case "EPERM":
      return new StepFailure(
        `no permission to connect to ${where} (${code})`,
        place.transport === "ipc"
          ? "Run it as a user who may write to that path, or let the broker listen at another"
          : "Ask whoever keeps the firewall of this machine to allow it",
      );
    case "EAGAIN":
      return new StepFailure(
        `too many wait to be let in at ${where} (${code})`,
        "See whether the broker hangs; if so, end it and start it again",
      );
    default:
      return new StepFailure(
        `cannot connect to ${where} (${code})`,
        "Check the address given with --connect",
      );
  }
}
