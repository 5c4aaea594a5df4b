/**
 * A connection that carries bytes as they are.
 *
 * @module
 */

import process from "node:process";
import { Buffer } from "node:buffer";
import type net from "node:net";

/** Of what comes the beginning is kept: more than any greeting has. */
const keptBytes = 1024;

/** Bytes to and from whoever listens. */
export class RawConnection {
  readonly #socket: net.Socket;
  #received: Uint8Array = new Uint8Array(0);
  #hasEnded = false;
  #onChange: () => void = () => {};

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (data: Uint8Array) => {
      this.#received = Buffer.concat([this.#received, data]).subarray(0, keptBytes);
      this.#onChange();
    });
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
  }

  /**
   * Connects.
   *
   * @throws what the system, or a runtime without permission, says of it; the signal's reason
   */
  static async open(
    address: net.NetConnectOpts,
    signal: AbortSignal,
  ): Promise<RawConnection> {
    signal.throwIfAborted();
    // Loaded late: the other commands need not wait for it.
    const socket = process.getBuiltinModule("node:net").connect(address);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.on("connect", resolve);
        // Stays, so that what goes wrong later only ends the connection.
        socket.on("error", reject);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
      return new RawConnection(socket);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** The beginning of what came so far. */
  get received(): Uint8Array {
    return this.#received;
  }

  /** Whether the other side has closed it. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Writes, as far as the other side listens. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Waits until what came is enough, the other side has closed it, or the signal is aborted. */
  async wait(isEnough: (received: Uint8Array) => boolean, signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#onChange();
    signal.addEventListener("abort", onAbort);
    while (!isEnough(this.#received) && !this.#hasEnded && !signal.aborted) {
      await new Promise<void>((resolve) => this.#onChange = resolve);
    }
    signal.removeEventListener("abort", onAbort);
  }

  /** Closes it at once. */
  close(): void {
    this.#socket.destroy();
  }

  #end(): void {
    this.#hasEnded = true;
    this.#onChange();
  }
}
