import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NativeLibrary } from "../../src/ffi/native.ts";
import { loadLibrary } from "../../src/ffi/load.ts";
import { Poller } from "../../src/zmq/poller.ts";

const timeout = 20_000;

/** A library that refuses to read from a pipe when that would block the thread for ever. */
function unblockable(): NativeLibrary {
  const library = loadLibrary();
  const { wait } = library;
  if (wait === undefined) return library;
  return {
    ...library,
    wait: {
      ...wait,
      read: (descriptor, buffer, size) => {
        const isReadable = wait.poll(Int32Array.of(descriptor, 1), library.size(1), 0) > 0;
        assert.ok(isReadable, "a read that blocks the thread");
        return wait.read(descriptor, buffer, size);
      },
    },
  };
}

describe("Poller", () => {
  it("is not called back by the end of a wait that is over", { timeout }, async () => {
    const library = unblockable();
    const first = Poller.of(library);
    const wait = first.wait([], 1);
    await wait.done;
    wait.cancel();
    await first.release();
    const second = Poller.of(library);
    await second.wait([], 1).done;
    await second.release();
  });

  it("holds the thread for one only when nobody else waits", { timeout }, async () => {
    const library = unblockable();
    const poller = Poller.of(library);
    const pipe = new Int32Array(2);
    library.wait?.pipe(pipe);
    const [readEnd, writeEnd] = pipe as unknown as [number, number];
    library.wait?.write(writeEnd, Uint8Array.of(1), library.size(1));
    const ready = library.wait === undefined ? undefined : 1;
    assert.equal(poller.waitHere([readEnd], 0), ready);
    const other = poller.wait([], 10_000);
    assert.equal(poller.waitHere([readEnd], 0), undefined);
    other.cancel();
    await other.done;
    assert.equal(poller.waitHere([readEnd], 0), ready);
    library.wait?.close(readEnd);
    library.wait?.close(writeEnd);
    await poller.release();
  });
});
