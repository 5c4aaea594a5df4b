// Serves requests: takes its time, and answers each once.

import { flags, verbs } from "../../../src/protocol/header.ts";
import type { Frames, Id } from "../frames.ts";
import type { World } from "../world.ts";
import { type Farewell, Member } from "./member.ts";

/** An honest worker. */
export class Worker extends Member {
  protected capacity: number;
  readonly #groups: readonly string[];

  constructor(world: World, name: string, farewell: Farewell) {
    super(world, name, farewell);
    const { random } = world;
    this.capacity = random.pick([0, 1, 1, 2, 3, 4]);
    this.#groups = ["g0", "g1", "g2"].filter(() => random.chance(0.4));
    if (random.chance(0.1)) this.#grow();
  }

  protected hello(): unknown {
    const { instance, capacity } = this;
    return { role: "worker", instance, capacity, groups: this.#groups, agent: "sim/1" };
  }

  protected greeted(): void {}

  protected heard(frames: Frames, verb: number, id: Id): void {
    const { agenda, random, rumour, rumours } = this.world;
    const from = frames[1];
    if (from === undefined) return;
    if (verb === verbs.request) {
      rumour(rumours.requests, { from, id });
      agenda.after(this.#workMs(), () => this.reply(from, id));
    } else if (verb === verbs.send && ((frames[0]?.[4] as number) & flags.receipt) !== 0) {
      agenda.after(random.chance(0.9) ? random.ms(0, 5) : random.ms(0, 3000), () => {
        this.send(verbs.ack, id, 0, 0, from);
      });
    }
  }

  protected reply(to: Uint8Array, id: Id): void {
    const { random } = this.world;
    const body = Array.from({ length: random.below(3) }, () => random.bytes(random.below(30)));
    const bits = random.chance(0.2) ? flags.stderr : 0;
    this.send(verbs.reply, id, bits, random.chance(0.8) ? 0 : random.below(65_536), to, ...body);
  }

  #workMs(): number {
    const { random, scenario } = this.world;
    if (random.chance(0.05)) return random.ms(0, scenario.routing.limitMs * 3);
    return random.ms(0, scenario.workMs);
  }

  /** Says HELLO again now and then, with another capacity. */
  #grow(): void {
    const { agenda, random } = this.world;
    agenda.after(random.ms(500, 4000), () => {
      if (this.state === "over" || this.world.isQuiet) return;
      this.capacity = random.below(5);
      if (this.isOnline) this.sayHello();
      this.#grow();
    });
  }
}
