/**
 * Strings and bytes across the border to C.
 *
 * @module
 */

import type { NativeLibrary, Pointer } from "../ffi/native.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Text as a C string: UTF-8 with a NUL at its end. */
export function cString(text: string): Uint8Array {
  return encoder.encode(`${text}\0`);
}

/** The text a C string holds; the empty text for NULL. */
export function readText(library: NativeLibrary, pointer: Pointer | null): string {
  if (pointer === null) return "";
  const bytes = new Uint8Array(Number(library.memory.strlen(pointer)));
  if (bytes.length > 0) library.memory.memcpy(bytes, pointer, library.size(bytes.length));
  return decoder.decode(bytes);
}
