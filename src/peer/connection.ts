/**
 * One attempt to reach a broker: a DEALER, what libzmq reports of it, and how to wait for both.
 *
 * @module
 */

import * as limits from "../protocol/limits.ts";
import { decodeHeader, type Header, isHeader } from "../protocol/header.ts";
import type { Context } from "../zmq/context.ts";
import { Message } from "../zmq/message.ts";
import { Monitor, type MonitorEvent } from "../zmq/monitor.ts";
import { Readiness } from "../zmq/readiness.ts";
import { nothing, type Socket } from "../zmq/socket.ts";

/** A callsign/1 message from the broker. */
export interface Received {
  readonly header: Header;
  /** The frames after the header, copied. */
  readonly frames: readonly Uint8Array[];
}

/**
 * What has become of a connection: `up` once it has shaken hands; `lost` when it ended after that;
 * `refused` when there is nobody; `foreign` when who is there does not speak ZeroMQ; `unresolved`
 * when there is no such host; `denied` when the authentication refused us. After all but `up` it is
 * of no more use.
 */
export type ConnectionChange =
  | { readonly kind: "up" | "lost" | "refused" | "foreign" | "unresolved" }
  | { readonly kind: "denied"; readonly status: number };

/**
 * A socket that connects once. Whoever wants another attempt makes another connection: a fresh
 * identity is never locked out by what is left of an old one, and libzmq does not try again after
 * every failure.
 */
export class Connection {
  /** Where it goes. */
  readonly endpoint: string;
  /** How to wait for it. */
  readonly readiness: Readiness;

  readonly #socket: Socket;
  readonly #monitor: Monitor;
  readonly #frame: Message;
  #isUp = false;
  #hasResolved = false;

  /**
   * Begins to connect.
   *
   * @param identity of this socket, and never used before
   * @throws {ZmqError} EMFILE at the limit of sockets; as {@linkcode Socket.connect}
   */
  constructor(context: Context, endpoint: string, identity: Uint8Array) {
    this.endpoint = endpoint;
    this.#socket = context.socket("dealer", {
      routingId: identity,
      // What the broker should hear before the end is waited for by asking it.
      linger: 0,
      // Nothing waits in libzmq for a connection: what is in there when one ends is lost.
      immediate: true,
      // Never while this is of use; 0 would leave out the event that tells of an unknown host.
      reconnectInterval: 2 * limits.connectTimeoutMs,
      handshakeInterval: limits.handshakeMs,
    });
    try {
      // Before the attempt, or its failure would go unheard.
      this.#monitor = new Monitor(context, this.#socket);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
    try {
      this.#socket.connect(endpoint);
    } catch (error) {
      this.#monitor.close();
      this.#socket.close();
      throw error;
    }
    this.#frame = new Message(context.library);
    this.readiness = new Readiness(context.poller, [this.#monitor.socket, this.#socket]);
  }

  /** What has happened to it, one thing after the other; undefined when there is nothing new. */
  change(): ConnectionChange | undefined {
    for (;;) {
      const event = this.#monitor.read();
      if (event === undefined) return undefined;
      const change = this.#changeOf(event);
      if (change !== undefined) return change;
    }
  }

  /** The next message of callsign/1, all others passed over; undefined when there is none now. */
  receive(): Received | undefined {
    for (;;) {
      const size = this.#socket.receive(this.#frame);
      if (size === nothing) return undefined;
      const first = this.#content(size);
      const frames: Uint8Array[] = [];
      while (this.#frame.more) frames.push(this.#content(this.#socket.receive(this.#frame)));
      if (isHeader(first)) return { header: decodeHeader(first), frames };
    }
  }

  /**
   * Hands a message to libzmq.
   *
   * @returns false when its queue is full, or it has ended; then nothing of the message was sent. Right
   *   after its end it may still take a message, which is lost.
   */
  send(frames: readonly Uint8Array[]): boolean {
    const last = frames.length - 1;
    for (let i = 0; i <= last; i++) {
      const frame = frames[i] as Uint8Array;
      // Once the first frame is taken, the others are.
      if (this.#socket.send(frame, frame.length, i < last) !== "sent") return false;
    }
    return true;
  }

  /** Closes it; what libzmq has not sent yet is lost. */
  close(): void {
    this.#isUp = false;
    this.#monitor.close();
    this.#socket.close();
    this.#frame.close();
  }

  #content(size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    this.#frame.copyTo(bytes, size);
    return bytes;
  }

  #changeOf({ name, value, endpoint }: MonitorEvent): ConnectionChange | undefined {
    switch (name) {
      case "handshakeSucceeded":
        // Lets libzmq attach the connection to the socket, so that it can be sent to.
        void this.#socket.readable;
        this.#isUp = true;
        return { kind: "up" };
      case "disconnected":
        return { kind: this.#isUp ? "lost" : "foreign" };
      case "closed":
        return { kind: "refused" };
      case "connectRetried":
        // Whatever has an address is told of by another event before.
        return {
          kind: this.#hasResolved || !endpoint.startsWith("tcp:") ? "refused" : "unresolved",
        };
      case "handshakeFailedAuth":
        return { kind: "denied", status: value };
      case "handshakeFailed":
      case "handshakeFailedProtocol":
        return { kind: "foreign" };
      default:
        this.#hasResolved = true;
        return undefined;
    }
  }
}
