import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers";
import { describe, it } from "node:test";
import { Collector } from "../../src/handler/collector.ts";

const bytesOf = (chunks: readonly Uint8Array[]): string =>
  chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");

/** Two streams that are read, and how often they were too much. */
function open(bytesMax: number) {
  const told = { full: 0 };
  const collector = new Collector(bytesMax, () => told.full++);
  const [out, err] = [new PassThrough(), new PassThrough()];
  return { told, collector, out, err, stdout: collector.read(out), stderr: collector.read(err) };
}

const flowed = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Collector", () => {
  it("keeps what each stream says, up to the limit of both", async () => {
    const { told, collector, out, err, stdout, stderr } = open(6);
    out.write("abc");
    err.write("123");
    await flowed();
    assert.deepEqual([bytesOf(stdout), bytesOf(stderr)], ["abc", "123"]);
    assert.equal(collector.isFull, false);
    out.write("d");
    err.write("4");
    await flowed();
    assert.deepEqual([bytesOf(stdout), bytesOf(stderr)], ["abc", "123"]);
    assert.equal(collector.isFull, true);
    assert.equal(told.full, 1);
  });

  it("cuts the chunk that goes beyond the limit", async () => {
    const { collector, out, stdout } = open(4);
    out.write("abcdef");
    await flowed();
    assert.equal(bytesOf(stdout), "abcd");
    assert.equal(collector.isFull, true);
  });

  it("reads nothing of a stream that is not there", () => {
    assert.deepEqual(new Collector(1, () => {}).read(undefined), []);
  });
});
