// Whatever bytes a connection may bring, under whatever identity.

import { verbs } from "../../../src/protocol/header.ts";
import { type Frames, header, utf8 } from "../frames.ts";
import type { World } from "../world.ts";
import type { Actor, Farewell } from "./member.ts";
import { Socket, type SocketOwner } from "./socket.ts";

/** Sends what makes no sense, and does not care what comes back. */
export class Garbage implements Actor, SocketOwner {
  readonly label = "garbage";
  socket: Socket;
  readonly #world: World;
  readonly #farewell: Farewell;
  #isOver = false;

  constructor(world: World, farewell: Farewell) {
    this.#world = world;
    this.#farewell = farewell;
    this.socket = new Socket(world, this.#identity(), "DEALER", this);
    this.#go();
  }

  opened(): void {}

  received(): void {}

  closed(): void {}

  die(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.socket.close();
    this.#farewell();
  }

  #go(): void {
    const { agenda, random } = this.#world;
    agenda.after(random.ms(0, 300), () => {
      if (this.#isOver) return;
      if (!this.#world.isQuiet) this.socket.send(this.#frames());
      if (random.chance(0.03)) this.die();
      else this.#go();
    });
  }

  #identity(): Uint8Array {
    const { random, rumours, scenario } = this.#world;
    const name = `w${random.below(scenario.names)}`;
    return random.pick<() => Uint8Array>([
      () => random.bytes(random.whole(1, 20)),
      () => new Uint8Array(300).fill(67),
      () => utf8(`${"n".repeat(250)}\x1f${random.text(8)}`),
      () => utf8(`${name}\x1f${random.text(7)}`),
      () => utf8(`${name}\x1f${random.text(7)}-`),
      () => utf8(`@g1\x1f${random.text(8)}`),
      () => utf8(`a*\x1f${random.text(8)}`),
      () => utf8(`0xff\x1f${random.text(8)}`),
      () => utf8(`\x1f${random.text(8)}`),
      () => utf8(name),
      () => utf8(`wörk\x1f${random.text(8)}`),
      () => rumours.identities.at(-1) ?? utf8("x"),
    ])();
  }

  #frames(): Frames {
    const { random } = this.#world;
    const head = header(random.below(20), random.below(9), random.pick([0, 0, 1, 2, 7, 8, 255]));
    const hello = { role: "worker", instance: random.text(3), groups: ["g2"] };
    return random.pick<() => Frames>([
      () => [random.bytes(random.below(40))],
      () => [head.subarray(0, random.below(16)), random.bytes(3)],
      () => [new Uint8Array(0)],
      () => [new Uint8Array(0), head],
      () => [random.bytes(16), random.bytes(16)],
      () => [head],
      () => [head, random.bytes(300)],
      () => [head, random.bytes(random.below(5)), random.bytes(random.below(6)), random.bytes(2)],
      () => [header(verbs.hello, 1), utf8('{"role":"worker","instance":')],
      () => [header(verbs.hello, 1), utf8(JSON.stringify(hello))],
      () => [header(verbs.hello, 1), random.bytes(30)],
      () => [header(verbs.hello, 1), utf8(JSON.stringify(hello)), utf8("more")],
    ])();
  }
}
