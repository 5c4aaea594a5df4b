// The help: every flag, its variable and its default, in lines that fit.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readArguments } from "../../src/cli/args.ts";
import { type Command, commands } from "../../src/cli/commands.ts";
import { statusMeanings } from "../../src/cli/exit.ts";
import { bytesText, durationText, type Flag, isBare } from "../../src/cli/flag.ts";
import { commonFlags, otherVariables, settings } from "../../src/cli/flags.ts";
import { commandHelp, programHelp } from "../../src/cli/help.ts";
import * as limits from "../../src/protocol/limits.ts";

const columnsMax = 120;

/** The lines of the help that are about a flag: its own, and the one in brackets after it. */
function linesOf(help: string, flag: Flag): { readonly line: string; readonly notes: string } {
  const lines = help.split("\n");
  const at = lines.findIndex((line) => new RegExp(`^ .*--${flag.name}( |$)`).test(line));
  assert.ok(at >= 0, `--${flag.name} is not in the help`);
  const next = lines[at + 1] ?? "";
  return { line: lines[at] as string, notes: /^ +\[.*\]$/.test(next) ? next.trim() : "" };
}

describe("The table of flags", () => {
  it("has no name, letter or variable twice in a command", () => {
    for (const command of Object.values(commands)) {
      const flags = [...commonFlags, ...command.flags];
      for (const  of of["name", "short", "variable"] as const) {
        const given = flags.map((flag) => flag[of]).filter((text) => text !== undefined);
        assert.equal(new Set(given).size, given.length, `${command.name} ${of}`);
      }
    }
  });

  it("names each variable after its setting, and each setting after its flag where it can", () => {
    for (const [setting, flag] of settings) {
      assert.equal(flag.setting, setting);
      assert.equal(flag.variable, `CALLSIGN_${setting.toUpperCase().replaceAll("-", "_")}`);
      if (setting !== flag.name) {
        assert.ok(settings.has(flag.name) || /^\w+-/.test(setting), setting);
      }
    }
  });

  it("has no flag that no command has", () => {
    const used = [...commonFlags, ...Object.values(commands).flatMap(({ flags }) => flags)];
    const names = new Set(used.map(({ setting }) => setting));
    assert.deepEqual([...settings.keys()].filter((setting) => !names.has(setting)), []);
  });

  it("has a placeholder for each flag that takes a value, and for no switch", () => {
    for (const flag of Object.values(commands).flatMap((command) => command.flags)) {
      assert.equal(flag.placeholder === undefined, isBare(flag), flag.name);
    }
  });

  it("shows the defaults that the limits give", () => {
    const shown = (command: Command, name: string): string | undefined =>
      command.flags.find((flag) => flag.name === name)?.default;
    assert.equal(shown(commands.broker, "bind"), limits.defaultBind);
    assert.equal(shown(commands.broker, "max-message-bytes"), bytesText(limits.messageBytesMax));
    assert.equal(shown(commands.broker, "linger"), durationText(limits.lingerMs));
    assert.equal(shown(commands.worker, "connect"), limits.defaultConnect);
    assert.equal(shown(commands.worker, "answer-timeout"), durationText(limits.answerTimeoutMs));
  });

  it("has defaults that can be given", () => {
    for (const command of Object.values(commands)) {
      for (const { name, kind, default: text } of command.flags) {
        if (text === undefined || kind === "text") continue;
        assert.doesNotThrow(() => readArguments(command, [`--${name}`, text], {}), name);
      }
    }
  });
});

for (const command of Object.values(commands)) {
  describe(`The help of ${command.name}`, () => {
    const help = commandHelp(command, `callsign ${command.name}`);

    it("begins with how it is called", () => {
      const operands = command.operands === "" ? "" : ` ${command.operands}`;
      assert.equal(help.split("\n")[0], `Usage: callsign ${command.name} [FLAG]...${operands}`);
      assert.equal(
        commandHelp(command, command.name).split("\n")[0],
        `Usage: ${command.name} [FLAG]...${operands}`,
      );
    });

    for (const flag of [...command.flags, ...commonFlags]) {
      it(`tells of --${flag.name} all there is`, () => {
        const { line, notes } = linesOf(help, flag);
        assert.ok(line.endsWith(`  ${flag.help}`), line);
        if (flag.short !== undefined) assert.ok(line.includes(`-${flag.short}, --${flag.name}`));
        if (flag.placeholder !== undefined) assert.ok(line.includes(` ${flag.placeholder}  `));
        const wanted = [
          ...(flag.default === undefined ? [] : [`default ${flag.default}`]),
          ...(flag.variable === undefined ? [] : [`or ${flag.variable}`]),
        ];
        assert.equal(notes, wanted.length === 0 ? "" : `[${wanted.join("; ")}]`);
      });
    }

    it("shows what it does and an example", () => {
      assert.ok(help.includes(`\n\n${command.description}\n\n`));
      const example = command.example.split("\n").map((line) => `  ${line}`).join("\n");
      assert.ok(help.endsWith(`\nExample:\n${example}\n`), help);
    });

    it("has no flag that is not in the table, and none twice", () => {
      const heads = help.split("\n").map((line) => /^ +(?:-\w, )?--([\w-]+)/.exec(line)?.[1]);
      assert.deepEqual(
        heads.filter((name) => name !== undefined),
        [...command.flags, ...commonFlags].map((flag) => flag.name),
      );
    });
  });
}

describe("The help of callsign", () => {
  const help = programHelp();

  it("tells of every command", () => {
    for (const { name, operands, summary } of Object.values(commands)) {
      const line = help.split("\n").find((text) => text.startsWith(`  ${name} `)) ?? "";
      assert.equal(line.replace(/ {2,}/g, "|"), `|${`${name} ${operands}`.trim()}|${summary}`);
    }
  });

  it("tells of every variable that is no flag's", () => {
    for (const [name, text] of Object.entries(otherVariables)) {
      assert.match(help, new RegExp(`\n  ${name} +${text}\n`));
    }
  });

  it("tells of every exit status", () => {
    for (const [statuses, meaning] of statusMeanings) {
      const line = help.split("\n").find((text) => text.startsWith(`  ${statuses} `)) ?? "";
      assert.equal(line.slice(2 + statuses.length).trim(), meaning);
    }
  });
});

describe("Every help", () => {
  const helps = [
    programHelp(),
    ...Object.values(commands).flatMap((command) => [
      commandHelp(command, `callsign ${command.name}`),
      commandHelp(command, command.name),
    ]),
  ];

  it(`has no line of more than ${columnsMax} columns, and none that ends in a space`, () => {
    for (const line of helps.flatMap((help) => help.split("\n"))) {
      assert.ok(line.length <= columnsMax, `${line.length} columns: ${line}`);
      assert.equal(line, line.trimEnd());
    }
  });

  it("is plain text that ends with one line end", () => {
    for (const help of helps) {
      assert.match(help, /^[\x20-\x7e\n]+[^\n]\n$/);
      assert.ok(!help.includes("undefined"), help);
    }
  });
});
