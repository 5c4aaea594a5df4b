// Asks for everything there is to ask for, and knows what it is owed.

import { errorCodes } from "../../../src/protocol/codes.ts";
import { flags, verbs } from "../../../src/protocol/header.ts";
import { must } from "../checks/violation.ts";
import { describe, type Frames, type Id, limitFrame, statusOf, utf8 } from "../frames.ts";
import type { World } from "../world.ts";
import { type Farewell, Member } from "./member.ts";

/** Answers that are the last of something that was open. */
const endings: readonly number[] = [verbs.reply, verbs.error, verbs.ack];

/** How long after its limit a message may still be open, for its client to hear of its end. */
const patienceMs = 3000;

/** A SEND or REQUEST to be. */
interface Message {
  readonly flagBits: number;
  readonly limitMs: number;
  readonly frames: Uint8Array[];
}

/** An honest client. */
export class Client extends Member {
  /** What it is owed an answer for. */
  readonly open: Set<Id> = new Set();
  /** What it was owed on a connection that ended: the answer may come, or not. */
  readonly #former = new Set<Id>();
  readonly #watches: Id[] = [];

  constructor(world: World, name: string, farewell: Farewell) {
    super(world, name, farewell);
    this.#think();
  }

  protected hello(): unknown {
    return { role: "client", instance: this.instance, agent: "sim/1" };
  }

  protected greeted(): void {
    this.#forget();
    this.#watches.length = 0;
  }

  override closed(): void {
    super.closed();
    this.#forget();
  }

  protected heard(frames: Frames, verb: number, id: Id): void {
    const flagBits = frames[0]?.[4] as number;
    if (!endings.includes(verb) || (flagBits & flags.more) !== 0) return;
    const status = statusOf(frames[0] as Uint8Array);
    must(
      verb !== verbs.error || status !== errorCodes["not-waiting"] || !this.open.has(id),
      "one end",
      () => `${this.label} cannot cancel ${id}: it has ended, and nothing came`,
    );
    // An ERROR also comes to a SEND without RECEIPT, and to what never is open.
    const wasOpen = this.open.delete(id) || this.#former.delete(id);
    must(
      wasOpen || verb === verbs.error,
      "one end",
      () => `${this.label} was told ${describe(frames)}, and nothing of that id was open`,
    );
  }

  #forget(): void {
    for (const id of this.open) this.#former.add(id);
    this.open.clear();
  }

  #think(): void {
    const { agenda, random, scenario } = this.world;
    agenda.after(random.ms(0, 2 * scenario.thinkMs), () => {
      if (this.state === "over") return;
      if (this.isOnline && !this.world.isQuiet) this.#ask();
      this.#think();
    });
  }

  #ask(): void {
    const { random } = this.world;
    const dice = random.fraction();
    if (dice < 0.5) this.#request();
    else if (dice < 0.78) this.#sendSomething();
    else if (dice < 0.88) this.#cancel();
    else if (dice < 0.92) this.send(verbs.list, this.newId(), 0, 0, ...this.#pattern());
    else if (dice < 0.95) this.#watch();
    else if (dice < 0.97) this.send(verbs.stats, this.newId(), 0, 0);
    else if (dice < 0.975) this.#kick();
    else if (dice < 0.98) this.leave();
    else for (let i = random.below(12); i >= 0; i--) this.#request();
  }

  #request(): void {
    const id = this.newId();
    const { flagBits, limitMs, frames } = this.#message();
    this.#expect(id, limitMs);
    this.send(verbs.request, id, flagBits, 0, ...frames);
  }

  /** It will be told how this ends, unless something is between it and the broker. */
  #expect(id: Id, limitMs: number): void {
    const { agenda, broker, scenario } = this.world;
    const askedAt = agenda.now;
    const connection = this.socket?.connection;
    this.open.add(id);
    agenda.after(limitMs + patienceMs, () => {
      if (!this.open.has(id) || this.state !== "online" || connection === undefined) return;
      const isCut = !connection.isOpen || connection.isFrozen || connection.isDeaf ||
        connection.deafAt > askedAt || broker.stalledUntil > askedAt || !broker.isUp;
      // With a queue this small all that it is told takes its time.
      const isSlow = scenario.pipeMessages < 20;
      must(isCut || isSlow, "one end", () => `${this.label} has not been told how ${id} ended`);
    });
  }

  #sendSomething(): void {
    const id = this.newId();
    const isReceipt = this.world.random.chance(0.6);
    const { flagBits, limitMs, frames } = this.#message();
    // Handed to a plain peer, a message without a body looks like any other.
    frames.push(this.world.random.bytes(4));
    if (isReceipt) this.#expect(id, limitMs);
    this.send(verbs.send, id, flagBits | (isReceipt ? flags.receipt : 0), 0, ...frames);
  }

  #message(): Message {
    const { random, scenario } = this.world;
    const { limitMsMax } = scenario.routing;
    let { limitMs } = scenario.routing;
    const frames = [this.#target()];
    let flagBits = 0;
    if (random.chance(0.5)) {
      flagBits = flags.limit;
      limitMs = random.chance(0.8) ? random.whole(1, 800) : random.whole(1, limitMsMax);
      frames.push(limitFrame(limitMs));
      if (random.chance(0.5)) flagBits |= flags.hold;
    }
    for (let i = random.below(3); i > 0; i--) frames.push(random.bytes(random.below(80)));
    if (random.chance(0.01)) frames.push(new Uint8Array(scenario.routing.messageBytes));
    if (random.chance(0.005)) { for (let i = 0; i < 64; i++) frames.push(new Uint8Array(0)); }
    return { flagBits, limitMs, frames };
  }

  #kick(): void {
    const id = this.newId();
    this.open.add(id);
    this.send(verbs.kick, id, 0, 0, this.#target());
  }

  #target(): Uint8Array {
    const { random, rumours, scenario } = this.world;
    const dice = random.fraction();
    if (dice < 0.6) return utf8(`w${random.below(scenario.names)}`);
    if (dice < 0.78) return utf8(`@g${random.below(4)}`);
    if (dice < 0.84) return utf8(random.pick(["w*", "w[0-2]", "?1", "p*", "none*", "[!w]*"]));
    if (dice < 0.9) return random.pick(rumours.identities);
    if (dice < 0.96) return utf8(`p${random.below(4)}`);
    if (dice < 0.98) return utf8(random.pick(["0x7030", "0x00", "c0", "c1", "nobody"]));
    return utf8(this.name);
  }

  #pattern(): Uint8Array[] {
    const { random } = this.world;
    return random.chance(0.3) ? [] : [utf8(random.pick(["*", "w*", "w1", "@g1", "p?"]))];
  }

  #cancel(): void {
    const { random } = this.world;
    const open = [...this.open];
    if (this.#watches.length > 0 && random.chance(0.3)) {
      this.send(verbs.cancel, this.#watches.shift() as Id, 0, 0);
    } else if (open.length > 0 && random.chance(0.9)) {
      this.send(verbs.cancel, random.pick(open), 0, 0);
    } else {
      this.send(verbs.cancel, this.newId(), 0, 0);
    }
  }

  #watch(): void {
    const id = this.newId();
    this.#watches.push(id);
    this.send(verbs.watch, id, 0, 0, ...this.#pattern());
  }
}
