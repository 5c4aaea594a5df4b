// What the README says a program prints is what it prints.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { commands } from "../../src/cli/commands.ts";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import { exitStatus, statusMeanings } from "../../src/cli/exit.ts";
import { root } from "../support/programs.ts";

const readme = fs.readFileSync(path.join(root, "README.md"), "utf8");

describe("The README", () => {
  it("quotes the help as it is", () => {
    const { request } = commands;
    const helps: readonly (readonly [call: string, help: string])[] = [
      ["callsign --help", programHelp()],
      ["callsign request --help", commandHelp(request, "callsign request")],
    ];
    for (const [call, help] of helps) {
      assert.ok(readme.includes(`$ ${call}\n${help.trimEnd()}\n`), call);
    }
  });

  it("names every command", () => {
    for (const name of Object.keys(commands)) assert.ok(readme.includes(name), name);
  });
});

describe("The table of exit statuses", () => {
  it("has every status that a program of ours ends with, and no other", () => {
    const told = statusMeanings.flatMap(([statuses]) =>
      /^(any|1-8)$/.test(statuses) ? [] : statuses.split(", ").map(Number)
    );
    const ascending = (a: number, b: number): number => a - b;
    assert.deepEqual(told.sort(ascending), Object.values(exitStatus).sort(ascending));
  });
});
