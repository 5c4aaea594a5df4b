/**
 * One frame as libzmq holds it: a `zmq_msg_t` in a typed array of ours.
 *
 * @module
 */

import type { NativeLibrary } from "../ffi/native.ts";
import { messageStructBytes, SRCFD } from "./constants.ts";
import { cString, readText } from "./memory.ts";
import { layoutOf, type MessageLayout, shortBytesMax } from "./message_layout.ts";

/**
 * A frame whose content stays with libzmq until it is asked for.
 *
 * One message object is received into and sent from again and again: that moves the content without
 * copying it. Call {@linkcode Message.close} when done, or its content is never given back.
 */
export class Message {
  /**
   * The `zmq_msg_t`. In a buffer of its own, held as long as this object lives: small typed arrays
   * may be moved by V8's collector, those made over an `ArrayBuffer` are not.
   */
  readonly struct: Uint8Array = new Uint8Array(new ArrayBuffer(messageStructBytes));

  readonly #library: NativeLibrary;
  readonly #layout: MessageLayout | undefined;
  #closed = false;

  /** An empty frame, `zmq_msg_init`. */
  constructor(library: NativeLibrary) {
    this.#library = library;
    this.#layout = layoutOf(library);
    library.zmq.zmq_msg_init(this.struct);
  }

  /** The content's length in bytes, `zmq_msg_size`. */
  get size(): number {
    return Number(this.#library.zmq.zmq_msg_size(this.struct));
  }

  /** Whether more frames of the same message follow, `zmq_msg_more`. */
  get more(): boolean {
    if (this.#layout !== undefined) return ((this.struct[this.#layout.flags] as number) & 1) !== 0;
    return this.#library.zmq.zmq_msg_more(this.struct) !== 0;
  }

  /** The descriptor of the connection the frame came by, `ZMQ_SRCFD`; -1 when it has none. */
  get sourceDescriptor(): number {
    return this.#library.zmq.zmq_msg_get(this.struct, SRCFD);
  }

  /**
   * A metadata property, `zmq_msg_gets`: `Peer-Address`, `Socket-Type`, `Identity`, `User-Id`.
   *
   * @returns its value, or undefined when the frame has no such property
   */
  property(name: string): string | undefined {
    const value = this.#library.zmq.zmq_msg_gets(this.struct, cString(name));
    return value === null ? undefined : readText(this.#library, value);
  }

  /**
   * Copies the beginning of the content to the beginning of `target`.
   *
   * @param size how many bytes; at most the content's length and the target's
   */
  copyTo(target: Uint8Array, size: number): void {
    if (size === 0 || (size <= shortBytesMax && this.#copyShort(target, size))) return;
    const { zmq, memory } = this.#library;
    memory.memcpy(target, zmq.zmq_msg_data(this.struct), this.#library.size(size));
  }

  /** Becomes another frame with the content of `source`, which large contents share, `zmq_msg_copy`. */
  copyFrom(source: Message): void {
    this.#library.zmq.zmq_msg_copy(this.struct, source.struct);
  }

  /** Gives the content back and becomes an empty frame. */
  clear(): void {
    this.#library.zmq.zmq_msg_close(this.struct);
    this.#library.zmq.zmq_msg_init(this.struct);
  }

  /** The content, copied. */
  bytes(): Uint8Array {
    const copy = new Uint8Array(this.size);
    this.copyTo(copy, copy.length);
    return copy;
  }

  /** Gives the content back to libzmq, `zmq_msg_close`. May be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#library.zmq.zmq_msg_close(this.struct);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Copies a content that lies in the struct itself; false when it does not. */
  #copyShort(target: Uint8Array, size: number): boolean {
    const { struct } = this;
    const layout = this.#layout;
    if (layout === undefined || struct[layout.type] !== layout.shortType) return false;
    if ((struct[layout.size] as number) < size) return false;
    for (let i = 0; i < size; i++) target[i] = struct[layout.data + i] as number;
    return true;
  }
}
