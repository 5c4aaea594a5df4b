/**
 * Where libzmq keeps short contents in a `zmq_msg_t`, so that they can be read without calls into C.
 *
 * The layout is libzmq's own affair. It is therefore found out by looking at messages whose contents
 * are known; where that does not come out as expected, there is none, and C is asked each time.
 *
 * @module
 */

import type { NativeLibrary, Pointer } from "../ffi/native.ts";
import { DONTWAIT, messageStructBytes, SNDMORE, socketTypes } from "./constants.ts";
import { cString } from "./memory.ts";

/** Offsets in a `zmq_msg_t`. */
export interface MessageLayout {
  /** Where the content of a short message begins. */
  readonly data: number;
  /** The byte that holds the length of a short message. */
  readonly size: number;
  /** The byte that tells a short message from others, and its value. */
  readonly type: number;
  readonly shortType: number;
  /** The byte whose lowest bit says that more frames follow. */
  readonly flags: number;
}

/** Longest content that is read so: 4.3 keeps up to 33 bytes, and those from the wire up to 32. */
export const shortBytesMax = 32;

const layouts = new WeakMap<NativeLibrary["zmq"], MessageLayout | "none">();

/** The layout of a library's messages; undefined when it is not as expected, or not known yet. */
export function layoutOf(library: NativeLibrary): MessageLayout | undefined {
  const layout = layouts.get(library.zmq);
  return layout === "none" ? undefined : layout;
}

/**
 * Finds out the layout of a library's messages, once; takes some hundred microseconds.
 *
 * @param context the `void *` of any context of it
 */
export function learnLayout(library: NativeLibrary, context: Pointer): void {
  if (layouts.has(library.zmq)) return;
  const { zmq } = library;
  const left = zmq.zmq_socket(context, socketTypes.pair);
  const right = zmq.zmq_socket(context, socketTypes.pair);
  const address = cString("inproc://callsign-layout");
  const isConnected = left !== null && right !== null &&
    zmq.zmq_bind(left, address) === 0 && zmq.zmq_connect(right, address) === 0;
  const layout = isConnected
    ? deduce((size, more) => sample(library, left, right, size, more))
    : undefined;
  layouts.set(library.zmq, layout ?? "none");
  if (left !== null) zmq.zmq_close(left);
  if (right !== null) zmq.zmq_close(right);
}

/** The struct of a message that was sent through a pair of sockets, as it came out. */
function sample(
  { zmq, size: lengthOf }: NativeLibrary,
  left: Pointer,
  right: Pointer,
  size: number,
  more: boolean,
): Uint8Array {
  const struct = new Uint8Array(new ArrayBuffer(messageStructBytes));
  const content = pattern(size);
  zmq.zmq_send(left, content, lengthOf(size), DONTWAIT | (more ? SNDMORE : 0));
  if (more) zmq.zmq_send(left, content, lengthOf(0), DONTWAIT);
  zmq.zmq_msg_init(struct);
  zmq.zmq_msg_recv(struct, right, DONTWAIT);
  const seen = struct.slice();
  if (more) zmq.zmq_msg_recv(struct, right, DONTWAIT);
  zmq.zmq_msg_close(struct);
  return seen;
}

function deduce(
  sampleOf: (size: number, more: boolean) => Uint8Array,
): MessageLayout | undefined {
  const short = sampleOf(shortBytesMax, false);
  const shorter = sampleOf(5, false);
  const withMore = sampleOf(shortBytesMax, true);
  const long = sampleOf(1000, false);
  const data = findContent(short, pattern(shortBytesMax));
  const after = data + shortBytesMax;
  const isAfter = (i: number): boolean => i >= after;
  const size = short.findIndex((byte, i) =>
    isAfter(i) && byte === shortBytesMax && shorter[i] === 5
  );
  const flags = short.findIndex((byte, i) =>
    isAfter(i) && i !== size && withMore[i] === (byte | 1) && byte !== withMore[i]
  );
  const type = short.findIndex((byte, i) =>
    isAfter(i) && i !== size && i !== flags && byte === shorter[i] && byte === withMore[i] &&
    byte !== 0 && byte !== long[i]
  );
  if (data < 0 || size < 0 || flags < 0 || type < 0) return undefined;
  return { data, size, type, shortType: short[type] as number, flags };
}

/** Bytes that are found nowhere else: none is the one before plus the same again. */
function pattern(size: number): Uint8Array {
  return new Uint8Array(size).map((_, i) => (37 * i * i + 91 * i + 129) & 0xff);
}

function findContent(struct: Uint8Array, content: Uint8Array): number {
  for (let at = 0; at + content.length <= struct.length; at++) {
    if (content.every((byte, i) => struct[at + i] === byte)) return at;
  }
  return -1;
}
