/**
 * HELLO and WELCOME: who a peer is, and what its broker asks of it.
 *
 * @module
 */

import { whyNoCallsign } from "./identity.ts";
import * as limits from "./limits.ts";

/** What a peer does: a worker takes requests, a client does not. */
export type Role = "worker" | "client";

/** The JSON of HELLO; docs/protocol.md, section 3. */
export interface Hello {
  readonly role: Role;
  /** Drawn at random once for each process. */
  readonly instance: string;
  /** Names without `@`. */
  readonly groups: readonly string[];
  /** Requests taken at once; 0 for a client. */
  readonly capacity: number;
  /** What it runs, for people to read. */
  readonly agent: string;
}

/** The JSON of WELCOME. */
export interface Welcome {
  /** Random, new with each start of the broker. */
  readonly broker: string;
  /** Of the broker's software. */
  readonly version: string;
  readonly heartbeatMs: number;
  readonly goneAfterMs: number;
  /** Of a message that names none. */
  readonly limitMs: number;
  readonly limitMsMax: number;
  /** Largest body, all its frames together. */
  readonly messageBytes: number;
  /** Most frames of a body. */
  readonly frames: number;
}

/** Largest number of a WELCOME: times go into timers, which take no more. */
const welcomeNumberMax = 2 ** 31 - 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The frame of a JSON value. */
export function encodeJson(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/**
 * The value of a JSON frame.
 *
 * @returns undefined when it is not UTF-8, or not JSON
 */
export function decodeJson(frame: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(frame));
  } catch {
    return undefined;
  }
}

/**
 * Reads the JSON of a HELLO.
 *
 * @param frame as it came from the wire
 * @returns what it says, or a sentence about what is wrong with it
 */
export function parseHello(frame: Uint8Array): Hello | string {
  if (frame.length > limits.jsonBytesMax) {
    return `HELLO takes at most ${limits.jsonBytesMax} bytes, not ${frame.length}`;
  }
  const json = asObject(decodeJson(frame));
  if (json === undefined) return "HELLO takes one JSON object";
  const { role, instance, groups = [], agent = "" } = json;
  if (role !== "worker" && role !== "client") return 'role must be "worker" or "client"';
  const { capacity = role === "worker" ? 1 : 0 } = json;
  if (!isWord(instance, limits.instanceCharactersMax)) {
    return `instance must be 1 to ${limits.instanceCharactersMax} printable ASCII characters`;
  }
  if (!isListOfGroups(groups)) {
    return `groups must be at most ${limits.groupsMax} names, without @`;
  }
  if (!isWholeNumber(capacity, limits.capacityMax)) {
    return `capacity must be a number from 0 to ${limits.capacityMax}`;
  }
  if (typeof agent !== "string" || [...agent].length > limits.agentCharactersMax) {
    return `agent must be at most ${limits.agentCharactersMax} characters`;
  }
  const unique = [...new Set(groups)];
  return { role, instance, groups: unique, capacity: role === "client" ? 0 : capacity, agent };
}

/**
 * Reads the JSON of a WELCOME.
 *
 * @returns undefined when something that must be there is not
 */
export function parseWelcome(frame: Uint8Array): Welcome | undefined {
  const json = asObject(decodeJson(frame));
  if (json === undefined) return undefined;
  const { broker, version } = json;
  const numbers = ["heartbeatMs", "goneAfterMs", "limitMs", "limitMsMax", "messageBytes", "frames"];
  if (typeof broker !== "string" || typeof version !== "string") return undefined;
  if (!numbers.every((name) => isWholeNumber(json[name], welcomeNumberMax))) {
    return undefined;
  }
  if (numbers.some((name) => json[name] === 0)) return undefined;
  return json as unknown as Welcome;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value as Record<string, unknown> : undefined;
}

function isWord(value: unknown, charactersMax: number): value is string {
  return typeof value === "string" && value.length <= charactersMax && /^[\x21-\x7e]+$/.test(value);
}

function isWholeNumber(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}

function isListOfGroups(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= limits.groupsMax &&
    value.every((name) => typeof name === "string" && whyNoCallsign(name) === undefined);
}
