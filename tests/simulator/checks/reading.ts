// What docs/protocol.md says of one message, by its bytes alone.

import type { ErrorCode } from "../../../src/protocol/codes.ts";
import { isGlob } from "../../../src/protocol/glob.ts";
import { type Hello, parseHello } from "../../../src/protocol/greeting.ts";
import { flags, headerOffset, verbs } from "../../../src/protocol/header.ts";
import { whyNoCallsign } from "../../../src/protocol/identity.ts";
import { bodyFramesMax, jsonBytesMax } from "../../../src/protocol/limits.ts";
import type { RoutingSettings } from "../../../src/routing/wire.ts";
import { bytesOf, type Frames, type Id, idOf, keyOf, limitOf, statusOf } from "../frames.ts";

/** Who is meant by a `peer` frame. */
export type Target =
  | { readonly kind: "session"; readonly key: string }
  | { readonly kind: "group"; readonly group: string }
  | { readonly kind: "several"; readonly pattern: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "nobody" };

/** One message, understood. */
export interface Reading {
  readonly version: number;
  readonly verb: number;
  readonly flags: number;
  readonly status: number;
  readonly id: Id;
  /** When there are any, one of these is the answer. */
  readonly faults: readonly ErrorCode[];
  /** Answers that the contract leaves open, beside the usual one. */
  readonly leeway: readonly ErrorCode[];
  /** The frame after the header. */
  readonly peer: Uint8Array;
  readonly target: Target;
  /** Milliseconds; of SEND and REQUEST. */
  readonly limitMs: number;
  readonly body: Frames;
  readonly hello: Hello | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true });
const nothing = new Uint8Array(0);
const nobody: Target = { kind: "nobody" };

/** How many frames may follow the header, and which flags there are. */
const shapes: Readonly<Record<number, readonly [low: number, high: number, flags: number]>> = {
  [verbs.hello]: [1, 1, 0],
  [verbs.heartbeat]: [0, 0, 0],
  [verbs.disconnect]: [0, 1, 0],
  [verbs.send]: [1, Infinity, flags.receipt | flags.limit | flags.hold],
  [verbs.request]: [1, Infinity, flags.limit | flags.hold],
  [verbs.reply]: [1, Infinity, flags.stderr],
  [verbs.ack]: [1, 1, 0],
  [verbs.list]: [0, 1, 0],
  [verbs.watch]: [0, 1, 0],
  [verbs.stats]: [0, 0, 0],
  [verbs.kick]: [1, 1, 0],
  [verbs.cancel]: [0, 0, 0],
};

/** Reads a message whose first frame is a header. */
export function read(frames: Frames, settings: RoutingSettings): Reading {
  const header = frames[0] as Uint8Array;
  const verb = header[headerOffset.verb] as number;
  const bits = header[headerOffset.flags] as number;
  const faults = new Set<ErrorCode>();
  const leeway = new Set<ErrorCode>();
  const peer = frames[1] ?? nothing;
  const isAsk = verb === verbs.send || verb === verbs.request;
  const body = frames.slice(isAsk && (bits & flags.limit) !== 0 ? 3 : 2);
  const shape = shapes[verb];
  const status = statusOf(header);
  if (header[headerOffset.zero] !== 0) faults.add("bad-message");
  if (shape === undefined) faults.add("unknown-verb");
  else if (!isOfShape(shape, frames.length - 1, bits)) faults.add("bad-message");
  if (status !== 0 && verb !== verbs.reply) leeway.add("bad-message");
  if (isAsk || verb === verbs.reply) addSizeFaults(body, settings, faults);
  const target = isAsk ? targetOf(peer) : nobody;
  if (isAsk) {
    addAskFaults(frames, bits, target, settings, faults, leeway);
    addNameFaults(peer, faults, leeway);
  } else if (verb === verbs.reply || verb === verbs.ack) addNameFaults(peer, faults, leeway);
  else if (frames.length > 1 && verb !== verbs.disconnect) addNameFaults(peer, leeway, leeway);
  const hello = verb === verbs.hello ? helloOf(peer) : undefined;
  if (verb === verbs.hello && hello === undefined) faults.add("bad-message");
  return {
    version: header[headerOffset.version] as number,
    verb,
    flags: bits,
    status,
    id: idOf(header),
    faults: [...faults],
    leeway: [...leeway],
    peer,
    target,
    limitMs: (bits & flags.limit) !== 0 && frames[2]?.length === 4
      ? limitOf(frames[2])
      : settings.limitMs,
    body,
    hello,
  };
}

function isOfShape(
  [low, high, known]: readonly [number, number, number],
  count: number,
  bits: number,
): boolean {
  return count >= low && count <= high && (bits & ~known) === 0;
}

function addSizeFaults(body: Frames, settings: RoutingSettings, faults: Set<ErrorCode>): void {
  if (body.length > bodyFramesMax || bytesOf(body) > settings.messageBytes) faults.add("too-large");
}

function addAskFaults(
  frames: Frames,
  bits: number,
  target: Target,
  { limitMsMax }: RoutingSettings,
  faults: Set<ErrorCode>,
  leeway: Set<ErrorCode>,
): void {
  const hasLimit = (bits & flags.limit) !== 0;
  const limit = frames[2];
  if (hasLimit) {
    const limitMs = limit?.length === 4 ? limitOf(limit) : 0;
    if (limitMs < 1 || limitMs > limitMsMax) faults.add("bad-message");
  }
  if ((bits & flags.hold) === 0) return;
  if (!hasLimit || target.kind === "several") faults.add("bad-message");
  if (target.kind === "session" || target.kind === "nobody") leeway.add("bad-message");
}

/** No name is empty, or longer than an identity. */
function addNameFaults(
  peer: Uint8Array,
  faults: Set<ErrorCode>,
  leeway: Set<ErrorCode>,
): void {
  if (peer.length === 0 || peer.length > 255) faults.add("bad-message");
  if (!isPrintable(peer)) leeway.add("bad-message");
}

function isPrintable(bytes: Uint8Array): boolean {
  try {
    return !/[\p{C}\s]/u.test(decoder.decode(bytes));
  } catch {
    return false;
  }
}

function helloOf(frame: Uint8Array): Hello | undefined {
  if (frame.length > jsonBytesMax) return undefined;
  const hello = parseHello(frame);
  return typeof hello === "string" ? undefined : hello;
}

/** Who a `peer` frame means; docs/protocol.md, section 5. */
export function targetOf(peer: Uint8Array): Target {
  if (peer.includes(0x1f)) return { kind: "session", key: keyOf(peer) };
  let text: string;
  try {
    text = decoder.decode(peer);
  } catch {
    return nobody;
  }
  if (text.startsWith("@")) {
    const group = text.slice(1);
    return whyNoCallsign(group) === undefined ? { kind: "group", group } : nobody;
  }
  if (isGlob(text)) return { kind: "several", pattern: text };
  if (text.startsWith("0x")) {
    // Only plain peers are called so, in lower case.
    const isHex = /^0x([0-9a-f]{2})+$/i.test(text);
    return isHex ? { kind: "name", name: text.toLowerCase() } : nobody;
  }
  return whyNoCallsign(text) === undefined ? { kind: "name", name: text } : nobody;
}
