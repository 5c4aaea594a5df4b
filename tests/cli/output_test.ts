// Lines to a pipe, which the tests read at their own pace.

import assert from "node:assert/strict";
import fs from "node:fs";
import { afterEach, describe, it } from "node:test";
import { Output } from "../../src/cli/output.ts";
import { loadLibrary } from "../../src/ffi/load.ts";
import type { NativeLibrary } from "../../src/ffi/native.ts";

const timeout = 30_000;
const library = loadLibrary();
const { wait } = library as NativeLibrary & { wait: NonNullable<NativeLibrary["wait"]> };
const POLLIN = 1;
/** Told by no test to be exceeded, and more than any pipe takes by itself. */
const roomy = 2 ** 24;

/** An Output, what it told, and the other end of its pipe. */
class Piped {
  readonly output: Output;
  readonly failures: string[] = [];
  readonly skipped: number[] = [];
  /** What was read so far. */
  text = "";
  readonly #descriptor: number;
  #readEnd: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #buffer = new Uint8Array(65536);

  constructor(bytesMax: number) {
    const ends = new Int32Array(2);
    assert.equal(wait.pipe(ends), 0);
    const [readEnd, writeEnd] = ends as unknown as [number, number];
    this.#readEnd = readEnd;
    // Deno's node:fs writes only to what it has opened itself.
    this.#descriptor = fs.openSync(`/dev/fd/${writeEnd}`, "w");
    wait.close(writeEnd);
    this.output = new Output({
      library,
      descriptor: this.#descriptor,
      bytesMax,
      onFailure: (code) => this.failures.push(code),
      onSkipped: (lines) => this.skipped.push(lines),
    });
  }

  /** Reads what is there, up to so many bytes; false when there is nothing. */
  read(bytesMax: number = this.#buffer.length): boolean {
    const item = new Int32Array([this.#readEnd, POLLIN]);
    if (wait.poll(item, library.size(1), 0) <= 0) return false;
    const count = wait.read(this.#readEnd, this.#buffer, library.size(bytesMax));
    if (count <= 0) return false;
    this.text += this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
    return true;
  }

  /** Reads, a turn of the program after the other, until it is as wanted. */
  async readUntil(isThere: () => boolean, bytesMax?: number): Promise<void> {
    while (!isThere()) {
      if (!this.read(bytesMax)) await nextTurn();
    }
  }

  /** Nobody reads any more. */
  closeReader(): void {
    if (this.#readEnd >= 0) wait.close(this.#readEnd);
    this.#readEnd = -1;
  }

  close(): void {
    this.closeReader();
    fs.closeSync(this.#descriptor);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

const numbered = (n: number): string => `line ${n} ${"x".repeat(n % 100)}`;

describe("Output", () => {
  let piped: Piped;
  const open = (bytesMax: number): Piped => piped = new Piped(bytesMax);
  afterEach(async () => {
    piped.closeReader();
    await piped.output.finish(0);
    piped.close();
  });

  it("writes lines whole, in order, and each with one line end", { timeout }, async () => {
    const { output } = open(roomy);
    for (const line of ["first", "", "naïve 東京 😀", "last"]) output.line(line);
    await output.finish(0);
    piped.read();
    assert.equal(piped.text, "first\n\nnaïve 東京 😀\nlast\n");
    assert.deepEqual([piped.failures, piped.skipped], [[], []]);
  });

  it("writes by itself, a turn later and without being asked", { timeout }, async () => {
    const { output } = open(roomy);
    output.line("first");
    assert.equal(piped.read(), false);
    await piped.readUntil(() => piped.text === "first\n");
    output.line("second");
    await piped.readUntil(() => piped.text === "first\nsecond\n");
  });

  it("keeps the order of far more than a pipe holds", { timeout }, async () => {
    const { output } = open(roomy);
    let wanted = "";
    for (let n = 0; n < 20_000; n++) {
      output.line(numbered(n));
      wanted += `${numbered(n)}\n`;
    }
    await piped.readUntil(() => piped.text.length >= wanted.length);
    assert.ok(piped.text === wanted, "the text read is not the text written");
    assert.deepEqual(piped.skipped, []);
  });

  it("loses nothing to a reader that takes a few bytes at a time", { timeout }, async () => {
    const { output } = open(roomy);
    const wanted = `${"é😀".repeat(30_000)}\n`;
    output.line(wanted.trimEnd());
    await piped.readUntil(() => piped.text.length >= wanted.length, 1001);
    assert.ok(piped.text === wanted, "the text read is not the text written");
  });

  it("never waits for a reader, keeps so many bytes for it, and counts the rest", {
    timeout,
  }, async () => {
    const bytesMax = 10_000;
    const line = `${"x".repeat(99)}`;
    const { output } = open(bytesMax);
    // Fills the pipe and then what is kept; a write that blocked would never come back.
    let given = 0;
    const give = async (lines: number): Promise<void> => {
      for (let n = 0; n < lines; n++, given++) output.line(line);
      await nextTurn();
    };
    for (let round = 0; round < 100; round++) await give(100);
    assert.deepEqual(piped.skipped, []);

    await piped.readUntil(() => piped.skipped.length > 0);
    await piped.readUntil(() => piped.text.length / 100 + (piped.skipped[0] as number) >= given);
    const printed = piped.text.split("\n").length - 1;
    assert.equal(piped.text, `${line}\n`.repeat(printed));
    assert.deepEqual(piped.skipped, [given - printed]);
    // What was printed is what the pipe holds, 64 KiB as a rule, and what may be kept beside it.
    assert.ok(piped.text.length <= 2 ** 18 + bytesMax, `${piped.text.length} bytes were kept`);

    output.line("and then");
    await piped.readUntil(() => piped.text.endsWith("\nand then\n"));
    assert.equal(piped.skipped.length, 1);
  });

  it("keeps exactly as many bytes as it may", { timeout }, async () => {
    const { output } = open(100);
    output.line("x".repeat(98));
    output.line("");
    output.line("");
    await output.finish(0);
    piped.read();
    assert.equal(piped.text, `${"x".repeat(98)}\n\n`);
    assert.deepEqual(piped.skipped, [1]);
  });

  it("leaves out a line that would never fit, and says so", { timeout }, async () => {
    const { output } = open(100);
    output.line("before");
    output.line("x".repeat(100));
    output.line("after");
    await output.finish(0);
    piped.read();
    assert.equal(piped.text, "before\nafter\n");
    assert.deepEqual(piped.skipped, [1]);
  });

  it("tells once that nobody reads any more, and is silent from then on", { timeout }, async () => {
    const { output } = open(roomy);
    output.line("first");
    await piped.readUntil(() => piped.text === "first\n");
    piped.closeReader();
    for (let n = 0; n < 3; n++) {
      output.line("second");
      await output.finish(0);
    }
    assert.deepEqual(piped.failures, ["EPIPE"]);
    assert.deepEqual(piped.skipped, []);
  });

  it("tells the same when the reader goes while lines wait for it", { timeout }, async () => {
    const { output } = open(roomy);
    for (let n = 0; n < 20_000; n++) output.line(numbered(n));
    await nextTurn();
    piped.closeReader();
    await piped.readUntil(() => piped.failures.length > 0);
    await output.finish(1000);
    assert.deepEqual(piped.failures, ["EPIPE"]);
  });

  it("waits at its end for a slow reader", { timeout }, async () => {
    const { output } = open(roomy);
    let wanted = "";
    for (let n = 0; n < 5000; n++) {
      output.line(numbered(n));
      wanted += `${numbered(n)}\n`;
    }
    let isFinished = false;
    const finished = output.finish(timeout).then(() => isFinished = true);
    await piped.readUntil(() => isFinished);
    await finished;
    while (piped.read());
    assert.ok(piped.text === wanted, "the text read is not the text written");
  });

  it("does not wait at its end for one that takes nothing", { timeout }, async () => {
    const { output } = open(roomy);
    for (let n = 0; n < 20_000; n++) output.line(numbered(n));
    await output.finish(1);
    while (piped.read());
    assert.ok(piped.text.startsWith(`${numbered(0)}\n${numbered(1)}\n`));
    assert.ok(!piped.text.includes(numbered(19_999)));
  });
});
