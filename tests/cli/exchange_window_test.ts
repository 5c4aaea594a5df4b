import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers";
import { ExchangeWindow } from "../../src/cli/exchange_window.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Exchanges that end when they are told to, and what was printed of them. */
class Exchanges {
  readonly printed: number[] = [];
  readonly #ends: (() => void)[] = [];

  add(window: ExchangeWindow): void {
    const n = this.#ends.length;
    const ending = new Promise<number>((resolve) => this.#ends.push(() => resolve(n)));
    window.add(ending, (value) => {
      this.printed.push(value);
      return Promise.resolve();
    });
  }

  async end(...which: readonly number[]): Promise<void> {
    for (const n of which) this.#ends[n]?.();
    await turn();
  }
}

describe("ExchangeWindow", () => {
  it("prints in the order of the beginnings", async () => {
    const window = new ExchangeWindow(3, true);
    const exchanges = new Exchanges();
    for (let i = 0; i < 3; i++) exchanges.add(window);
    await exchanges.end(2, 1);
    assert.deepEqual(exchanges.printed, []);
    await exchanges.end(0);
    await window.finish();
    assert.deepEqual(exchanges.printed, [0, 1, 2]);
  });

  it("prints in the order of the ends when it is to", async () => {
    const window = new ExchangeWindow(3, false);
    const exchanges = new Exchanges();
    for (let i = 0; i < 3; i++) exchanges.add(window);
    await exchanges.end(2);
    await exchanges.end(0);
    assert.deepEqual(exchanges.printed, [2, 0]);
    await exchanges.end(1);
    await window.finish();
  });

  it("has room again once one was printed", async () => {
    const window = new ExchangeWindow(2, true);
    const exchanges = new Exchanges();
    for (let i = 0; i < 2; i++) {
      await window.room();
      exchanges.add(window);
    }
    let hasRoom = false;
    const room = window.room().then(() => hasRoom = true);
    await exchanges.end(1);
    assert.equal(hasRoom, false);
    await exchanges.end(0);
    await room;
    await window.finish();
  });
});
