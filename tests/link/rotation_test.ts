import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { denied, unresolved } from "../../src/peer/connection_error.ts";
import { Rotation } from "../../src/peer/rotation.ts";

const one = "tcp://one:1";
const two = "tcp://two:2";

describe("Rotation", () => {
  it("waits twice as long each time, up to a cap, never the same and never longer", () => {
    const rotation = new Rotation([one]);
    const longestMs = [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000];
    const pausesMs = longestMs.map(() => rotation.failed());
    pausesMs.forEach((pauseMs, i) => {
      const mostMs = longestMs[i] as number;
      assert.ok(pauseMs >= mostMs / 2 && pauseMs <= mostMs, `${pauseMs} of ${mostMs} ms`);
    });
    assert.equal(new Set(pausesMs).size, pausesMs.length);
  });

  it("begins with short waits again after a success", () => {
    const rotation = new Rotation([one]);
    for (let i = 0; i < 10; i++) rotation.failed();
    rotation.succeeded();
    assert.ok(rotation.failed() <= 100);
  });

  it("tries the others at once, and waits when each has had its turn", () => {
    const rotation = new Rotation([one, two, one]);
    const tried = [rotation.endpoint];
    const waited: boolean[] = [];
    for (let i = 0; i < 4; i++) {
      waited.push(rotation.failed() > 0);
      tried.push(rotation.endpoint);
    }
    assert.deepEqual(tried, [one, two, one, two, one]);
    assert.deepEqual(waited, [false, true, false, true]);
  });

  it("gives up when there is no hope in any of them", () => {
    const rotation = new Rotation([one, two]);
    rotation.gaveUp(unresolved(one));
    const reason = denied(two, 400);
    assert.throws(() => rotation.gaveUp(reason), reason);
  });

  it("does not give up as long as one of them failed for another reason", () => {
    const rotation = new Rotation([one, two]);
    rotation.gaveUp(unresolved(one));
    rotation.failed();
    rotation.gaveUp(unresolved(one));
    rotation.failed();
    assert.equal(rotation.endpoint, one);
    rotation.failed();
    rotation.gaveUp(unresolved(two));
    assert.equal(rotation.endpoint, one);
  });

  it("does not give up a host that was found before", () => {
    for (const wasFound of ["succeeded", "failed"] as const) {
      const rotation = new Rotation([one]);
      rotation[wasFound]();
      assert.ok(rotation.gaveUp(unresolved(one)) > 0);
      assert.throws(() => rotation.gaveUp(denied(one, 400)), { failure: "denied" });
    }
  });

  it("takes endpoints only", () => {
    assert.throws(() => new Rotation([]), { name: "EndpointError" });
    assert.throws(() => new Rotation([one, "two"]), { name: "EndpointError" });
  });
});
