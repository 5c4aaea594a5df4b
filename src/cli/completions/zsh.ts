/**
 * What makes zsh complete command lines, for its `_arguments`.
 *
 * @module
 */

import type { Command } from "../commands.ts";
import { type Flag, isBare } from "../flag.ts";
import { commonFlags } from "../flags.ts";
import {
  allCommands,
  firstFlags,
  isRepeatable,
  namesFile,
  operandWords,
  peerRole,
  placeFlags,
  programs,
  quoted,
  repeatsOperand,
  spellings,
  takesPeer,
} from "./table.ts";

/** The script for zsh: to be evaluated, or a file `_callsign` in a folder of `fpath`. */
export function zshCompletions(): string {
  return `#compdef callsign ${programs.join(" ")}
# zsh completion for callsign, made by: callsign completions zsh

_callsign() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  if [[ $service != callsign ]]; then
    _callsign_command $service
    return
  fi
  _arguments -S \\
${firstFlags.flatMap(flagSpecs).map((spec) => `    ${spec} \\\n`).join("")}\
    '(-): :_callsign_commands' \\
    '(-)*:: : _callsign_command $words[1]'
}

_callsign_commands() {
  local -a commands=(
${allCommands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}\n`).join("")}  )
  _describe -t commands command commands
}

# Completes what follows the command.
_callsign_command() {
  local -a specs=(
${indented(commonFlags.flatMap(flagSpecs))}  )
  case $1 in
${allCommands.map(commandRow).join("")}    *) return 1 ;;
  esac
  _arguments -s -S : $specs
}

# After -- stands a command line of its own.
_callsign_program() {
  local -i at=\${words[(ie)--]}
  (( at < CURRENT )) || return 1
  shift at words
  (( CURRENT -= at ))
  _normal
}

# Offers the names of peers, of one role if it is given, and their groups.
_callsign_peers() {
  local -a place peers groups cells
  local row group
  local -i i
  for (( i = 2; i <= $#words; i++ )); do
    (( i == CURRENT )) && continue
    case $words[i] in
      --) break ;;
      ${placeFlags.flatMap(spellings).join(" | ")}) place+=("$words[i]" "\${(Q)words[++i]}") ;;
      ${placePatterns().join(" | ")}) place+=("\${(Q)words[i]}") ;;
    esac
  done
  for row in \${(f)"$(command callsign list --timeout 1s --json=false $place 2>/dev/null </dev/null)"}; do
    cells=("\${(@ps:\\t:)row}")
    [[ $# -gt 0 && $cells[2] != $1 ]] && continue
    peers+=("\${\${cells[1]//\\\\/\\\\\\\\}//:/\\\\:}:$cells[2]")
    for group in \${(s:,:)cells[3]}; do
      [[ $group == - ]] || groups+=("@\${group}:group")
    done
  done
  groups=(\${(u)groups})
  _describe -t peers peer peers
  _describe -t groups group groups
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _callsign "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _callsign callsign ${programs.join(" ")}
fi
`;
}

function commandRow(command: Command): string {
  const specs = [...command.flags.flatMap(flagSpecs), ...operandSpecs(command)];
  const program = command.operandKind === "program" ? "      _callsign_program && return\n" : "";
  return `    ${command.name})\n${program}      specs+=(\n${indented(specs, 8)}      )\n      ;;\n`;
}

function indented(lines: readonly string[], by = 4): string {
  return lines.map((line) => `${" ".repeat(by)}${line}\n`).join("");
}

/** How `_arguments` is told of a flag, once for each spelling. */
export function flagSpecs(flag: Flag): string[] {
  const others = flag.setting === undefined ? "- : *" : spellings(flag).join(" ");
  const start = isRepeatable(flag) ? "*" : `(${others})`;
  return spellings(flag).map((spelling) => {
    const joint = isBare(flag) ? "" : spelling.startsWith("--") ? "=" : "+";
    return quoted(`${start}${spelling}${joint}[${escaped(flag.help)}]${valueSpec(flag)}`);
  });
}

function valueSpec(flag: Flag): string {
  if (isBare(flag)) return "";
  const start = `:${escaped(flag.placeholder ?? "")}:`;
  if (namesFile(flag)) return `${start}_files`;
  return flag.choices === undefined ? `${start} ` : `${start}(${flag.choices.join(" ")})`;
}

/** How it is told of operands; an action that begins with a space is called with these words alone. */
function operandSpecs(command: Command): string[] {
  const [name, next] = command.operands.match(/\w+/g) ?? [];
  if (name === undefined) return [];
  const words = operandWords(command);
  const action = takesPeer(command)
    ? ` _callsign_peers ${peerRole(command)}`.trimEnd()
    : words.length > 0
    ? `(${words.join(" ")})`
    : " ";
  const all = repeatsOperand(command);
  const specs = [`${all ? "*" : ""}:${name}:${action}`];
  if (!all && next !== undefined) specs.push(`*:${next}: `);
  return specs.map(quoted);
}

function placePatterns(): string[] {
  return placeFlags.flatMap(({ name, short }) => [
    `--${name}=*`,
    ...short === undefined ? [] : [`-${short}*`],
  ]);
}

/** A text in which nothing means anything to `_arguments`. */
function escaped(text: string): string {
  return text.replaceAll(/[\\[\]:]/g, "\\$&");
}
