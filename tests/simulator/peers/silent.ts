// Connections of which nothing is heard.

import type { World } from "../world.ts";
import type { Actor, Farewell } from "./member.ts";
import { Socket, type SocketOwner } from "./socket.ts";

/** Connects, perhaps shakes hands, and says nothing. */
export class Silent implements Actor, SocketOwner {
  readonly label = "silent";
  readonly socket: Socket;
  readonly #farewell: Farewell;

  constructor(world: World, farewell: Farewell) {
    const { random } = world;
    this.#farewell = farewell;
    this.socket = new Socket(world, new Uint8Array(0), random.chance(0.5) ? "DEALER" : "", this);
    world.agenda.after(random.ms(100, 20_000), () => this.die());
  }

  opened(): void {}

  received(): void {}

  closed(): void {}

  die(): void {
    this.socket.close();
    this.#farewell();
  }
}
