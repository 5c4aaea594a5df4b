// A worker whose broker's place is taken by something that is none: it says so once, and waits on.

import assert from "node:assert/strict";
import net from "node:net";
import { afterEach, describe, it } from "node:test";
import { killRunning } from "../support/process.ts";
import { type Form, sourceForms, startProgram } from "../support/programs.ts";
import { bytesOf, frame, greeting, join } from "./raw.ts";

const timeout = 30_000;

/** Something that listens at a free port, and does as it likes with each connection. */
class Impostor {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #seen = 0;
  #onSeen: () => void = () => {};

  constructor(receive: (socket: net.Socket) => unknown) {
    this.#server = net.createServer((socket) => {
      this.#sockets.add(socket);
      // What comes is read and forgotten; being cut off is no surprise.
      socket.resume().on("error", () => {}).on("close", () => this.#sockets.delete(socket));
      receive(socket);
      this.#seen++;
      this.#onSeen();
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `tcp://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  /** Waits until so many connections have come. */
  async seen(connections: number): Promise<void> {
    while (this.#seen < connections) {
      await new Promise<void>((resolve) => this.#onSeen = resolve);
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What one does, how often a worker is to try it, and how it does it. */
const impostors: readonly (readonly [string, number, (socket: net.Socket) => unknown])[] = [
  ["closes at once", 2, (socket) => socket.destroy()],
  ["speaks HTTP", 2, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ["says nothing at all", 2, () => {}],
  // After an error of protocol libzmq tries no more, and the worker only after seconds.
  [
    "speaks nonsense after its greeting",
    1,
    (socket) => socket.end(join(greeting, frame(bytesOf("\x1b[2Jnonsense"), 4))),
  ],
];

/** Starts a worker where an impostor listens, lets it try so often, and then gives it a broker. */
async function waitsThrough(
  form: Form,
  receive: (socket: net.Socket) => unknown,
  attempts: number,
): Promise<void> {
  const impostor = new Impostor(receive);
  const endpoint = await impostor.listen();
  const worker = startProgram(form, "worker", ["WORKER_A", "--connect", endpoint]);
  await impostor.seen(attempts);
  const trouble = `callsign: No ZeroMQ handshake with ${endpoint}; is it a broker?`;
  assert.equal(await worker.error(/./), trouble);
  await impostor.close();

  const broker = startProgram(form, "broker", ["--bind", endpoint]);
  await worker.line(/^Received reply: ACK: Hello from WORKER_A$/);
  assert.equal((await worker.end()).status, 143);
  assert.equal((await broker.end()).status, 143);
  assert.deepEqual(worker.errors, [trouble]);
}

describe("A worker waits for its broker while one in its place", () => {
  afterEach(async () => assert.equal(await killRunning(), 0));

  for (const [what, attempts, receive] of impostors) {
    it(what, { timeout }, async () => {
      await Promise.all(sourceForms.map((form) => waitsThrough(form, receive, attempts)));
    });
  }
});
