// A registered peer that does not keep to what it says.

import { flags, verbs } from "../../../src/protocol/header.ts";
import { header, type Id, limitFrame, utf8 } from "../frames.ts";
import type { World } from "../world.ts";
import type { Farewell } from "./member.ts";
import { Worker } from "./worker.ts";

/** A worker that also answers what it was not asked, and asks under ids that are in use. */
export class Liar extends Worker {
  constructor(world: World, name: string, farewell: Farewell) {
    super(world, name, farewell);
    this.#go();
  }

  protected override reply(to: Uint8Array, id: Id): void {
    const times = this.world.random.pick([0, 1, 1, 2]);
    for (let i = 0; i < times; i++) super.reply(to, id);
  }

  /** Does not take that for an answer. */
  protected override parted(): void {
    const { agenda, random } = this.world;
    if (random.chance(0.3)) this.die();
    else if (random.chance(0.5)) agenda.after(random.ms(0, 60), () => this.sayHello());
  }

  #go(): void {
    const { agenda, random, scenario } = this.world;
    agenda.after(random.ms(0, 4 * scenario.thinkMs), () => {
      if (this.state === "over") return;
      if (!this.world.isQuiet && this.socket?.isOpen === true) this.#lie();
      this.#go();
    });
  }

  #lie(): void {
    const { random, rumours, scenario } = this.world;
    const request = rumours.requests.length > 0 ? random.pick(rumours.requests) : undefined;
    const lies: (() => void)[] = [
      () => this.#answer(verbs.reply, request?.from, request?.id),
      () => this.#answer(verbs.ack, request?.from, request?.id),
      () => this.#answer(verbs.reply, random.pick(rumours.identities), random.below(50)),
      () => this.#changeItself(),
      () => this.#send(random.below(256), random.below(40), random.below(256), random.below(3)),
      () => this.#send(verbs.request, random.below(20), random.below(32), 0),
      () => this.#send(verbs.send, random.below(20), random.below(32), 0),
      () => this.#send(random.whole(1, 17), random.below(20), 0, 0),
      () => this.#misaddress(),
      () => this.send(verbs.cancel, random.below(20), 0, 0),
    ];
    // With a small queue nobody knows any more which answer belongs to what.
    if (scenario.pipeMessages >= 20) {
      lies.push(() => this.#askTwice(), () => this.#askFarApart(), () => this.#watchMuch());
    }
    random.pick(lies)();
  }

  #answer(verb: number, to: Uint8Array | undefined, id: Id | undefined): void {
    if (to === undefined || id === undefined) return;
    const { random } = this.world;
    if (random.chance(0.1)) {
      const parts = Array.from({ length: 66 }, () => new Uint8Array(1));
      this.send(verb, id, 0, 0, to, ...parts);
    } else if (verb === verbs.reply) this.reply(to, id);
    else this.send(verb, id, 0, 0, to);
  }

  /** Under one id, while the first may still be open. */
  #askTwice(): void {
    const { random, scenario } = this.world;
    const id = random.below(5);
    for (let i = 0; i < 2; i++) {
      const peer = utf8(random.pick([`w${random.below(scenario.names)}`, "@g1", "w*", this.name]));
      const verb = random.pick([verbs.request, verbs.request, verbs.watch]);
      if (verb === verbs.watch) this.send(verb, id, 0, 0);
      else this.#ask(verb, id, peer, random.whole(1, 2000));
    }
  }

  #ask(verb: number, id: Id, peer: Uint8Array, limitMs: number): void {
    const { random } = this.world;
    this.send(verb, id, flags.limit, 0, peer, limitFrame(limitMs), random.bytes(4));
  }

  /** Ids that are the same when read as floating point. */
  #askFarApart(): void {
    const { random, scenario } = this.world;
    const id = (1n << 63n) + BigInt(random.below(4));
    const peer = utf8(`w${random.below(scenario.names)}`);
    this.send(verbs.request, id, 0, 0, peer, random.bytes(4));
    this.send(verbs.request, id + 1n, 0, 0, peer, random.bytes(4));
    if (random.chance(0.5)) this.send(verbs.cancel, id, 0, 0);
  }

  #changeItself(): void {
    const { random } = this.world;
    const { instance } = this;
    const hello = random.pick<unknown>([
      { role: "worker", instance, capacity: random.below(6), groups: ["g0", "g0"] },
      { role: "client", instance, capacity: 7, groups: ["g1"] },
      { role: "worker", instance, capacity: 65_536 },
      { role: "worker", instance: "", groups: [] },
      { role: "worker", instance, groups: ["a b"] },
      { role: "worker", instance, groups: Array.from({ length: 33 }, (_, i) => `g${i}`) },
      { role: "worker", instance: random.text(10) },
      { role: "boss", instance },
      { role: "worker", instance, agent: "x".repeat(17_000) },
      { role: "worker", instance, unknown: "x".repeat(16_000) },
      [],
      null,
      "HELLO",
    ]);
    this.send(verbs.hello, this.newId(), 0, 0, utf8(JSON.stringify(hello)));
  }

  #send(verb: number, id: number, flagBits: number, status: number): void {
    const { random, scenario } = this.world;
    const frames = Array.from({ length: random.below(4) }, () =>
      random.pick([
        () => random.bytes(random.below(12)),
        () => utf8(`w${random.below(scenario.names)}`),
        () => random.pick(this.world.rumours.identities),
        () => limitFrame(random.below(3000)),
        () => limitFrame(0),
        () => utf8("{}"),
      ])());
    // Without a body it could not be told from another of the same id when it is handed over.
    const isAsk = verb === verbs.send || verb === verbs.request;
    if (isAsk && frames.length > 0) frames.push(random.bytes(4));
    this.send(verb, id, flagBits, status, ...frames);
  }

  /** Peers as nobody should write them, and headers not of this version. */
  #misaddress(): void {
    const { random } = this.world;
    const peer = random.pick([
      new Uint8Array(0),
      new Uint8Array(300).fill(65),
      new Uint8Array(256).fill(66),
      utf8("@"),
      utf8("@a b"),
      utf8("0x"),
      utf8("0x7"),
      utf8("0xzz"),
      utf8("a]b"),
      utf8("tab\there"),
      utf8("["),
      Uint8Array.of(0xff, 0xfe),
      Uint8Array.of(0x40, 0xff),
      Uint8Array.of(0x2a, 0xff),
      Uint8Array.of(0x1f),
      utf8("w0\x1f"),
    ]);
    const head = header(random.pick([verbs.send, verbs.request, verbs.kick, verbs.list]), 9, 0, 0);
    if (random.chance(0.2)) head[2] = random.below(32);
    if (random.chance(0.1)) head[5] = 1;
    if (random.chance(0.5)) head[4] = random.pick([flags.receipt, flags.limit, 6, 4]);
    this.socket?.send(random.chance(0.5) ? [head, peer] : [head, peer, limitFrame(5)]);
  }

  #watchMuch(): void {
    for (let i = 0; i < 6; i++) this.send(verbs.watch, 1000 + this.world.random.below(40), 0, 0);
  }
}
