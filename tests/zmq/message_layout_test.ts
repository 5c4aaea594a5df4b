import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NativeLibrary } from "../../src/ffi/native.ts";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { layoutOf } from "../../src/zmq/message_layout.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing, type Socket } from "../../src/zmq/socket.ts";
import { libraryForTests } from "../support/library.ts";

const library = libraryForTests();
const timeout = 30_000;

/** The same libzmq with some calls of its own: to the code under test another library. */
function variant(zmq: Partial<NativeLibrary["zmq"]>): NativeLibrary {
  return { ...library, zmq: { ...library.zmq, ...zmq } };
}

function content(size: number): Uint8Array {
  return new Uint8Array(size).map((_, i) => (i * 7 + size) & 0xff);
}

async function next(socket: Socket, readiness: Readiness, message: Message): Promise<number> {
  for (;;) {
    const size = socket.receive(message);
    if (size !== nothing) return size;
    await readiness.wait(1000);
  }
}

/** Sends frames of every length around the border, and reads what came, on one library. */
async function passAll(used: NativeLibrary, endpoint: string): Promise<void> {
  const context = new Context(used);
  const [right, left] = [context.socket("pair"), context.socket("pair")];
  // The one that connects can send at once.
  left.connect(right.bind(endpoint));
  const readiness = new Readiness(context.poller, [right]);
  const message = new Message(used);
  const target = new Uint8Array(1024);
  for (let size = 0; size <= 80; size++) {
    for (const more of [false, true]) {
      left.send(content(size), size, more);
      if (more) left.send(content(0), 0, false);
      assert.equal(await next(right, readiness, message), size);
      assert.equal(message.more, more, `${size} bytes`);
      message.copyTo(target, size);
      assert.deepEqual(target.subarray(0, size), content(size));
      message.copyTo(target, Math.min(size, 3));
      if (more) await next(right, readiness, message);
    }
  }
  message.close();
  await context.close();
}

describe("Message", () => {
  for (const endpoint of ["tcp://127.0.0.1:*", "inproc://layout-test"]) {
    it(`reads contents of every length as C does: ${endpoint}`, { timeout }, async () => {
      await passAll(library, endpoint);
    });
  }

  it("knows the layout of this libzmq", async () => {
    const context = new Context(library);
    context.socket("pair");
    assert.ok(layoutOf(library) !== undefined);
    await context.close();
  });

  it("asks C where the layout is not as expected", { timeout }, async () => {
    // A libzmq that keeps something else where short contents were.
    const scrambled = variant({
      zmq_msg_recv: (message, socket, flags) => {
        const size = library.zmq.zmq_msg_recv(message, socket, flags);
        if (message instanceof Uint8Array && size > 0 && size <= 32) {
          message[12] = (message[12] as number) ^ 0xff;
        }
        return size;
      },
    });
    const context = new Context(scrambled);
    context.socket("pair");
    assert.equal(layoutOf(scrambled), undefined);
    await context.close();
  });

  it("asks C on a library whose layout could not be found out", { timeout }, async () => {
    let sockets = 0;
    const without = variant({
      // The two that are looked at come first.
      zmq_socket: (context, type) => ++sockets <= 2 ? null : library.zmq.zmq_socket(context, type),
    });
    await passAll(without, "tcp://127.0.0.1:*");
    assert.equal(layoutOf(without), undefined);
  });
});
