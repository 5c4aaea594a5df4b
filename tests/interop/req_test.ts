// Peers other than the seed's: REQ sockets of three libraries, messages of many frames and sizes,
// and identities that nobody would choose.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { afterEach, before, describe, it } from "node:test";
import { killRunning, Program, runToEnd } from "../support/process.ts";
import { executableForms, sourceForms, startBroker } from "../support/programs.ts";
import {
  compilePeer,
  nodePeer,
  pythonPeer,
  temporaryFolder,
  withoutC,
  withoutNode,
  withoutPython,
} from "./peers/programs.ts";

const timeout = 60_000;
const forms = [...sourceForms, ...executableForms];

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

describe("a REQ peer", () => {
  const folder = temporaryFolder();
  let compiled: readonly string[] = [];
  before(() => {
    if (withoutC === false) compiled = compilePeer("req.c", folder);
  });
  const peers = [
    { label: "in pyzmq", skip: withoutPython, command: () => pythonPeer("req.py") },
    { label: "in C", skip: withoutC, command: () => compiled },
    { label: "in zeromq.js", skip: withoutNode, command: () => nodePeer("req.js") },
  ];

  for (const form of forms) {
    for (const { label, skip, command } of peers) {
      it(`${label} is answered each time it asks: ${form.label}`, { skip, timeout }, async () => {
        const { broker, endpoint } = await startBroker(form);
        const [program, ...args] = command();
        const words = ["one", "", "three"];
        const peer = await runToEnd(program as string, [...args, endpoint, "ASKER", ...words]);
        assert.equal(peer.status, 0, peer.stderr);
        assert.deepEqual(
          peer.stdout.split("\n"),
          words.map((word) => `Received reply: ACK: ${word}`),
        );
        await broker.end();
        // The delimiter is no part of what was said.
        const shown = words.flatMap((word) => [
          `Received message from ASKER: ${word}`,
          "New worker connected with identity: ASKER",
          "Sent reply to ASKER",
        ]);
        assert.deepEqual(broker.lines.slice(1), shown);
      });
    }
  }
});

/** What our broker is to answer, told anew here. */
function answerTo(frames: readonly Uint8Array[]): readonly Uint8Array[] {
  const said = frames.length > 1 && frames[0]?.length === 0 ? 1 : 0;
  return frames.map((frame, i) => i === said ? Buffer.concat([text("ACK: "), frame]) : frame);
}

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const none = new Uint8Array(0);

/** So many bytes, all values among them, and no two messages alike. */
function bytes(size: number, start = size): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => start + 167 * i + (i >> 8));
}

const toWord = (frame: Uint8Array): string => Buffer.from(frame).toString("hex") || "-";

/** The peer of `talk.py`: several DEALER sockets that say what they are told. */
class Talk {
  readonly program: Program;

  constructor(endpoint: string) {
    const [command, script] = pythonPeer("talk.py");
    this.program = new Program(command, [script, endpoint]);
  }

  /** Says a message and returns the answer, as words in hexadecimal. */
  async say(identity: Uint8Array, frames: readonly Uint8Array[]): Promise<readonly string[]> {
    const answers = this.program.lines.length;
    this.program.write(`${[identity, ...frames].map(toWord).join(" ")}\n`);
    await this.program.count(answers + 1);
    return (this.program.lines[answers] as string).split(" ");
  }
}

/** As `assert.deepEqual`, but says where megabytes differ instead of showing them. */
function assertFrames(
  actual: readonly string[],
  expected: readonly Uint8Array[],
  label: string,
): void {
  assert.equal(actual.length, expected.length, `${label}: frames`);
  expected.map(toWord).forEach((word, i) => {
    const answer = actual[i] as string;
    if (answer === word) return;
    let at = 0;
    while (answer[at] === word[at]) at++;
    assert.fail(
      `${label}: frame ${i} differs at byte ${at >> 1}; it has ${answer.length / 2} bytes ` +
        `instead of ${word.length / 2}`,
    );
  });
}

const mebi = 2 ** 20;

/** Sizes around the places where something changes: each is the first frame of a message. */
const sizes = [
  // Up to 33 bytes are inside the zmq_msg_t, in the message as in its answer of 5 bytes more.
  ...[0, 1, 5, 27, 28, 29, 30, 32, 33, 34, 35, 63, 64, 65],
  // The answer's first buffer, and the longest text that is printed.
  ...[4090, 4091, 4092, 4093, 4095, 4096, 4097, 8187, 8192, 8193],
  // The buffer is doubled for a large answer, and let go after a very large one.
  ...[65_535, mebi / 2 - 6, mebi / 2 - 5, mebi / 2 - 4, mebi - 1, mebi, mebi + 1],
  ...[0, 1, 4096],
];

const messages: Readonly<Record<string, readonly Uint8Array[]>> = {
  "a delimiter and a body": [none, text("hello")],
  "a delimiter and nothing": [none, none],
  "a delimiter and two bodies": [none, text("hello"), text("again")],
  "two empty frames and a body": [none, none, text("hello")],
  "a body and an empty frame": [text("hello"), none],
  "a body and empty frames around another": [text("hello"), none, text("again"), none],
  "every byte": [bytes(256), bytes(256, 0)],
  "around the zmq_msg_t": [bytes(33), bytes(33, 1), bytes(34, 2), bytes(34, 3), bytes(33, 4)],
  "a hundred frames": Array.from({ length: 100 }, (_, i) => bytes(i)),
  "frames of a mebibyte": [bytes(mebi), bytes(mebi, 1), none, bytes(mebi, 2)],
  "a short frame and a mebibyte": [text("hello"), bytes(mebi)],
};

describe("a DEALER peer", () => {
  const skip = withoutPython;

  for (const form of forms) {
    for (const quiet of [[], ["--quiet"]]) {
      const label = [form.label, ...quiet].join(" ");

      it(`gets its message back byte for byte: ${label}`, { skip, timeout }, async () => {
        const { broker, endpoint } = await startBroker(form, quiet);
        const talk = new Talk(endpoint);
        const peer = text("DEALER");
        for (const size of sizes) {
          const said = [bytes(size)];
          assertFrames(await talk.say(peer, said), answerTo(said), `${size} bytes`);
        }
        for (const [name, said] of Object.entries(messages)) {
          assertFrames(await talk.say(peer, said), answerTo(said), name);
        }
        await talk.program.end();
        await broker.end();
        assert.deepEqual([...talk.program.errors, ...broker.errors], []);
      });
    }
  }
});

/** Identities as they come from the wire, and the names they are shown by. */
const identities: readonly (readonly [Uint8Array, string])[] = [
  [text("WORKER_A"), "WORKER_A"],
  [text("Ärger-☎"), "Ärger-☎"],
  [text("n".repeat(255)), "n".repeat(255)],
  [new Uint8Array(255).fill(0xff), `0x${"ff".repeat(255)}`],
  [bytes(255), `0x${toWord(bytes(255))}`],
  [text("\x1b[31mred"), "0x1b5b33316d726564"],
  [text("a\nb"), "0x610a62"],
  [text("a b"), "0x612062"],
  [text("\u202eab"), "0xe280ae6162"],
  // What begins so could be taken for another's.
  [text("0x61"), "0x30783631"],
  [text("\x7f"), "0x7f"],
];

/** Payloads, and the text they are shown as. */
const payloads: readonly (readonly [readonly Uint8Array[], string])[] = [
  [[text("plain")], "plain"],
  [
    [text("x\r\nNew worker connected with identity: y")],
    "x\\r\\nNew worker connected with identity: y",
  ],
  [[text("\x1b]0;title\x07"), none, text("\u009b2J")], "\\x1b]0;title\\x07 |  | \\x9b2J"],
  [[Uint8Array.of(0xc3, 0x28, 0x00)], "0xc32800"],
  [[text("ä".repeat(3000))], `${"ä".repeat(2048)}... (6000 bytes)`],
];

describe("the transcript", () => {
  const skip = withoutPython;

  for (const form of forms) {
    it(`shows whatever peers send as text: ${form.label}`, { skip, timeout }, async () => {
      const { broker, endpoint } = await startBroker(form);
      const talk = new Talk(endpoint);
      const shown: string[] = [];
      for (const [identity, name] of identities) {
        for (const [said, printed] of payloads) {
          assertFrames(await talk.say(identity, said), answerTo(said), name);
          shown.push(`Received message from ${name}: ${printed}`);
          shown.push(`New worker connected with identity: ${name}`);
          shown.push(`Sent reply to ${name}`);
        }
      }
      await talk.say(none, [text("hello")]);
      await talk.program.end();
      await broker.end();

      // libzmq names the nameless: a zero byte and four more.
      const anonymous = broker.lines.splice(-3).join("\n");
      assert.match(
        anonymous,
        /^Received message from (0x00[0-9a-f]{8}): hello\nNew worker .*: \1\nSent reply to \1$/,
      );
      assert.deepEqual(broker.lines.slice(1), shown);
      assert.deepEqual(broker.errors, []);
    });
  }
});
