/**
 * The help, made from the table of flags.
 *
 * @module
 */

import { type Command, commands, commonFlags, type Flag, otherVariables } from "./flags.ts";

/** What `callsign --help` prints. */
export function programHelp(): string {
  const names = Object.values(commands);
  const width = Math.max(...names.map((command) => left(command).length)) + 2;
  return [
    "callsign reaches a process by its name instead of its address.",
    "",
    "Usage: callsign COMMAND [FLAG]...",
    "",
    "Commands:",
    ...names.map((command) => `  ${left(command).padEnd(width)}${command.summary}`),
    "",
    "Flags:",
    ...flagLines(commonFlags),
    "",
    "Environment:",
    ...Object.entries(otherVariables).map(([name, help]) => `  ${name}  ${help}`),
    "",
    "callsign COMMAND --help tells more of each.",
    "",
  ].join("\n");
}

/**
 * What `callsign COMMAND --help` prints.
 *
 * @param program how it was called: `callsign broker`, or `broker` as a program of its own
 */
export function commandHelp(command: Command, program: string): string {
  return [
    `Usage: ${[program, command.operands, "[FLAG]..."].filter(Boolean).join(" ")}`,
    "",
    command.description,
    "",
    "Flags:",
    ...flagLines([...command.flags, ...commonFlags]),
    "",
    "Example:",
    ...command.example.split("\n").map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function left(command: Command): string {
  return `${command.name} ${command.operands}`.trim();
}

function flagLines(flags: readonly Flag[]): string[] {
  const heads = flags.map(flagHead);
  const width = Math.max(...heads.map((head) => head.length)) + 2;
  return flags.flatMap((flag, i) => {
    const notes = [
      flag.default === undefined ? "" : `default ${flag.default}`,
      flag.variable === undefined ? "" : `or ${flag.variable}`,
    ].filter(Boolean);
    const lines = [`  ${(heads[i] as string).padEnd(width)}${flag.help}`];
    if (notes.length > 0) lines.push(`  ${"".padEnd(width)}[${notes.join("; ")}]`);
    return lines;
  });
}

function flagHead({ name, short, placeholder }: Flag): string {
  const letter = short === undefined ? "    " : `-${short}, `;
  return `${letter}--${name}${placeholder === undefined ? "" : ` ${placeholder}`}`;
}
