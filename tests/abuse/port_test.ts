// What may come in at an open port. Whatever it is, those who mind their business notice nothing.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { afterEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { killRunning, Program } from "../support/process.ts";
import { type Form, skipWithout, sourceForms, startBroker } from "../support/programs.ts";
import { bytesOf, frame, frameHead, greeting, join, RawConnection, rawDealer } from "./raw.ts";

const timeout = 30_000;
const python = process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3";
const talker = path.join(path.dirname(fileURLToPath(import.meta.url)), "talker.py");
const skip = skipWithout(
  "pyzmq",
  spawnSync(python, ["-c", "import zmq"], { stdio: "ignore" }).status === 0,
);

async function startTalker(endpoint: string, name: string): Promise<Program> {
  const program = new Program(python, [talker, endpoint, name]);
  await program.line(/ was answered$/);
  return program;
}

/** Waits until the answer has come to something a talker says only now. */
async function answeredAgain(program: Program): Promise<void> {
  program.write("\n");
  await program.line(/ was answered$/, program.lines.length);
}

/** Ends a talker; returns how many answers it had, each the right one. */
async function endTalker(program: Program): Promise<number> {
  program.write("end\n");
  assert.deepEqual(await program.ended, { status: 0, signal: null }, program.errors.join("\n"));
  return Number(/ (\d+) times$/.exec(program.lines.at(-1) ?? "")?.[1]);
}

/** What an attack works on, and how it learns that its witness is still answered. */
interface Scene {
  readonly broker: Program;
  readonly endpoint: string;
  /** Waits until the witness has the answer to something it says only now. */
  readonly goesOn: () => Promise<void>;
}

/**
 * Attacks a broker while a peer talks to it, and asserts that the peer had every answer, in order;
 * that a new peer is answered too; that the broker then ends as it should; and that not one byte
 * that does something to a terminal was printed.
 */
async function underFire(
  form: Form,
  flags: readonly string[],
  attack: (scene: Scene) => Promise<void>,
): Promise<Program> {
  const { broker, endpoint } = await startBroker(form, flags);
  const witness = await startTalker(endpoint, "WITNESS");
  const goesOn = (): Promise<void> => answeredAgain(witness);
  await attack({ broker, endpoint, goesOn });
  await goesOn();
  const answered = await endTalker(witness);
  assert.ok(answered >= 2);
  assert.ok(await endTalker(await startTalker(endpoint, "NEWCOMER")) >= 1);
  assert.deepEqual(await broker.end(), { status: 143, signal: null });

  // Every answer that the witness counts was printed by the broker, once.
  const printed = broker.lines.filter((line) => line === "Sent reply to WITNESS").length;
  assert.equal(printed, answered);
  for (const line of [...broker.lines, ...broker.errors]) {
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\ufffd]/, JSON.stringify(line));
  }
  return broker;
}

/** Says the bytes on a connection of their own, and that no more will come. */
async function sayAll(endpoint: string, sayings: readonly Uint8Array[]): Promise<void> {
  await Promise.all(sayings.map(async (bytes) => {
    const connection = new RawConnection(endpoint);
    connection.write(bytes);
    await connection.end();
  }));
}

/** Numbers from 0 to 2^32, the same ones for the same seed (xorshift). */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let x = seed;;) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

function garbage(seed: number): Uint8Array {
  const random = randomNumbers(seed);
  const bytes = new Uint8Array(random.next().value % 2000);
  return bytes.map(() => random.next().value);
}

const escapes = "\x1b[2J\x1b]0;title\x07\r\n\x00\x9b\u202e";
const httpRequest = bytesOf(
  `GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${"x".repeat(200)}\r\n\r\n`,
);

/** ZMTP 1.0 has no greeting: it begins with a frame, the identity. Its length counts the flags. */
const oldFrame = (body: Uint8Array): Uint8Array => join(Uint8Array.of(body.length + 1, 0), body);

for (const form of sourceForms) {
  describe(`A broker on ${form.label} answers the others`, () => {
    afterEach(async () => assert.equal(await killRunning(), 0));

    it("while random bytes come in", { timeout, skip }, async () => {
      await underFire(form, [], async ({ endpoint, goesOn }) => {
        for (let seed = 1; seed <= 200; seed += 50) {
          await sayAll(endpoint, Array.from({ length: 50 }, (_, n) => garbage(seed + n)));
          await goesOn();
        }
      });
    });

    it("while a peer of ZeroMQ 2 sends what should not be printed", { timeout, skip }, async () => {
      const old = join(oldFrame(bytesOf(`evil${escapes}`)), oldFrame(bytesOf(`hello${escapes}`)));
      const broker = await underFire(form, [], async ({ broker, endpoint }) => {
        const connection = new RawConnection(endpoint);
        connection.write(old);
        await broker.line(/^Received message from 0x6576696c/);
        await connection.end();
      });
      // Its words are there all the same, as text that does nothing.
      const line = broker.lines.find((text) => text.startsWith("Received message from 0x65")) ?? "";
      const words = String.raw`hello\x1b[2J\x1b]0;title\x07\r\n\x00\x9b\u{202e}`;
      assert.ok(line.endsWith(`: ${words}`), line);
    });

    it("while an HTTP request comes in, and one that is cut short", { timeout, skip }, async () => {
      await underFire(
        form,
        [],
        ({ endpoint }) =>
          sayAll(endpoint, [httpRequest, httpRequest.subarray(0, 20), bytesOf("\r\n\r\n")]),
      );
    });

    it("while nonsense follows a right greeting", { timeout, skip }, async () => {
      await underFire(form, [], ({ endpoint }) =>
        sayAll(endpoint, [
          join(greeting, garbage(7)),
          join(greeting, frame(bytesOf("\x05READY\xff\xff\xff"), 4)),
          join(greeting, frame(new Uint8Array(0), 4)),
          join(greeting, frameHead(4, 2n ** 63n)),
          join(greeting, frameHead(0, 2n ** 64n - 1n)),
          join(greeting, frame(bytesOf("hello before any READY"))),
          join(greeting.subarray(0, 10), garbage(8)),
          join(Uint8Array.of(0xff), garbage(9)),
        ]));
    });

    // Of itself libzmq would wait for 30 seconds.
    it("while handshakes are left half done, and closes them", {
      timeout: 20_000,
      skip,
    }, async () => {
      await underFire(form, [], async ({ endpoint, goesOn }) => {
        const lengths = [0, 1, 9, 10, 11, 12, 63, 64];
        const connections = lengths.map((length) => {
          const connection = new RawConnection(endpoint);
          connection.write(greeting.subarray(0, length));
          return connection;
        });
        await Promise.all(connections.map((connection) => connection.connected()));
        await goesOn();
        await Promise.all(connections.map((connection) => connection.closed));
      });
    });

    it("while others connect and go by the hundred", { timeout, skip }, async () => {
      await underFire(form, [], async ({ endpoint, goesOn }) => {
        for (let round = 0; round < 4; round++) {
          await Promise.all(Array.from({ length: 100 }, async (_, n) => {
            const connection = new RawConnection(endpoint);
            // A third is gone before it is there, a third at once after, a third says something.
            if (n % 3 > 0) await connection.connected();
            if (n % 3 > 1) connection.write(greeting);
            await connection.destroy();
          }));
          await goesOn();
        }
      });
    });

    it(
      "while one of 300 bytes of identity is refused, and says so",
      { timeout, skip },
      async () => {
        const shown = `0x${"69".repeat(16)}... (more than 255 bytes)`;
        const broker = await underFire(form, [], async ({ broker, endpoint, goesOn }) => {
          const connection = await rawDealer(endpoint, bytesOf("i".repeat(300)));
          const { length } = connection.received;
          for (let n = 0; n < 3; n++) connection.write(frame(bytesOf("hello")));
          await broker.error(/is longer than 255 bytes$/);
          await goesOn();
          // It is not answered; nor is it cut off, for all that is wrong with it is its name.
          assert.equal(connection.received.length, length);
          await connection.destroy();
        });
        assert.equal(
          broker.errors[0],
          `callsign: Cannot answer ${shown}: its identity is longer than 255 bytes`,
        );
        assert.ok(broker.lines.includes(`Received message from ${shown}: hello`));
        assert.ok(!broker.lines.includes(`Sent reply to ${shown}`));
      },
    );

    it("while one of 255 bytes of identity, none of them text, is answered", {
      timeout,
      skip,
    }, async () => {
      const identity = new Uint8Array(255).fill(0x80);
      await underFire(form, [], async ({ endpoint }) => {
        const connection = await rawDealer(endpoint, identity);
        const { length } = connection.received;
        connection.write(frame(bytesOf(`hello${escapes}`)));
        const answer = frame(bytesOf(`ACK: hello${escapes}`));
        const received = await connection.receive(length + answer.length);
        assert.deepEqual(received.slice(length), answer);
        await connection.destroy();
      });
    });

    it("while one that sends more than it may is cut off", { timeout, skip }, async () => {
      const broker = await underFire(form, ["--max-message-bytes", "1K"], async ({ endpoint }) => {
        const connection = await rawDealer(endpoint, bytesOf("GREEDY"));
        const { length } = connection.received;
        connection.write(frame(new Uint8Array(1024).fill(0x61)));
        const answer = 9 + 5 + 1024;
        await connection.receive(length + answer);
        connection.write(frame(new Uint8Array(1025).fill(0x61)));
        await connection.closed;
        assert.equal(connection.received.length, length + answer);
      });
      assert.equal(broker.lines.filter((line) => line === "Sent reply to GREEDY").length, 1);
    });
  });
}
