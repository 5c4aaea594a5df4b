/**
 * The first frame of every callsign/1 message: sixteen bytes, little-endian.
 *
 * @module
 */

/** Length of a header frame. */
export const headerBytes = 16;

/** The version spoken here. */
export const protocolVersion = 1;

/** What a message is for; see docs/protocol.md, section 3. */
export const verbs = {
  hello: 1,
  welcome: 2,
  heartbeat: 3,
  disconnect: 4,
  send: 5,
  request: 6,
  reply: 7,
  ack: 8,
  error: 9,
  list: 10,
  roster: 11,
  watch: 12,
  event: 13,
  stats: 14,
  report: 15,
  kick: 16,
  cancel: 17,
} as const;

/** A verb's name. */
export type Verb = keyof typeof verbs;

/** Bits of the header's flags; see docs/protocol.md, section 4. */
export const flags = {
  receipt: 0x01,
  limit: 0x02,
  hold: 0x04,
  more: 0x08,
  stderr: 0x10,
} as const;

/** What an ACK's status means; see docs/protocol.md, section 6. */
export const ackStatus = { confirmed: 0, handed: 1, held: 2 } as const;

/** Where each field stands in the frame. */
export const headerOffset = { version: 2, verb: 3, flags: 4, zero: 5, status: 6, id: 8 } as const;

const magic0 = 0x43;
const magic1 = 0x53;
/** Versions stay below the printable characters, so that no text of 16 bytes is a header. */
const versionEnd = 0x20;

/** A header's fields. */
export interface Header {
  readonly version: number;
  readonly verb: number;
  /** Bits of {@linkcode flags}. */
  readonly flags: number;
  /** 0 to 65,535. */
  readonly status: number;
  /** 64 bits, chosen by whoever asks. */
  readonly id: bigint;
}

/** Whether a first frame makes its message one of callsign, of whatever version. */
export function isHeader(frame: Uint8Array): boolean {
  return frame.length === headerBytes && frame[0] === magic0 && frame[1] === magic1 &&
    (frame[headerOffset.version] as number) < versionEnd;
}

/** The frame of a header; `flags` and `status` are 0 unless given. */
export function encodeHeader(
  verb: number,
  id: bigint,
  { flags = 0, status = 0 }: { readonly flags?: number; readonly status?: number } = {},
): Uint8Array {
  const frame = new Uint8Array(headerBytes);
  const view = new DataView(frame.buffer);
  frame[0] = magic0;
  frame[1] = magic1;
  frame[headerOffset.version] = protocolVersion;
  frame[headerOffset.verb] = verb;
  frame[headerOffset.flags] = flags;
  view.setUint16(headerOffset.status, status, true);
  view.setBigUint64(headerOffset.id, id, true);
  return frame;
}

/** The fields of a frame for which {@linkcode isHeader} holds. */
export function decodeHeader(frame: Uint8Array): Header {
  const view = new DataView(frame.buffer, frame.byteOffset, headerBytes);
  return {
    version: frame[headerOffset.version] as number,
    verb: frame[headerOffset.verb] as number,
    flags: frame[headerOffset.flags] as number,
    status: view.getUint16(headerOffset.status, true),
    id: view.getBigUint64(headerOffset.id, true),
  };
}
