// What every honest callsign/1 peer does: greet, give signs of life, and come back.

import { errorCodes } from "../../../src/protocol/codes.ts";
import { verbs } from "../../../src/protocol/header.ts";
import { type Frames, header, type Id, idOf, statusOf, utf8 } from "../frames.ts";
import type { World } from "../world.ts";
import { Socket, type SocketOwner } from "./socket.ts";

/** How an actor that has ended says so. */
export type Farewell = () => void;

/** What faults are done to. */
export interface Actor {
  readonly label: string;
  /** Its socket now; undefined when it has none. */
  readonly socket: Socket | undefined;
  /** Ends it without a word. */
  die(): void;
}

/** Where a member is in its life. */
type State = "offline" | "greeting" | "online" | "over";

/** One process with one name. */
export abstract class Member implements Actor, SocketOwner {
  readonly name: string;
  readonly label: string;
  readonly instance: string;
  /** Since when it has wanted a WELCOME without being told why it has none; undefined: it has one. */
  strivingSince: number | undefined;
  socket: Socket | undefined;
  protected readonly world: World;
  /** Waits to be cut when it is not answered, instead of opening a fresh socket. */
  protected readonly isPatient: boolean;
  protected state: State = "offline";
  readonly #farewell: Farewell;
  #nextId = 1;
  #heardAt = 0;
  #greetings = 0;

  constructor(world: World, name: string, farewell: Farewell) {
    this.world = world;
    this.name = name;
    this.#farewell = farewell;
    this.instance = world.random.text(10);
    this.label = `${this.constructor.name.toLowerCase()} ${name}/${this.instance}`;
    this.isPatient = world.scenario.routing.registerWithinMs > 0 && world.random.chance(0.15);
    this.strivingSince = world.agenda.now;
    this.#openSocket();
    this.#beat();
  }

  /** The JSON of its HELLO. */
  protected abstract hello(): unknown;

  /** What comes once it is online, or is left to it. */
  protected abstract heard(frames: Frames, verb: number, id: Id): void;

  /** It is online, or online again: what was open is not any more. */
  protected abstract greeted(): void;

  get isOnline(): boolean {
    return this.state === "online";
  }

  opened(): void {
    this.state = "greeting";
    this.#greet();
  }

  received(frames: Frames): void {
    const [first] = frames;
    if (first === undefined || this.state === "over") return;
    const verb = first[3] as number;
    const id = idOf(first);
    this.#heardAt = this.world.agenda.now;
    if (verb === verbs.welcome) this.#welcomed();
    else if (verb === verbs.error && this.#isOfLife(statusOf(first))) return;
    else this.heard(frames, verb, id);
  }

  closed(): void {
    this.state = "offline";
    this.strivingSince ??= this.world.agenda.now;
  }

  die(): void {
    if (this.state === "over") return;
    this.state = "over";
    this.socket?.close();
    this.#farewell();
  }

  /** Says goodbye first. */
  leave(): void {
    this.send(verbs.disconnect, this.newId(), 0, 0, utf8("done"));
    // Some wait for the answer, some do not.
    this.state = "over";
    this.world.agenda.after(this.world.random.ms(0, 30), () => {
      this.socket?.close();
      this.#farewell();
    });
  }

  /** It was told not to come back. */
  protected parted(): void {
    this.die();
  }

  newId(): number {
    return this.#nextId++;
  }

  send(verb: number, id: Id, flagBits: number, status: number, ...frames: Uint8Array[]): void {
    this.socket?.send([header(verb, id, flagBits, status), ...frames]);
  }

  sayHello(): void {
    this.send(verbs.hello, this.newId(), 0, 0, utf8(JSON.stringify(this.hello())));
  }

  #openSocket(): void {
    this.socket?.close();
    this.state = "offline";
    const identity = utf8(`${this.name}\x1f${this.world.random.text(8)}`);
    this.world.rumour(this.world.rumours.identities, identity);
    this.#heardAt = this.world.agenda.now;
    this.socket = new Socket(this.world, identity, "DEALER", this);
  }

  #greet(): void {
    const { agenda, random, scenario } = this.world;
    this.state = "greeting";
    this.strivingSince ??= agenda.now;
    this.sayHello();
    const greeting = ++this.#greetings;
    agenda.after(scenario.routing.heartbeatMs + random.ms(0, 200), () => {
      if (this.#greetings === greeting && this.state === "greeting") this.#unanswered();
    });
  }

  #unanswered(): void {
    if (!this.isPatient) this.#openSocket();
    else if (this.world.random.chance(0.5)) this.#greet();
  }

  #welcomed(): void {
    this.#greetings++;
    if (this.state === "greeting") {
      this.state = "online";
      this.greeted();
    }
    this.strivingSince = undefined;
  }

  #isOfLife(status: number): boolean {
    const { agenda, random } = this.world;
    if (status === errorCodes["unknown-peer"]) {
      if (this.state === "online" || this.state === "greeting") this.#greet();
    } else if (status === errorCodes["name-taken"]) {
      this.strivingSince = undefined;
      this.#greetings++;
      if (random.chance(0.3)) this.die();
      else agenda.after(random.ms(50, 1500), () => this.#greetAgain());
    } else if (status === errorCodes.superseded || status === errorCodes.kicked) {
      this.parted();
    } else {
      return false;
    }
    return true;
  }

  #greetAgain(): void {
    if (this.state === "greeting" && this.socket?.isOpen === true) this.#greet();
  }

  #beat(): void {
    const { agenda, random, scenario } = this.world;
    const { heartbeatMs } = scenario.routing;
    agenda.after(heartbeatMs * (0.75 + random.fraction() / 4), () => {
      if (this.state === "over") return;
      const isForgotten = agenda.now - this.#heardAt > 3 * heartbeatMs;
      if (this.state === "online") {
        if (isForgotten) this.#openSocket();
        else this.send(verbs.heartbeat, this.newId(), 0, 0);
      }
      this.#beat();
    });
  }
}
