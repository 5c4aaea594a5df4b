// Peers without a protocol: a DEALER as in the seed, and a REQ that waits for each answer.

import { type Frames, utf8 } from "../frames.ts";
import type { World } from "../world.ts";
import type { Actor, Farewell } from "./member.ts";
import { Socket, type SocketOwner } from "./socket.ts";

/** How long a REQ waits for an answer before it asks again. */
const patienceMs = 1000;

/** Says something now and then, and reads what it gets. */
export class Plain implements Actor, SocketOwner {
  readonly label: string;
  readonly socket: Socket;
  /** Since when it has spoken and heard nothing; undefined: it was answered. */
  strivingSince: number | undefined;
  readonly #world: World;
  readonly #isRequester: boolean;
  readonly #farewell: Farewell;
  #waitsSince = -Infinity;
  #isOver = false;

  constructor(world: World, identity: Uint8Array, farewell: Farewell) {
    this.#world = world;
    this.#farewell = farewell;
    this.#isRequester = world.random.chance(0.3);
    this.socket = new Socket(world, identity, this.#isRequester ? "REQ" : "DEALER", this);
    this.label = `plain ${this.socket.connection?.number}`;
    this.strivingSince = world.agenda.now;
    this.#talk();
  }

  opened(): void {
    this.#waitsSince = -Infinity;
    this.#say();
  }

  received(_frames: Frames): void {
    this.#waitsSince = -Infinity;
    this.strivingSince = undefined;
  }

  closed(): void {
    this.strivingSince ??= this.#world.agenda.now;
  }

  die(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.socket.close();
    this.#farewell();
  }

  #say(): void {
    const { now } = this.#world.agenda;
    // An answer that its connection had no room for does not come any more.
    if (this.#isRequester && now - this.#waitsSince < patienceMs) return;
    this.#waitsSince = now;
    const words = utf8(`Hello ${this.#world.random.text(3)}`);
    this.socket.send(this.#isRequester ? [new Uint8Array(0), words] : [words]);
  }

  #talk(): void {
    const { agenda, random, scenario } = this.#world;
    agenda.after(random.ms(100, 100 + scenario.routing.heartbeatMs), () => {
      if (this.#isOver) return;
      this.#say();
      this.#talk();
    });
  }
}
