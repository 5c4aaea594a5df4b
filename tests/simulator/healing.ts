// Lock-outs: a peer that wants to be online, and may be, is so before long.

import { must } from "./checks/violation.ts";
import type { Crowd } from "./crowd.ts";
import type { Faults } from "./faults.ts";
import { Client } from "./peers/client.ts";
import type { Actor } from "./peers/member.ts";
import { Member } from "./peers/member.ts";
import { Plain } from "./peers/plain.ts";
import type { World } from "./world.ts";

const lookEveryMs = 500;

/** Looks at how long peers have been striving for an answer. */
export class Healing {
  readonly #world: World;
  readonly #crowd: Crowd;
  readonly #faults: Faults;
  /** Until when somebody else had their identity. */
  readonly #waiting = new WeakMap<Actor, number>();

  constructor(world: World, crowd: Crowd, faults: Faults) {
    this.#world = world;
    this.#crowd = crowd;
    this.#faults = faults;
    this.#look();
  }

  /** In the end everybody is online who may be, and nobody waits for an answer. */
  checkAll(): void {
    for (const actor of this.#crowd.actors) {
      this.#check(actor);
      const open = actor instanceof Client && actor.isOnline ? [...actor.open] : [];
      must(open.length === 0, "one end", () => `${actor.label} still waits for ${open}`);
    }
  }

  #look(): void {
    this.#world.agenda.after(lookEveryMs, () => {
      for (const actor of this.#crowd.actors) this.#check(actor);
      this.#look();
    });
  }

  #check(actor: Actor): void {
    if (!(actor instanceof Member) && !(actor instanceof Plain)) return;
    const { strivingSince } = actor;
    if (strivingSince === undefined) return;
    const { agenda, broker, router, scenario } = this.#world;
    const { registerWithinMs, heartbeatMs } = scenario.routing;
    const connection = actor.socket?.connection;
    if (registerWithinMs === 0 || !broker.isUp || connection?.isFrozen === true) return;
    if (connection?.isDeaf === true) return;
    const first = router.ownerOf(connection?.key ?? "");
    if (actor instanceof Plain && first !== undefined && first !== connection) {
      // It is parked as long as the first is there, however long that is.
      this.#waiting.set(actor, agenda.now);
      return;
    }
    // Cut once, connected again, and greeted; a frozen connection may be in its way for a while.
    const patienceMs = 2 * (registerWithinMs + heartbeatMs) + 4 * heartbeatMs + 2000;
    const waitedUntil = this.#waiting.get(actor) ?? 0;
    const since = Math.max(strivingSince, this.#faults.lastAt, broker.stalledUntil, waitedUntil);
    must(
      agenda.now - since < patienceMs,
      "lock-out",
      () =>
        `${actor.label} has been locked out since ${strivingSince}, for ${agenda.now - since} ms`,
    );
  }
}
