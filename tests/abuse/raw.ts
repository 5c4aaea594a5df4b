// Connections that speak bytes instead of ZeroMQ, and the bytes of ZeroMQ for those who want some.

import { Buffer } from "node:buffer";
import net from "node:net";

/** A plain connection to the port of an endpoint. */
export class RawConnection {
  /** Resolves when it is closed, by whichever side. */
  readonly closed: Promise<void>;
  /** What came back so far. */
  received: Uint8Array = new Uint8Array(0);
  readonly #socket: net.Socket;
  readonly #connected: Promise<void>;
  #onData: () => void = () => {};

  constructor(endpoint: string) {
    const { hostname, port } = new URL(endpoint.replace(/^tcp:/, "http:"));
    this.#socket = net.connect({ host: hostname, port: Number(port) });
    this.#connected = new Promise((resolve) => this.#socket.once("connect", resolve));
    this.closed = new Promise((resolve) => this.#socket.once("close", () => resolve()));
    // Being cut off is what it is here for.
    this.#socket.on("error", () => {});
    this.#socket.on("data", (data: Uint8Array) => {
      this.received = join(this.received, data);
      this.#onData();
    });
  }

  /** Waits until it is connected, or closed. */
  async connected(): Promise<void> {
    await Promise.race([this.#connected, this.closed]);
  }

  /** Writes, as far as the other side listens. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Waits until so many bytes have come back; fails when it is closed before. */
  async receive(bytes: number): Promise<Uint8Array> {
    while (this.received.length < bytes) {
      const more = new Promise<boolean>((resolve) => this.#onData = () => resolve(true));
      if (!await Promise.race([more, this.closed.then(() => false)])) {
        throw new Error(`closed after ${this.received.length} of ${bytes} bytes`);
      }
    }
    return this.received;
  }

  /** Says that nothing more will come, and waits until the other side closes too. */
  async end(): Promise<void> {
    this.#socket.end();
    await this.closed;
  }

  /** Closes it at once. */
  async destroy(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** What begins a ZMTP 3.0 connection: signature, version, mechanism, and 31 zero bytes. */
export const greeting: Uint8Array = join(
  Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0),
  bytesOf("NULL"),
  new Uint8Array(16 + 1 + 31),
);

/** The other side's greeting has as many bytes. */
export const greetingBytes: number = greeting.length;

/** A ZMTP 3.0 frame: flags, its length in 1 or 8 bytes, its body. */
export function frame(body: Uint8Array, flags = 0): Uint8Array {
  if (body.length <= 255) return join(Uint8Array.of(flags, body.length), body);
  return join(frameHead(flags, BigInt(body.length)), body);
}

/** The beginning of a long frame, which may promise any length. */
export function frameHead(flags: number, length: bigint): Uint8Array {
  const head = new DataView(new ArrayBuffer(9));
  head.setUint8(0, flags | 2);
  head.setBigUint64(1, length);
  return new Uint8Array(head.buffer);
}

/** The command that ends the handshake of a DEALER with an identity of any bytes. */
export function ready(identity: Uint8Array): Uint8Array {
  const property = (name: string, value: Uint8Array): Uint8Array => {
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, value.length);
    const head = join(Uint8Array.of(name.length), bytesOf(name));
    return join(head, new Uint8Array(length.buffer), value);
  };
  const properties = [
    property("Socket-Type", bytesOf("DEALER")),
    property("Identity", identity),
  ];
  return frame(join(Uint8Array.of(5), bytesOf("READY"), ...properties), 4);
}

/** A connection that has said hello as a DEALER, and been welcomed. */
export async function rawDealer(endpoint: string, identity: Uint8Array): Promise<RawConnection> {
  const connection = new RawConnection(endpoint);
  connection.write(greeting);
  await connection.receive(greetingBytes);
  connection.write(ready(identity));
  // The other side's READY is a short frame, whose second byte is the length of the rest.
  const head = greetingBytes + 2;
  const [length] = (await connection.receive(head)).slice(head - 1);
  await connection.receive(head + (length as number));
  return connection;
}
