// The man pages: those of docs/man are what the table yields, and show all of it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { type Command, commands } from "../../src/cli/commands.ts";
import { statusMeanings } from "../../src/cli/exit.ts";
import type { Flag } from "../../src/cli/flag.ts";
import { commonFlags, otherVariables, settings } from "../../src/cli/flags.ts";
import { manPages } from "../../src/cli/man/pages.ts";
import { escaped } from "../../src/cli/man/roff.ts";
import { root, skipWithout } from "../support/programs.ts";
import { isThere } from "./completing.ts";

const committed = path.join(root, "docs/man");
const pages = manPages();
const indent = " ".repeat(7);
const all: readonly Command[] = Object.values(commands);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "callsign-man-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

function run(program: string, args: readonly string[], input = ""): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", input });
  assert.equal(stderr, "");
  assert.equal(status, 0, stdout);
  return stdout;
}

/** A page as a reader sees it, in lines so long that none is broken. */
function rendered(text: string): string {
  const output = run("mandoc", ["-T", "utf8", "-O", "width=1000"], text);
  // Bold and underlined are signs written over each other.
  return output.replaceAll(/.[\b]/gu, "");
}

/** The part of a rendered page below a heading. */
function part(page: string, heading: string): string {
  const lines = page.split("\n");
  const start = lines.indexOf(heading);
  assert.ok(start >= 0, `there is no ${heading}`);
  const length = lines.slice(start + 1).findIndex((line) => /^\S/.test(line));
  return lines.slice(start + 1, start + 1 + length).join("\n");
}

/** Text with one space in place of several, which roff makes as it fills lines. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** What is said below a line, until the next that stands as far left. */
function entryOf(text: string, head: string): string {
  const lines = text.split("\n");
  const at = lines.findIndex((line) =>
    line === `${indent}${head}` || line.startsWith(`${indent}${head} `)
  );
  assert.ok(at >= 0, `there is no entry ${head} in\n${text}`);
  const length = lines.slice(at + 1).findIndex((line) => /^ {7}\S/.test(line));
  const end = length < 0 ? lines.length : at + 1 + length;
  return plain(lines.slice(at, end).join("\n"));
}

function checkFlag(options: string, flag: Flag): void {
  const letter = flag.short === undefined ? "" : `-${flag.short}, `;
  const value = flag.placeholder === undefined ? "" : ` ${flag.placeholder}`;
  const entry = entryOf(options, `${letter}--${flag.name}${value}`);
  assert.ok(entry.includes(plain(flag.help)), entry);
  if (flag.default !== undefined) assert.ok(entry.includes(`Default: ${flag.default}.`), entry);
  if (flag.variable !== undefined) assert.ok(entry.includes(`Variable: ${flag.variable}.`), entry);
  const isCalledOtherwise = flag.setting !== undefined && flag.setting !== flag.name;
  assert.equal(entry.includes(`Setting: ${flag.setting}.`), isCalledOtherwise, entry);
}

describe("docs/man", () => {
  it("holds a page for callsign and for each command", () => {
    const wanted = ["callsign.1", ...all.map(({ name }) => `callsign-${name}.1`)];
    assert.deepEqual([...pages.keys()].sort(), wanted.sort());
    assert.deepEqual(fs.readdirSync(committed).sort(), wanted.sort());
  });

  for (const [name, text] of pages) {
    it(`holds ${name} as the table yields it`, () => {
      const found = fs.readFileSync(path.join(committed, name), "utf8");
      assert.equal(found, text, "run scripts/man.sh");
    });
  }
});

describe("Man pages", () => {
  const skip = skipWithout("mandoc", isThere("mandoc"));

  for (const [name, text] of pages) {
    it(`${name} is without mistakes to mandoc, and to groff where it is there`, { skip }, () => {
      const file = path.join(folder, name);
      fs.writeFileSync(file, text);
      assert.equal(run("mandoc", ["-T", "lint", "-W", "warning", file]), "");
      if (isThere("groff")) run("groff", ["-man", "-ww", "-z", "-T", "utf8", file]);
    });
  }

  for (const command of all) {
    it(`callsign-${command.name}.1 tells all of ${command.name}`, { skip }, () => {
      const page = rendered(pages.get(`callsign-${command.name}.1`) ?? "");
      const summary = command.summary.slice(1);
      assert.ok(part(page, "NAME").includes(`callsign-${command.name} - `));
      assert.ok(part(page, "NAME").includes(summary));
      assert.equal(
        plain(part(page, "SYNOPSIS")),
        plain(`callsign ${command.name} [FLAG]... ${command.operands}`),
      );
      assert.equal(plain(part(page, "DESCRIPTION")), plain(command.description));
      const options = part(page, "OPTIONS");
      const flags = [...command.flags, ...commonFlags];
      for (const flag of flags) checkFlag(options, flag);
      const heads = options.match(/^ {7}-/gm) ?? [];
      assert.equal(heads.length, flags.length);
      const example = part(page, "EXAMPLE").split("\n").map((line) => line.slice(11)).join("\n");
      assert.equal(example.trim(), command.example);
      assert.match(part(page, "SEE ALSO"), /callsign\(1\)/);
    });

    it(`callsign-${command.name}.1 tells what its statuses mean alone`, { skip }, () => {
      const page = rendered(pages.get(`callsign-${command.name}.1`) ?? "");
      const start = `${command.name}: `;
      const own = statusMeanings.filter(([, meaning]) => meaning.startsWith(start));
      assert.equal(page.includes("EXIT STATUS"), own.length > 0);
      for (const [statuses, meaning] of own) {
        const entry = entryOf(part(page, "EXIT STATUS"), statuses);
        assert.ok(entry.includes(meaning.slice(start.length + 1)), entry);
      }
    });
  }

  it("callsign.1 tells of every command", { skip }, () => {
    const text = part(rendered(pages.get("callsign.1") ?? ""), "COMMANDS");
    for (const { name, operands, summary } of all) {
      const entry = entryOf(text, `${name} ${operands}`.trim());
      assert.ok(entry.includes(`${summary}; see callsign-${name}(1).`), entry);
    }
  });

  it("callsign.1 tells of the flags of every command", { skip }, () => {
    const options = part(rendered(pages.get("callsign.1") ?? ""), "OPTIONS");
    for (const flag of commonFlags) checkFlag(options, flag);
  });

  it("callsign.1 tells of every variable, and whose flag it is", { skip }, () => {
    const text = part(rendered(pages.get("callsign.1") ?? ""), "ENVIRONMENT");
    for (const flag of settings.values()) {
      const entry = entryOf(text, flag.variable ?? "");
      const owners = all.filter(({ flags }) => flags.includes(flag)).map(({ name }) => name);
      const whose = owners.length > 0 ? owners.join(", ") : "every command";
      assert.ok(entry.includes(`--${flag.name} of ${whose}.`), entry);
      const isCalledOtherwise = flag.setting !== flag.name;
      assert.equal(entry.includes(`it is called ${flag.setting}.`), isCalledOtherwise, entry);
    }
    for (const [name, meaning] of Object.entries(otherVariables)) {
      assert.ok(entryOf(text, name).includes(meaning), name);
    }
  });

  it("callsign.1 tells what each exit status means", { skip }, () => {
    const text = part(rendered(pages.get("callsign.1") ?? ""), "EXIT STATUS");
    for (const [statuses, meaning] of statusMeanings) {
      assert.ok(entryOf(text, statuses).includes(meaning), statuses);
    }
  });

  it("callsign.1 refers to every other page", { skip }, () => {
    const text = part(rendered(pages.get("callsign.1") ?? ""), "SEE ALSO");
    for (const { name } of all) assert.ok(text.includes(`callsign-${name}(1)`), name);
  });

  it("show every sign as it is", { skip }, () => {
    const signs =
      ".dot\n'quote' \"double\" `back` \\fBbold\\fR ~home ^up -x --long % \u00e9 \u{1f600}";
    const page = `.TH X 1 2026-01-01\n.SH A\n.nf\n${escaped(signs)}\n.SH B\n`;
    const shown = part(rendered(page), "A").split("\n").map((line) => line.trim());
    assert.deepEqual(shown.filter(Boolean), signs.split("\n"));
  });
});
