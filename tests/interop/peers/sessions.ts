// Sessions of callsign/1 in Python, as tests speak through them: sessions.py does all the encoding.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Program } from "../../support/process.ts";
import { startPython } from "./programs.ts";

/** A message, its frames by their names in docs/protocol.md; bodies are bytes as Latin-1. */
export interface Message {
  readonly verb: string;
  readonly flags?: readonly string[];
  readonly status?: number;
  /** Decimal. */
  readonly id?: string;
  readonly [frame: string]: unknown;
}

/** The JSON of a HELLO; role `client` unless it is given, the instance drawn from the session. */
export interface Greeting {
  readonly role?: string;
  readonly instance?: string;
  readonly groups?: readonly string[];
  readonly capacity?: number;
  readonly agent?: string;
}

/** Any number of sessions with one broker, in one program. */
export class Sessions {
  readonly #program: Program;
  #opened = 0;

  constructor(endpoint: string) {
    this.#program = startPython("sessions.py", endpoint);
  }

  /** Opens a socket that says nothing yet. */
  open(callsign: string, session: string = `${++this.#opened}`.padStart(8, "s")): Session {
    return this.openIdentity(`${callsign}\x1f${session}`);
  }

  /** Opens a socket of any identity, bytes or text. */
  openIdentity(identity: string | Uint8Array, type: "DEALER" | "REQ" = "DEALER"): Session {
    return new Session(this.#program, Buffer.from(identity), type);
  }

  /** Opens a socket, says HELLO, and hears WELCOME. */
  async join(callsign: string, greeting: Greeting = {}): Promise<Session> {
    const session = this.open(callsign);
    await session.greet(greeting);
    return session;
  }

  /** Ends the program, whose sockets go without a word. */
  async end(): Promise<void> {
    await this.#program.end();
    assert.deepEqual(this.#program.errors, []);
  }
}

let sockets = 0;

/** One socket. */
export class Session {
  /** As other peers see it in `from`. */
  readonly identity: string;

  readonly #program: Program;
  readonly #at = `${++sockets}`;
  #heard: number;

  constructor(program: Program, identity: Buffer, type: string) {
    this.identity = identity.toString();
    this.#program = program;
    this.#heard = program.lines.length;
    this.#tell({ identity: identity.toString("hex"), type });
  }

  /** Says HELLO and hears WELCOME. */
  async greet(greeting: Greeting = {}): Promise<Message> {
    const answer = await this.hello(greeting);
    assert.equal(answer.verb, "WELCOME", JSON.stringify(answer));
    return answer;
  }

  /** Says HELLO and hears the answer. A broker that cannot tell yet has it said again. */
  async hello(greeting: Greeting = {}, id = "0"): Promise<Message> {
    const instance = this.identity.replaceAll(/[^!-~]/g, "-").slice(-64);
    const JSON = { role: "client", instance, ...greeting };
    for (;;) {
      const answer = await this.ask({ verb: "HELLO", id, JSON });
      if (answer.code !== "unknown-peer") return answer;
    }
  }

  /** Says a message. */
  say(message: Message): void {
    this.#tell(message);
  }

  /** Says frames as they are. */
  sayFrames(frames: readonly (string | Uint8Array)[]): void {
    this.#tell({ frames: frames.map((frame) => Buffer.from(frame).toString("hex")) });
  }

  /** The frames heard next, which have no header, as text. */
  async hearFrames(): Promise<readonly string[]> {
    const { frames } = await this.hear();
    assert.ok(Array.isArray(frames), "it has a header");
    return frames.map((frame) => Buffer.from(frame, "hex").toString());
  }

  /** The next message heard: all of it, or `frames` in hex when it has no header. */
  async hear(): Promise<Message> {
    const line = await this.#program.line(new RegExp(`^\\{"at": "${this.#at}"`), this.#heard);
    this.#heard = this.#program.lines.indexOf(line, this.#heard) + 1;
    const { at: _, ...message } = JSON.parse(line);
    return message;
  }

  /** Says a message and hears the next. */
  async ask(message: Message): Promise<Message> {
    this.say(message);
    return await this.hear();
  }

  /** Nothing was heard but what the test has asked for: the next is the answer to a heartbeat. */
  async isQuiet(): Promise<void> {
    const beat = await this.ask({ verb: "HEARTBEAT", id: "99" });
    assert.deepEqual(beat, { verb: "HEARTBEAT", flags: [], status: 0, id: "99" });
  }

  /** Closes the socket without a word. */
  close(): void {
    this.#tell({ close: true });
  }

  #tell(words: object): void {
    this.#program.write(`${JSON.stringify({ at: this.#at, ...words })}\n`);
  }
}
