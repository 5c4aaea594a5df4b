/**
 * What makes fish complete command lines: fish 3.1 and later.
 *
 * @module
 */

import type { Command } from "../commands.ts";
import { type Flag, isBare } from "../flag.ts";
import {
  allCommands,
  everyFlag,
  firstFlags,
  isRepeatable,
  namesFile,
  operandMost,
  operandWords,
  peerRole,
  placeFlags,
  programs,
  spellings,
  takesPeer,
  valuePattern,
} from "./table.ts";

/** The script for fish. */
export function fishCompletions(): string {
  const places = placeFlags.flatMap(spellings);
  return `# fish completion for callsign, made by: callsign completions fish

# Whether the line is of a program that is a command by itself.
function __callsign_is_program
    set -l words (commandline -opc)
    contains -- (string replace -r '.*/' '' -- $words[1]) ${programs.join(" ")}
end

# The command of the line; nothing before it is there.
function __callsign_command
    set -l words (commandline -opc)
    if __callsign_is_program
        string replace -r '.*/' '' -- $words[1]
    else
        string join '' -- $words[2]
    end
end

# Matches the words that the value of a flag follows.
function __callsign_valued
    switch (__callsign_command)
${allCommands.map(valuedRow).join("")}        case '*'
            echo '^$'
    end
end

# Offers the names of peers, of one role if it is given, and their groups.
function __callsign_peers
    set -l place
    set -l pending
    for word in (commandline -op)
        if set -q pending[1]
            set -a place $pending $word
            set pending
        else if contains -- $word ${places.join(" ")}
            set pending $word
        else if string match -qr -- ${quoted(placePattern())} $word
            set -a place $word
        end
    end
    command callsign list --timeout 1s --json=false $place 2>/dev/null </dev/null | while read -l -d \\t name role groups rest
        if set -q argv[1]; and test "$role" != $argv[1]
            continue
        end
        printf '%s\\t%s\\n' $name $role
        for group in (string split , -- $groups)
            test "$group" = -
            or printf '@%s\\tgroup\\n' $group
        end
    end
end

${reading}
for program in callsign ${programs.join(" ")}
    complete -c $program -e
    complete -c $program -f
end
${[...firstLines(), ...allCommands.flatMap(commandLines)].join("\n")}
`;
}

const reading = `\
# The words between the command and the cursor.
function __callsign_words
    set -l words (commandline -opc)
    set -e words[1]
    __callsign_is_program
    or set -e words[1]
    string join \\n -- $words
end

# Whether the command is the first word, and none of the others is on the line. The flag whose value is
# being completed is not there yet.
function __callsign_wants
    set -l command (__callsign_command)
    test "$command" = "$argv[1]"
    or return
    set -e argv[1]
    set -l words (__callsign_words)
    string match -qr -- (__callsign_valued) "$words[-1]"
    and set -e words[-1]
    for word in $words
        contains -- (string replace -r '=.*' '' -- $word) $argv
        and return 1
    end
    return 0
end

# Whether the command is the first word, and has fewer operands yet than the second says.
function __callsign_takes
    set -l command (__callsign_command)
    test "$command" = $argv[1]
    or return
    set -l valued (__callsign_valued)
    set -l operands 0
    set -l pending no
    set -l ended no
    for word in (__callsign_words)
        if test $pending = yes
            set pending no
        else if test $ended = yes
            set operands (math $operands + 1)
        else if test "$word" = --
            set ended yes
        else if string match -q -- '-?*' $word
            string match -qr -- $valued $word
            and set pending yes
        else
            set operands (math $operands + 1)
        end
    end
    test $operands -lt $argv[2]
end

# Whether the command is the first word, and -- is there, with nothing after it or with something.
function __callsign_runs
    set -l command (__callsign_command)
    test "$command" = $argv[1]
    or return
    set -l words (__callsign_words)
    set -l at (contains -i -- -- $words)
    or return
    if test $argv[2] = nothing
        test $at -eq (count $words)
    else
        test $at -lt (count $words)
    end
end
`;

/** What stands first: a command, or a flag of the program itself. */
function firstLines(): string[] {
  const start = `complete -c callsign -n '__callsign_wants ""'`;
  return [
    ...allCommands.map(({ name, summary }) => `${start} -a ${name} -d ${quoted(summary)}`),
    ...firstFlags.map((flag) => `${start} ${flagWords(flag)}`),
  ];
}

function valuedRow(command: Command): string {
  return `        case ${command.name}\n            echo ${quoted(valuePattern(command))}\n`;
}

function placePattern(): string {
  const names = placeFlags.map(({ name }) => `--${name}=`);
  const letters = placeFlags.flatMap(({ short }) => short === undefined ? [] : [`-${short}`]);
  return `^(${[...names, ...letters].join("|")})`;
}

function commandLines(command: Command): string[] {
  const { name } = command;
  const start = programs.includes(name)
    ? `complete -c callsign -c ${name}`
    : "complete -c callsign";
  const flags = everyFlag(command).map((flag) => {
    const once = isRepeatable(flag) ? [] : spellings(flag);
    return `${start} -n ${quoted(["__callsign_wants", name, ...once].join(" "))} ${
      flagWords(flag)
    }`;
  });
  const takes = `${start} -n '__callsign_takes ${name} ${operandMost(command)}'`;
  const words = operandWords(command);
  if (words.length > 0) return [...flags, `${takes} -a ${quoted(words.join(" "))}`];
  if (takesPeer(command)) {
    const peers = `__callsign_peers ${peerRole(command)}`.trim();
    return [...flags, `${takes} -a '(${peers})'`];
  }
  if (command.operandKind !== "program") return flags;
  return [
    ...flags,
    `${start} -n '__callsign_runs ${name} nothing' -a '(__fish_complete_command)'`,
    `${start} -n '__callsign_runs ${name} something' -F`,
  ];
}

/** How `complete` is told of a flag. */
export function flagWords(flag: Flag): string {
  const words = [`-l ${flag.name}`];
  if (flag.short !== undefined) words.push(`-s ${flag.short}`);
  if (namesFile(flag)) words.push("-r -F");
  else if (!isBare(flag)) words.push("-x");
  if (flag.choices !== undefined) words.push(`-a ${quoted(flag.choices.join(" "))}`);
  return [...words, `-d ${quoted(flag.help)}`].join(" ");
}

/** A text in the single quotes of fish, in which a backslash stands for something. */
function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
