import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Pool } from "../../src/handler/pool.ts";

describe("Pool", () => {
  it("gives each place to one at a time, in the order they asked", async () => {
    const pool = new Pool(["a", "b"], 10);
    const held: string[] = [];
    const frees: (() => void)[] = [];
    const uses = [1, 2, 3, 4].map((n) =>
      pool.use(async (place) => {
        held.push(`${n}${place}`);
        await new Promise<void>((resolve) => frees.push(resolve));
        return n;
      })
    );
    await Promise.resolve();
    assert.deepEqual(held, ["1b", "2a"]);
    frees[1]?.();
    assert.equal(await uses[1], 2);
    assert.deepEqual(held, ["1b", "2a", "3a"]);
    frees[0]?.();
    await uses[0];
    assert.deepEqual(held, ["1b", "2a", "3a", "4b"]);
    for (const free of frees.slice(2)) free();
    assert.deepEqual(await Promise.all(uses), [1, 2, 3, 4]);
  });

  it("takes a place back from work that fails", async () => {
    const pool = new Pool([undefined], 1);
    await assert.rejects(pool.use(() => Promise.reject(new Error("no luck"))), /no luck/);
    assert.equal(await pool.use(() => Promise.resolve("well")), "well");
  });

  it("lets no more wait than it was told", async () => {
    const pool = new Pool([1], 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = pool.use(() => promise);
    const second = pool.use(() => Promise.resolve());
    await assert.rejects(pool.use(() => promise), /^Error: 1 others wait to be served already$/);
    resolve();
    await Promise.all([first, second]);
  });
});
