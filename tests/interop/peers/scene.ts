// A scene of a test: our broker on one of the runtimes, and sessions with it in Python.

import assert from "node:assert/strict";
import { afterEach, it } from "node:test";
import { type ErrorCode, errorCodes } from "../../../src/protocol/codes.ts";
import { killRunning, type Program } from "../../support/process.ts";
import { type Form, sourceForms, startBroker } from "../../support/programs.ts";
import { withoutPython } from "./programs.ts";
import { type Greeting, type Message, type Session, Sessions } from "./sessions.ts";

const skip = withoutPython;
const timeout = 60_000;

/** To be called by each test file: its programs end with each test. */
export function endPrograms(): void {
  afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));
}

/** One broker and any number of sessions with it. */
export interface Scene {
  readonly broker: Program;
  readonly endpoint: string;
  readonly sessions: Sessions;
}

/** A test on each runtime, with a broker that prints nothing but its first line. */
export function scene(
  name: string,
  play: (scene: Scene, form: Form) => Promise<void>,
  { args = [], notices = [] }: {
    readonly args?: readonly string[];
    /** What the broker tells of on stderr. */
    readonly notices?: readonly RegExp[];
  } = {},
): void {
  for (const form of sourceForms) {
    it(`${name}: ${form.label}`, { skip, timeout }, async () => {
      const { broker, endpoint } = await startBroker(form, ["--quiet", ...args]);
      const sessions = new Sessions(endpoint);
      await play({ broker, endpoint, sessions }, form);
      await sessions.end();
      await broker.end();
      const { errors } = broker;
      assert.equal(errors.length, notices.length, errors.join("\n"));
      notices.forEach((notice, i) => assert.match(errors[i] as string, notice));
      assert.equal(broker.lines.length, 1);
    });
  }
}

/** The least a worker says of itself. */
export const worker: Greeting = { role: "worker" };
/** The largest id. */
export const idMax: string = `${2n ** 64n - 1n}`;

/** A message as it is heard, with what it does not name at 0. */
export function heard(verb: string, id: string | number, rest: Partial<Message> = {}): Message {
  return { verb, flags: [], status: 0, id: `${id}`, ...rest };
}

/** Checks an ERROR but for its text, which is for people. */
export function assertError(
  message: Message,
  code: string,
  id: string | number,
  rest: object = {},
): void {
  const { text, peer: _, ...others } = message;
  assert.ok(typeof text === "string" && text !== "", JSON.stringify(message));
  const status = errorCodes[code as ErrorCode];
  assert.deepEqual(others, heard("ERROR", id, { code, status, ...rest }));
}

/** The next two messages, by their ids: they may come in any order. */
export async function both(session: Session): Promise<readonly [Message, Message]> {
  const [one, other] = [await session.hear(), await session.hear()];
  return Number(one.id) < Number(other.id) ? [one, other] : [other, one];
}

/** Answers the next request, which must be this one. */
export async function serve(
  session: Session,
  body: readonly string[],
  status = 0,
): Promise<Message> {
  const request = await session.hear();
  assert.deepEqual([request.verb, request.body], ["REQUEST", body]);
  session.say({ verb: "REPLY", id: request.id as string, to: request.from, status, body });
  return request;
}
