/**
 * The frames of what a broker itself says.
 *
 * @module
 */

import { type ErrorCode, errorCodes } from "../protocol/codes.ts";
import { encodeJson } from "../protocol/greeting.ts";
import { headerBytes, headerOffset, protocolVersion, verbs } from "../protocol/header.ts";

const encoder = new TextEncoder();

/** A number as a header's fields hold it, in two halves of 32 bits. */
export interface Id {
  readonly low: number;
  readonly high: number;
}

/** The id of what nobody asked for. */
export const noId: Id = { low: 0, high: 0 };

/** The id in a header. */
export function idOf(header: Uint8Array): Id {
  return { low: half(header, headerOffset.id), high: half(header, headerOffset.id + 4) };
}

/** One half of a header's id, as a signed number. */
export function half(header: Uint8Array, at: number): number {
  return (header[at] as number) | ((header[at + 1] as number) << 8) |
    ((header[at + 2] as number) << 16) | ((header[at + 3] as number) << 24);
}

/** A header in which all but version, verb, flags, status and id is fixed. */
export function headerOf(verb: number, { low, high }: Id, flags = 0, status = 0): Uint8Array {
  const header = new Uint8Array(headerBytes);
  header[0] = 0x43;
  header[1] = 0x53;
  header[headerOffset.version] = protocolVersion;
  writeHeader(header, verb, low, high, flags, status);
  return header;
}

/** Writes the fields of a header that change. */
export function writeHeader(
  header: Uint8Array,
  verb: number,
  low: number,
  high: number,
  flags: number,
  status: number,
): void {
  header[headerOffset.verb] = verb;
  header[headerOffset.flags] = flags;
  header[headerOffset.zero] = 0;
  header[headerOffset.status] = status & 0xff;
  header[headerOffset.status + 1] = status >> 8;
  writeHalf(header, headerOffset.id, low);
  writeHalf(header, headerOffset.id + 4, high);
}

function writeHalf(header: Uint8Array, at: number, value: number): void {
  header[at] = value & 0xff;
  header[at + 1] = (value >> 8) & 0xff;
  header[at + 2] = (value >> 16) & 0xff;
  header[at + 3] = value >>> 24;
}

/** The frames of an ERROR. */
export function errorFrames(
  code: ErrorCode,
  text: string,
  id: Id,
  { flags = 0, peer, detail }: {
    readonly flags?: number;
    /** Who or what it is about. */
    readonly peer?: Uint8Array | undefined;
    readonly detail?: unknown;
  } = {},
): Uint8Array[] {
  const header = headerOf(verbs.error, id, flags, errorCodes[code]);
  const frames = [header, encoder.encode(code), encoder.encode(text)];
  if (peer !== undefined || detail !== undefined) frames.push(peer ?? new Uint8Array(0));
  if (detail !== undefined) frames.push(encodeJson(detail));
  return frames;
}
