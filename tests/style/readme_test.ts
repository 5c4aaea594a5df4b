// What the README says a program prints is what it prints.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { commands } from "../../src/cli/flags.ts";
import { commandHelp } from "../../src/cli/help.ts";
import { exitStatus } from "../../src/cli/exit.ts";
import { root } from "../support/programs.ts";

const readme = fs.readFileSync(path.join(root, "README.md"), "utf8");

describe("The README", () => {
  for (const command of Object.values(commands)) {
    it(`quotes the help of ${command.name} as it is`, () => {
      const program = `callsign ${command.name}`;
      const help = commandHelp(command, program).trimEnd();
      assert.ok(readme.includes(`$ ${program} --help\n${help}\n`));
    });
  }

  it("lists every exit status, and no other", () => {
    const rows = [...readme.matchAll(/^\| ([\d, ]+?) *\|/gm)].flatMap(([, cell]) =>
      (cell as string).split(", ").map(Number)
    );
    assert.deepEqual(rows.sort((a, b) => a - b), Object.values(exitStatus).sort((a, b) => a - b));
  });
});
