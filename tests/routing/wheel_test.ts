import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Timer, Wheel } from "../../src/routing/wheel.ts";

/** Notes when it fired, and does what it is told then. */
class Note extends Timer {
  readonly #fired: string[];
  readonly #name: string;
  readonly #then: () => void;

  constructor(fired: string[], name: string, then: () => void = () => {}) {
    super();
    this.#fired = fired;
    this.#name = name;
    this.#then = then;
  }

  override fire(nowMs: number): void {
    this.#fired.push(`${this.#name} at ${nowMs}`);
    this.#then();
  }
}

describe("Wheel", () => {
  it("fires what is due, and never before", () => {
    const fired: string[] = [];
    const wheel = new Wheel(1000);
    wheel.set(new Note(fired, "a"), 1100);
    wheel.advance(1099);
    assert.deepEqual(fired, []);
    wheel.advance(1104);
    assert.deepEqual(fired, ["a at 1104"]);
    assert.equal(wheel.nextDueMs, Infinity);
  });

  it("fires in the order of their times, and of those at the same time in the order set", () => {
    const fired: string[] = [];
    const wheel = new Wheel(0);
    for (const [name, dueMs] of [["c", 300], ["a", 100], ["b1", 200], ["b2", 200]] as const) {
      wheel.set(new Note(fired, name), dueMs);
    }
    wheel.advance(1000);
    assert.deepEqual(fired, ["a at 1000", "b1 at 1000", "b2 at 1000", "c at 1000"]);
  });

  it("keeps one that is due turns of the wheel later", () => {
    const fired: string[] = [];
    const wheel = new Wheel(0);
    wheel.set(new Note(fired, "day"), 86_400_000);
    for (let nowMs = 0; nowMs < 86_400_000; nowMs += 9999) wheel.advance(nowMs);
    assert.deepEqual(fired, []);
    wheel.advance(86_400_016);
    assert.deepEqual(fired, ["day at 86400016"]);
  });

  it("fires each once after any leap of time", () => {
    const fired: string[] = [];
    const wheel = new Wheel(0);
    for (let n = 0; n < 5000; n++) wheel.set(new Note(fired, `${n}`), n * 7);
    wheel.advance(10_000_000);
    assert.equal(new Set(fired).size, 5000);
    assert.equal(fired.length, 5000);
  });

  it("forgets one that is called off, and moves one that is set again", () => {
    const fired: string[] = [];
    const wheel = new Wheel(0);
    const [off, moved] = [new Note(fired, "off"), new Note(fired, "moved")];
    wheel.set(off, 100);
    wheel.set(moved, 100);
    wheel.unset(off);
    wheel.unset(off);
    wheel.set(moved, 500);
    wheel.advance(400);
    assert.deepEqual(fired, []);
    wheel.advance(600);
    assert.deepEqual(fired, ["moved at 600"]);
  });

  it("lets one that fires call others off, and set itself again", () => {
    const fired: string[] = [];
    const wheel = new Wheel(0);
    const second: Note = new Note(fired, "second");
    const first: Note = new Note(fired, "first", () => {
      wheel.unset(second);
      if (fired.length < 3) wheel.set(first, 0);
    });
    wheel.set(first, 10);
    wheel.set(second, 11);
    for (let nowMs = 100; nowMs < 1000; nowMs += 100) wheel.advance(nowMs);
    assert.deepEqual(fired, ["first at 100", "first at 200", "first at 300"]);
  });

  it("says when it is to be asked again, at most a slot too early", () => {
    const wheel = new Wheel(0);
    for (const dueMs of [5, 16, 1000, 16_000]) {
      const note = new Note([], "");
      wheel.set(note, dueMs);
      assert.ok(wheel.nextDueMs >= dueMs && wheel.nextDueMs < dueMs + 16, `${dueMs}`);
      wheel.unset(note);
    }
  });
});
