/**
 * Option values as the bytes that libzmq takes and gives.
 *
 * @module
 */

import process from "node:process";
import type { OptionKind } from "./options.ts";

/** Longest value of variable length that is read: an endpoint, an identity, a key, a file name. */
const variableBytesMax = 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How many bytes to make room for when an option of this kind is read. */
export function valueBytes(kind: OptionKind): number {
  switch (kind) {
    case "int":
    case "bool":
      return 4;
    case "int64":
    case "uint64":
      return 8;
    case "fd":
      // A descriptor is an int, but on Windows a SOCKET, which is a pointer wide.
      return process.platform === "win32" ? 8 : 4;
    default:
      return variableBytesMax;
  }
}

/**
 * An option's value as bytes.
 *
 * @throws {TypeError} for a value that is not of the option's kind; a mistake in the program
 */
export function encodeValue(kind: OptionKind, value: unknown): Uint8Array {
  if (kind === "bool" && typeof value === "boolean") return int32(value ? 1 : 0);
  if (kind === "int" && Number.isInteger(value)) return int32(value as number);
  if ((kind === "int64" || kind === "uint64") && Number.isSafeInteger(value)) {
    return new Uint8Array(new BigInt64Array([BigInt(value as number)]).buffer);
  }
  if (kind === "text" && typeof value === "string") return encoder.encode(value);
  if (kind === "bytes" && value instanceof Uint8Array) return value;
  throw new TypeError(`Cannot set an option of kind ${kind} to ${JSON.stringify(value)}`);
}

function int32(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}

/** The value that bytes read from libzmq stand for. */
export function decodeValue(
  kind: OptionKind,
  bytes: Uint8Array,
): number | boolean | string | Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (kind) {
    case "int":
      return view.getInt32(0, true);
    case "bool":
      return view.getInt32(0, true) !== 0;
    case "int64":
      return Number(view.getBigInt64(0, true));
    case "uint64":
      return Number(view.getBigUint64(0, true));
    case "fd":
      return bytes.length === 8 ? Number(view.getBigUint64(0, true)) : view.getInt32(0, true);
    case "text":
      return decoder.decode(bytes.subarray(0, bytes.indexOf(0) < 0 ? undefined : bytes.indexOf(0)));
    case "bytes":
      return bytes.slice();
  }
}
