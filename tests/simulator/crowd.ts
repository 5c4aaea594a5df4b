// Who takes part: so many of each kind, each replaced by another when it ends.

import { utf8 } from "./frames.ts";
import { Client } from "./peers/client.ts";
import { Flooder } from "./peers/flooder.ts";
import { Garbage } from "./peers/garbage.ts";
import { Liar } from "./peers/liar.ts";
import type { Actor, Farewell } from "./peers/member.ts";
import { Plain } from "./peers/plain.ts";
import { Silent } from "./peers/silent.ts";
import { Worker } from "./peers/worker.ts";
import type { World } from "./world.ts";

/** All actors there are at a time. */
export class Crowd {
  readonly actors: Set<Actor> = new Set();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    const { cast, names } = world.scenario;
    const { random } = world;
    const worker = (): string => `w${random.below(names)}`;
    const plainName = (): Uint8Array =>
      random.chance(0.1)
        ? random.bytes(5)
        : utf8(random.chance(0.85) ? `p${random.below(4)}` : "w0");
    const kinds: readonly (readonly [number, (farewell: Farewell) => Actor])[] = [
      [cast.workers, (farewell) => new Worker(world, worker(), farewell)],
      [cast.clients, (farewell) => new Client(world, `c${random.below(12)}`, farewell)],
      [cast.plain, (farewell) => new Plain(world, plainName(), farewell)],
      [cast.liars, (farewell) => new Liar(world, worker(), farewell)],
      [cast.garbage, (farewell) => new Garbage(world, farewell)],
      [cast.silent, (farewell) => new Silent(world, farewell)],
      [cast.flooders, (farewell) => new Flooder(world, `f${random.below(2)}`, farewell)],
    ];
    for (const [count, make] of kinds) {
      for (let i = 0; i < count; i++) this.#fill(make, random.ms(0, 500));
    }
  }

  /** One of those that are there now. */
  any(): Actor | undefined {
    return this.actors.size === 0 ? undefined : this.#world.random.pick([...this.actors]);
  }

  #replace(actor: Actor, make: (farewell: Farewell) => Actor): void {
    if (!this.actors.delete(actor)) return;
    this.#world.trace.add(() => `${actor.label} ends`);
    this.#fill(make, this.#world.random.ms(50, 3000));
  }

  #fill(make: (farewell: Farewell) => Actor, delayMs: number): void {
    this.#world.agenda.after(delayMs, () => {
      const actor = make(() => this.#replace(actor, make));
      this.actors.add(actor);
    });
  }
}
