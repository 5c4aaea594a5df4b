// Messages as frames, and frames as text.

import { flags, headerBytes, verbs } from "../../src/protocol/header.ts";
import { printableFrame } from "../../src/protocol/text.ts";

/** A message without its sender's identity. */
export type Frames = readonly Uint8Array[];

/** A correlation id: a number while that is exact. */
export type Id = number | bigint;

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The frame of a header, written without the code under test. */
export function header(verb: number, id: Id, flagBits = 0, status = 0): Uint8Array {
  const frame = new Uint8Array(headerBytes);
  frame[0] = 0x43;
  frame[1] = 0x53;
  frame[2] = 1;
  frame[3] = verb;
  frame[4] = flagBits;
  frame[6] = status & 0xff;
  frame[7] = status >> 8;
  let rest = id;
  for (let i = 8; i < 16; i++) {
    if (typeof rest === "number") {
      frame[i] = rest % 256;
      rest = Math.floor(rest / 256);
    } else {
      frame[i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
  }
  return frame;
}

function u32(frame: Uint8Array, at: number): number {
  return ((frame[at] as number) | (frame[at + 1] as number) << 8 |
    (frame[at + 2] as number) << 16 | (frame[at + 3] as number) << 24) >>> 0;
}

/** The id of a header frame. */
export function idOf(frame: Uint8Array): Id {
  const high = u32(frame, 12);
  const low = u32(frame, 8);
  return high < 0x20_0000 ? high * 0x1_0000_0000 + low : BigInt(high) << 32n | BigInt(low);
}

/** The status of a header frame. */
export function statusOf(frame: Uint8Array): number {
  return (frame[6] as number) | (frame[7] as number) << 8;
}

/** A `limit` frame. */
export function limitFrame(ms: number): Uint8Array {
  return Uint8Array.of(ms & 0xff, ms >> 8 & 0xff, ms >> 16 & 0xff, ms >>> 24);
}

/** The value of a `limit` frame of four bytes. */
export function limitOf(frame: Uint8Array): number {
  return u32(frame, 0);
}

/** Bytes as a key: one character a byte. */
export function keyOf(bytes: Uint8Array, length: number = bytes.length): string {
  let key = "";
  for (let i = 0; i < length; i++) key += String.fromCharCode(bytes[i] as number);
  return key;
}

/** Whether these are the very same frames. */
export function areSame(a: Frames, b: Frames): boolean {
  return a.length === b.length && a.every((frame, i) => frame === b[i]);
}

/** How many bytes a body has. */
export function bytesOf(body: Frames): number {
  let bytes = 0;
  for (const frame of body) bytes += frame.length;
  return bytes;
}

const verbNames: ReadonlyMap<number, string> = new Map(
  Object.entries(verbs).map(([name, number]) => [number, name.toUpperCase()]),
);

/** A message as one line. */
export function describe(frames: Frames): string {
  const [first, ...rest] = frames;
  if (first === undefined) return "(no frames)";
  const shown = rest.map((frame) => printableFrame(frame.subarray(0, 200), frame.length));
  if (first.length !== headerBytes || first[0] !== 0x43 || first[1] !== 0x53) {
    return `plain ${[printableFrame(first.subarray(0, 80), first.length), ...shown].join(" | ")}`;
  }
  const verb = verbNames.get(first[3] as number) ?? `verb ${first[3]}`;
  const version = first[2] === 1 ? "" : ` version ${first[2]}`;
  const bits = Object.entries(flags).filter(([, bit]) => ((first[4] as number) & bit) !== 0)
    .map(([name]) => ` ${name}`).join("");
  return `${verb}${version} #${idOf(first)}${bits} status ${statusOf(first)} ${shown.join(" | ")}`;
}
