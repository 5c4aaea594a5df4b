// Every recipe of docs/recipes.md does what the document says.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { statusOf } from "../../src/cli/exit.ts";
import { PeerError } from "../../src/peer/peer_error.ts";
import { type ErrorCode, errorCodes } from "../../src/protocol/codes.ts";
import { withoutC, withoutNode, withoutPython } from "../interop/peers/programs.ts";
import { root } from "../support/programs.ts";
import { type Shell, shellForms, withShell } from "../support/shell.ts";
import { assertPrinted, readDocument, type Recipe } from "./document.ts";
import { systemdSuffix, withoutSystemd } from "./systemd.ts";

const timeout = 60_000;
const { beginning, recipes } = readDocument();

/** Why a recipe cannot be run here; all others always can. */
const without: Readonly<Record<string, string | false>> = {
  "As services of systemd": withoutSystemd,
  "From Python": withoutPython,
  "JSON": withoutPython,
  "From Node": withoutNode,
  "From C": withoutC,
};

/** What scripts are to find under these names, whatever else is on the PATH. */
const programs: Readonly<Record<string, string | undefined>> = {
  python3: process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3",
  node: process.env.CALLSIGN_NODE,
  deno: process.env.CALLSIGN_DENO,
  bun: process.env.CALLSIGN_BUN,
  cc: process.env.CC,
};

/** Printed between the steps, by which their output is told apart. */
const separator = "\x1e";

/** What a reader has: this repository's folders, and the programs. Returns the PATH. */
function furnish(shell: Shell, recipe: Recipe): string {
  for (const name of ["examples", "src"]) {
    fs.symlinkSync(path.join(root, name), path.join(shell.folder, name));
  }
  fs.mkdirSync(path.join(shell.folder, "bin"));
  for (const [name, program] of Object.entries(programs)) {
    if (program !== undefined) shell.script(`bin/${name}`, `#!/bin/sh\nexec '${program}' "$@"\n`);
  }
  for (const [name, text] of recipe.files) shell.script(name, `${text}\n`);
  return `${shell.folder}/bin:${shell.environment.PATH}`;
}

async function cook(shell: Shell, recipe: Recipe): Promise<void> {
  const PATH = furnish(shell, recipe);
  const script = [beginning, ...recipe.steps.map((step) => step.script)]
    .join(`\necho ${separator}\n`);
  // The user's own config file is looked for, at the home that the shell has.
  const { stdout, stderr, status } = await shell.run(script, {
    PATH,
    CALLSIGN_CONFIG: "",
    XDG_CONFIG_HOME: "",
  });
  const [, ...outputs] = stdout.split(new RegExp(`${separator}\n?`));
  const said = `stdout:\n${stdout}\nstderr:\n${stderr}`;
  for (const [at, step] of recipe.steps.entries()) {
    assertPrinted(outputs[at] ?? "", step.output, `after:\n${step.script}\n\n${said}`);
  }
  assertPrinted(stderr, recipe.errors, said);
  assert.equal(status, 0);
}

for (const form of shellForms) {
  describe(`A recipe on ${form.label}`, () => {
    for (const recipe of recipes) {
      const { title } = recipe;
      const skip = without[title] ?? false;
      const suffix = skip === withoutSystemd ? systemdSuffix : "";
      it(`${title}${suffix}`, { timeout, skip }, async () => {
        await withShell(form, (shell) => cook(shell, recipe));
      });
    }
  });
}

describe("docs/recipes.md", () => {
  it("has fifteen recipes at least, and runs none that is not there", () => {
    const titles = recipes.map(({ title }) => title);
    assert.ok(titles.length >= 15);
    assert.deepEqual(Object.keys(without).filter((title) => !titles.includes(title)), []);
  });

  it("tells the right status of each outcome", () => {
    const text = fs.readFileSync(path.join(root, "docs/recipes.md"), "utf8");
    const rows = [...text.matchAll(/^\| (`[^|]*`) +\| (\d+) +\|/gm)];
    assert.equal(rows.length, 6);
    for (const [, codes, status] of rows) {
      for (const [, code = ""] of (codes as string).matchAll(/`([^`]+)`/g)) {
        assert.ok(code in errorCodes, code);
        assert.equal(statusOf(new PeerError(code as ErrorCode, "")), Number(status), code);
      }
    }
  });
});
