import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteTable } from "../../src/routing/byte_table.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("ByteTable", () => {
  it("finds by bytes, of which only the first so many count", () => {
    const table = new ByteTable<string>(1);
    table.add(bytes("web-3"), "three");
    const buffer = bytes("web-3 and what stood there before");
    assert.equal(table.get(buffer, 5), "three");
    assert.equal(table.get(buffer, 4), undefined);
    assert.equal(table.get(buffer), undefined);
  });

  it("keeps what a map would, whatever is added and removed", () => {
    const table = new ByteTable<number>(7);
    const map = new Map<string, number>();
    let state = 1;
    for (let n = 0; n < 50_000; n++) {
      state = Math.imul(state, 0x5851f42d) + 12345 | 0;
      const key = `${(state >>> 8) % 3000}`;
      if (map.has(key)) {
        assert.equal(table.get(bytes(key)), map.get(key));
        table.delete(bytes(key));
        map.delete(key);
      } else {
        assert.equal(table.get(bytes(key)), undefined);
        table.add(bytes(key), n);
        map.set(key, n);
      }
      assert.equal(table.size, map.size);
    }
    assert.deepEqual([...table.values()].sort(), [...map.values()].sort());
  });

  it("tells keys apart whose hashes are the same", () => {
    // Begun at zero, FNV-1a does not see how many zero bytes a key begins with.
    const table = new ByteTable<number>(0);
    const keys = Array.from({ length: 100 }, (_, length) => new Uint8Array(length));
    keys.forEach((key, n) => table.add(key, n));
    keys.forEach((key, n) => assert.equal(table.get(key), n));
    for (const key of keys.slice(0, 50)) table.delete(key);
    keys.forEach((key, n) => assert.equal(table.get(key), n < 50 ? undefined : n));
  });

  it("takes no notice of the removal of what is not there", () => {
    const table = new ByteTable<number>(3);
    table.add(bytes("a"), 1);
    table.delete(bytes("b"));
    assert.equal(table.size, 1);
  });
});
