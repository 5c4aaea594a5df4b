// A broker on one runtime and workers on the other: the programs of both are the same on the wire.

import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { killRunning, type Program } from "../support/process.ts";
import { executableForms, type Form, sourceForms, startProgram } from "../support/programs.ts";
import { temporaryFolder } from "./peers/programs.ts";

const timeout = 60_000;
const folder = temporaryFolder();

afterEach(async () => assert.equal(await killRunning(), 0, "programs were left running"));

const [denoSource, bunSource] = sourceForms as [Form, Form];
const [denoExecutable, bunExecutable] = executableForms;

/** Who serves whom: each runtime the other, and source and executable each other. */
const pairs = [
  [denoSource, bunSource],
  [bunSource, denoSource],
  [denoExecutable, bunExecutable],
  [bunExecutable, denoExecutable],
  [denoSource, bunExecutable],
  [bunExecutable, denoSource],
].filter((pair): pair is [Form, Form] => pair.every((form) => form !== undefined));

type Start = (form: Form, name: "broker" | "worker", args: readonly string[]) => Program;

/** The programs by the names they have alone, and as commands of `callsign`. */
const spellings: Readonly<Record<string, Start>> = {
  "broker and worker": (form, name, args) => startProgram(form, name, args),
  "callsign broker and callsign worker": (form, name, args) =>
    startProgram(form, "callsign", [name, ...args]),
};

for (const [serving, working] of pairs) {
  describe(`a broker on ${serving.label} and workers on ${working.label}`, () => {
    for (const bind of ["tcp://127.0.0.1:*", `ipc://${folder}/broker`]) {
      for (const [words, start] of Object.entries(spellings)) {
        it(`understand each other over ${bind.slice(0, 3)} as ${words}`, { timeout }, async () => {
          const broker = start(serving, "broker", ["--bind", bind]);
          const listening = await broker.line(/^Broker started, listening on /);
          const endpoint = listening.slice("Broker started, listening on ".length);

          const names = ["WORKER_A", "WORKER_B"];
          for (const name of names) {
            const worker = start(working, "worker", [name, "--connect", endpoint]);
            await worker.count(2);
            assert.deepEqual(await worker.end(), { status: 143, signal: null });
            assert.deepEqual(worker.lines, [
              `Worker ${name} started, connecting to ${endpoint}`,
              `Received reply: ACK: Hello from ${name}`,
            ]);
            assert.deepEqual(worker.errors, []);
          }

          assert.deepEqual(await broker.end(), { status: 143, signal: null });
          const lines = names.flatMap((name) => [
            `Received message from ${name}: Hello from ${name}`,
            `New worker connected with identity: ${name}`,
            `Sent reply to ${name}`,
          ]);
          assert.deepEqual(broker.lines, [listening, ...lines]);
          assert.deepEqual(broker.errors, []);
        });
      }
    }
  });
}
