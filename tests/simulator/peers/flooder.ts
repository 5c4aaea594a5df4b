// A peer that asks more than it reads, until the broker has had enough of it.

import { verbs } from "../../../src/protocol/header.ts";
import type { Frames, Id } from "../frames.ts";
import type { World } from "../world.ts";
import { type Farewell, Member } from "./member.ts";

/** A client that stops reading and goes on asking. */
export class Flooder extends Member {
  constructor(world: World, name: string, farewell: Farewell) {
    super(world, name, farewell);
    world.agenda.after(
      world.random.ms(100, 2000),
      () => this.#flood(world.random.whole(900, 1400)),
    );
  }

  protected hello(): unknown {
    return { role: "client", instance: this.instance };
  }

  protected greeted(): void {}

  protected heard(_frames: Frames, _verb: number, _id: Id): void {}

  #flood(left: number): void {
    const { agenda, random, router } = this.world;
    if (this.state === "over") return;
    const connection = this.socket?.connection;
    if (left === 0 || this.world.isQuiet || connection === undefined) {
      this.die();
      return;
    }
    if (!connection.isDeaf) router.setDeaf(connection, true);
    const verb = random.pick([verbs.heartbeat, verbs.heartbeat, verbs.cancel, verbs.send]);
    if (this.isOnline) this.send(verb, this.newId(), 0, 0);
    agenda.after(random.ms(0, 1), () => this.#flood(left - 1));
  }
}
