// What goes wrong, and how often.

import type { Crowd } from "./crowd.ts";
import type { Connection } from "./router.ts";
import type { FaultRates } from "./scenario.ts";
import type { World } from "./world.ts";

/** Does harm to peers, connections and the broker until it is told to stop. */
export class Faults {
  /** When something last went wrong. */
  lastAt = 0;
  readonly #world: World;
  readonly #crowd: Crowd;

  constructor(world: World, crowd: Crowd) {
    this.#world = world;
    this.#crowd = crowd;
    const { faults } = world.scenario;
    const harms: Readonly<Record<keyof FaultRates, () => void>> = {
      crash: () => this.#crowd.any()?.die(),
      drop: () => this.#withConnection((connection) => world.router.end(connection)),
      freeze: () => this.#withConnection((connection) => this.#freeze(connection)),
      lose: () => this.#withConnection((connection) => this.#lose(connection)),
      deaf: () => this.#withConnection((connection) => this.#deafen(connection)),
      stall: () => world.broker.stall(world.random.ms(100, 6000)),
      restart: () => world.broker.crash(),
      close: () => world.broker.close(),
    };
    for (const [kind, harm] of Object.entries(harms)) {
      this.#repeat(kind, faults[kind as keyof FaultRates], harm);
    }
  }

  #repeat(kind: string, perSecond: number, harm: () => void): void {
    if (perSecond === 0) return;
    const { agenda, random, trace } = this.#world;
    agenda.after(random.ms(0, 2000 / perSecond), () => {
      if (this.#world.isQuiet) return;
      trace.add(() => `fault: ${kind}`);
      this.lastAt = agenda.now;
      harm();
      this.#repeat(kind, perSecond, harm);
    });
  }

  #withConnection(harm: (connection: Connection) => void): void {
    const { random, router } = this.#world;
    const connections = [...router.connections.values()];
    if (connections.length > 0) harm(random.pick(connections));
  }

  /** The other machine is gone, and the kernel here notices only later. */
  #freeze(connection: Connection): void {
    const { agenda, random, router } = this.#world;
    connection.isFrozen = true;
    agenda.after(random.ms(100, 20_000), () => router.end(connection));
  }

  #lose(connection: Connection): void {
    this.#freeze(connection);
    connection.endpoint.closed();
  }

  #deafen(connection: Connection): void {
    const { agenda, random, router } = this.#world;
    router.setDeaf(connection, true);
    agenda.after(random.ms(50, 4000), () => router.setDeaf(connection, false));
  }
}
