/**
 * Steps 5 and 6: who listens speaks ZMTP 3, and would talk to us (rfc.zeromq.org/spec/37).
 *
 * @module
 */

import { printableFrame } from "../../protocol/text.ts";
import { durationText } from "../flag.ts";
import type { RawConnection } from "./raw_connection.ts";
import { type Finding, StepFailure } from "./step.ts";

/** Bytes of a greeting: signature 10, version 2, mechanism 20, as-server 1, and 31 of nothing. */
const greetingBytes = 64;
const signatureBytes = 10;
const mechanismStart = 12;
const mechanismEnd = 32;

/** As many bytes as tell a signature or HTTP from anything else. */
const tellingBytes = 5;

/** Of who does not speak ZeroMQ, so much is shown. */
const shownBytes = 48;

/** Versions before 3.0, by the number that stands for them. */
const olderVersions = ["1.0", "2.0", "2.1"] as const;

/** The only one this version speaks. */
const ourMechanism = "NULL";

const otherServer = "Another kind of server listens there: check the address and the port";

/** Our own greeting, ZMTP 3.1. */
export function ourGreeting(): Uint8Array {
  const greeting = new Uint8Array(greetingBytes);
  greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]);
  greeting.set(new TextEncoder().encode(ourMechanism), mechanismStart);
  return greeting;
}

/**
 * Exchanges greetings.
 *
 * @param timeoutMs how long it may take
 * @returns the whole greeting of the other side
 * @throws {StepFailure} when there is none, or it is not of ZMTP 3
 */
export async function greet(
  connection: RawConnection,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Finding<Uint8Array>> {
  connection.write(ourGreeting());
  // Who speaks ZeroMQ has begun by now. Many servers of lines say what they are once they have one.
  const prompt = setTimeout(() => {
    if (connection.received.length === 0) connection.write(Uint8Array.of(13, 10, 13, 10));
  }, timeoutMs / 2);
  try {
    await connection.wait(isEnough, signal);
  } finally {
    clearTimeout(prompt);
  }
  const { received, hasEnded } = connection;
  if (!isEnough(received)) throw unfinished(received, hasEnded, timeoutMs);
  if (!hasSignature(received)) throw foreign(received);
  const [major = 0, minor = 0] = received.subarray(signatureBytes);
  if (major < 3) {
    throw new StepFailure(
      `it speaks ZMTP ${olderVersions[major]}; callsign needs 3.0 or later`,
      "Let the other side use libzmq 4.3.3 or later",
    );
  }
  return { detail: `ZMTP ${major}.${minor}`, value: received };
}

/**
 * Looks at the mechanism that a greeting asks for.
 *
 * @throws {StepFailure} for any that is not ours
 */
export function checkMechanism(greeting: Uint8Array): Finding {
  const field = greeting.subarray(mechanismStart, mechanismEnd);
  // Zero bytes fill the rest of it.
  const end = field.findLastIndex((byte) => byte !== 0) + 1;
  const mechanism = printableFrame(field.subarray(0, end));
  if (mechanism === ourMechanism) return { detail: mechanism, value: undefined };
  const isKnown = ["PLAIN", "CURVE", "GSSAPI"].includes(mechanism);
  throw new StepFailure(
    `it asks for ${isKnown ? mechanism : `"${mechanism}"`}; we offer ${ourMechanism}`,
    `Let it take ${ourMechanism} where only trusted peers reach it: callsign speaks no other yet`,
  );
}

/** Whether there is nothing to wait for: a whole greeting, an older one's version, or no greeting. */
function isEnough(received: Uint8Array): boolean {
  if (!hasSignature(received)) return received.length >= tellingBytes;
  const version = received[signatureBytes];
  return received.length >= greetingBytes || (version !== undefined && version < 3);
}

/** Whether it begins as every ZMTP from 2.0 on does, as far as it goes. */
function hasSignature(received: Uint8Array): boolean {
  const [first = 0xff] = received;
  return first === 0xff && (received[signatureBytes - 1] ?? 0x7f) === 0x7f;
}

function foreign(received: Uint8Array): StepFailure {
  const end = received.findIndex((byte) => byte === 13 || byte === 10);
  const said = end > 0 ? received.subarray(0, end) : received;
  const text = printableFrame(said.subarray(0, shownBytes), said.length);
  const what = text.startsWith("HTTP/") ? "it is an HTTP server" : "it does not speak ZeroMQ";
  return new StepFailure(`${what}: it says "${text}"`, otherServer);
}

function unfinished(received: Uint8Array, hasEnded: boolean, timeoutMs: number): StepFailure {
  const bytes = `${received.length} of ${greetingBytes} bytes of a greeting`;
  if (hasEnded) {
    return new StepFailure(
      received.length === 0
        ? "it closes the connection without a word"
        : `it closes after ${bytes}`,
      `${otherServer}, and what is in between (a proxy, a forwarded port)`,
    );
  }
  const time = durationText(timeoutMs);
  return new StepFailure(
    received.length === 0 ? `it says nothing within ${time}` : `it says ${bytes} within ${time}`,
    "See whether the broker hangs, or whether another kind of server listens there",
  );
}
