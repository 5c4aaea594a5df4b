import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unreadAnswersMax } from "../../src/protocol/limits.ts";
import { Stream } from "../../src/peer/stream.ts";

function counted(): { readonly stream: Stream<number>; readonly left: () => number } {
  let left = 0;
  return { stream: new Stream("watch", () => left++), left: () => left };
}

describe("Stream", () => {
  it("gives values in order, those from before and those to come", async () => {
    const { stream, left } = counted();
    for (let i = 0; i < 100; i++) stream.push(i);
    const read: number[] = [];
    for (let i = 0; i < 100; i++) read.push((await stream.next()).value as number);
    const waiting = [stream.next(), stream.next(), stream.next()];
    stream.push(100);
    stream.push(101);
    stream.end();
    stream.push(102);
    const last = await Promise.all(waiting);
    assert.deepEqual(read, Array.from({ length: 100 }, (_, i) => i));
    assert.deepEqual(last.map(({ value }) => value), [100, 101, undefined]);
    assert.deepEqual(last.map(({ done }) => done), [false, false, true]);
    assert.equal(left(), 0);
  });

  it("gives what came before its end, and then the failure once", async () => {
    const { stream } = counted();
    stream.push(1);
    stream.end({ error: new Error("over") });
    assert.equal((await stream.next()).value, 1);
    await assert.rejects(stream.next(), { message: "over" });
    assert.equal((await stream.next()).done, true);
  });

  it("tells when its reader leaves early, once", async () => {
    const { stream, left } = counted();
    stream.push(1);
    stream.push(2);
    for await (const value of stream) {
      assert.equal(value, 1);
      break;
    }
    await stream.return();
    assert.equal(left(), 1);
    assert.equal((await stream.next()).done, true);
  });

  it("tells nobody of a reader that leaves when it has ended", async () => {
    const { stream, left } = counted();
    stream.push(1);
    stream.end();
    for await (const value of stream) void value;
    await stream.return();
    assert.equal(left(), 0);
  });

  it("ends with busy when nobody reads it", async () => {
    const { stream, left } = counted();
    for (let i = 0; i <= unreadAnswersMax; i++) stream.push(i);
    assert.equal(left(), 1);
    for (let i = 0; i < unreadAnswersMax; i++) assert.equal((await stream.next()).value, i);
    await assert.rejects(stream.next(), {
      code: "busy",
      message: `Cannot watch: ${unreadAnswersMax} answers were not read`,
    });
  });
});
