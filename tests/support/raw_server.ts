// A server that speaks bytes instead of ZeroMQ: what it says is the test's.

import { Buffer } from "node:buffer";
import net from "node:net";

/** Listens, and leaves each connection to the test. */
export class RawServer {
  /** Where it listens. */
  readonly endpoint: string;
  readonly #server: net.Server;
  readonly #sockets: Set<net.Socket>;

  private constructor(server: net.Server, sockets: Set<net.Socket>) {
    this.endpoint = `tcp://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
    this.#server = server;
    this.#sockets = sockets;
  }

  /**
   * Begins to listen.
   *
   * @param onData told what came by a connection, all of it so far
   */
  static async listen(
    onData: (received: Buffer, socket: net.Socket) => void = () => {},
  ): Promise<RawServer> {
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      sockets.add(socket);
      const parts: Buffer[] = [];
      socket.on("data", (part: Buffer) => {
        parts.push(part);
        onData(Buffer.concat(parts), socket);
      });
      // Being cut off is what it is here for.
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new RawServer(server, sockets);
  }

  /** How many connections there are. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Ends every connection, and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
