// A ROUTER that does what a test says, for the peers' side of callsign/1.

import type { NativeLibrary } from "../../src/ffi/native.ts";
import { encodeJson, type Welcome } from "../../src/protocol/greeting.ts";
import { decodeHeader, encodeHeader, type Verb, verbs } from "../../src/protocol/header.ts";
import { parseSessionIdentity } from "../../src/protocol/identity.ts";
import { Context } from "../../src/zmq/context.ts";
import { Message } from "../../src/zmq/message.ts";
import { Readiness } from "../../src/zmq/readiness.ts";
import { nothing, type Socket } from "../../src/zmq/socket.ts";

/** How long a peer may take to say what is waited for: far longer than it ever should. */
const patienceMs = 15_000;

/** A message that a peer sent. */
export interface Heard {
  readonly identity: Uint8Array;
  readonly callsign: string;
  readonly session: string;
  readonly verb: Verb | "unknown";
  readonly flags: number;
  readonly status: number;
  readonly id: bigint;
  readonly frames: readonly Uint8Array[];
}

/** What to say, but for the verb. */
export interface Said {
  readonly id?: bigint;
  readonly flags?: number;
  readonly status?: number;
  readonly frames?: readonly (string | Uint8Array | object)[];
}

interface Waiter {
  readonly verb: Verb;
  readonly resolve: (heard: Heard) => void;
}

const verbNames: ReadonlyMap<number, Verb> = new Map(
  Object.entries(verbs).map(([name, verb]) => [verb, name as Verb]),
);
const encoder = new TextEncoder();

/** Bytes of a text. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);
/** Text of a frame. */
export const textOf = (frame: Uint8Array | undefined): string => new TextDecoder().decode(frame);
/** The JSON in a frame. */
export const jsonOf = <T>(frame: Uint8Array | undefined): T => JSON.parse(textOf(frame)) as T;

/** What its WELCOME says, unless a test has it say something else. */
export const usualWelcome: Welcome = {
  broker: "scripted",
  version: "0",
  heartbeatMs: 5000,
  goneAfterMs: 15_000,
  limitMs: 60_000,
  limitMsMax: 86_400_000,
  messageBytes: 1_000_000,
  frames: 64,
};

/** Listens, remembers what it hears, and answers by itself what a test does not care for. */
export class ScriptedBroker {
  /** Where it listens. */
  readonly endpoint: string;
  /** What it answers by itself. */
  readonly answers: Set<Verb> = new Set(["hello", "heartbeat", "disconnect"]);
  /** What its next WELCOME says. */
  welcome: Welcome = usualWelcome;

  readonly #context: Context;
  readonly #router: Socket;
  readonly #readiness: Readiness;
  readonly #frame: Message;
  readonly #heard: Heard[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #pumping: Promise<void>;
  #isClosed = false;

  /** @param endpoint where to listen; default any free port */
  constructor(library: NativeLibrary, endpoint: string = "tcp://127.0.0.1:*") {
    this.#context = new Context(library);
    this.#router = this.#context.socket("router", { linger: 0, routerMandatory: true });
    this.endpoint = this.#router.bind(endpoint);
    this.#readiness = new Readiness(this.#context.poller, [this.#router]);
    this.#frame = new Message(library);
    this.#pumping = this.#pump();
  }

  /** The next message of a verb that no one has asked for yet, as soon as there is one. */
  hears(verb: Verb): Promise<Heard> {
    const at = this.#heard.findIndex((heard) => heard.verb === verb);
    if (at >= 0) return Promise.resolve(this.#heard.splice(at, 1)[0] as Heard);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const others = this.#heard.map((heard) => heard.verb).join(", ");
        reject(new Error(`No ${verb} within ${patienceMs} ms, but: ${others}`));
      }, patienceMs);
      this.#waiters.push({
        verb,
        resolve: (heard) => {
          clearTimeout(timer);
          resolve(heard);
        },
      });
    });
  }

  /** Those of a verb that came and were not asked for. */
  unheard(verb: Verb): number {
    return this.#heard.filter((heard) => heard.verb === verb).length;
  }

  /** Says something to a session; an object goes as JSON. */
  say(
    to: Uint8Array,
    verb: Verb,
    { id = 0n, flags = 0, status = 0, frames = [] }: Said = {},
  ): void {
    const header = encodeHeader(verbs[verb], id, { flags, status });
    this.sayRaw(to, [header, ...frames.map(frameOf)]);
  }

  /** Says any frames. */
  sayRaw(to: Uint8Array, frames: readonly Uint8Array[]): void {
    const all = [to, ...frames];
    for (const [i, frame] of all.entries()) {
      const result = this.#router.send(frame, frame.length, i < frames.length);
      if (result !== "sent") throw new Error(`Could not say it: ${result}`);
    }
    // A send can swallow the sign that a message has come.
    if (this.#router.readable) this.#readiness.wake();
  }

  /** Says ERROR. */
  sayError(to: Uint8Array, code: string, said: Said = {}): void {
    this.say(to, "error", { ...said, frames: [code, `it is ${code}`, ...(said.frames ?? [])] });
  }

  /** Ends every connection, and stops listening. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#readiness.wake();
    await this.#pumping;
    this.#frame.close();
    await this.#context.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #pump(): Promise<void> {
    while (!this.#isClosed) {
      while (!this.#readiness.turnIsOver && this.#router.receive(this.#frame) !== nothing) {
        this.#note(this.#readMessage());
      }
      await this.#readiness.wait(1000);
    }
  }

  #readMessage(): Uint8Array[] {
    const frames = [this.#frame.bytes()];
    while (this.#frame.more) {
      this.#router.receive(this.#frame);
      frames.push(this.#frame.bytes());
    }
    return frames;
  }

  #note([identity, first, ...frames]: Uint8Array[]): void {
    if (identity === undefined || first === undefined) return;
    const { callsign = "", session = "" } = parseSessionIdentity(identity) ?? {};
    const { verb, flags, status, id } = decodeHeader(first);
    const name: Heard["verb"] = verbNames.get(verb) ?? "unknown";
    const heard = { identity, callsign, session, verb: name, flags, status, id, frames };
    this.#answer(heard);
    const at = this.#waiters.findIndex((waiter) => waiter.verb === name);
    if (at >= 0) this.#waiters.splice(at, 1)[0]?.resolve(heard);
    else this.#heard.push(heard);
  }

  #answer({ verb, identity, id }: Heard): void {
    if (verb === "unknown" || !this.answers.has(verb)) return;
    if (verb === "hello") this.say(identity, "welcome", { id, frames: [this.welcome] });
    else if (verb === "heartbeat" || verb === "disconnect") this.say(identity, verb, { id });
  }
}

function frameOf(frame: string | Uint8Array | object): Uint8Array {
  if (typeof frame === "string") return utf8(frame);
  return frame instanceof Uint8Array ? frame : encodeJson(frame);
}
