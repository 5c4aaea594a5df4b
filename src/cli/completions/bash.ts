/**
 * What makes bash complete command lines: bash 3.2, which Macs have, and later.
 *
 * @module
 */

import type { Command } from "../commands.ts";
import type { Flag } from "../flag.ts";
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
  quoted,
  spellings,
  takesPeer,
  valuePattern,
} from "./table.ts";

/** The script for bash. */
export function bashCompletions(): string {
  return `# bash completion for callsign, made by: callsign completions bash

# What a command takes: flags; those of them that may be given again; which words a value follows; what
# offers operands, and how many there may be; whether a program follows --.
_callsign_table() {
  most=0 operand='' program=''
  case $1 in
${allCommands.map(commandRow).join("")}
    *) return 1 ;;
  esac
}

# Offers values of a flag, where there is something to offer.
_callsign_value() {
  case $command:$1 in
${allCommands.flatMap(valueRows).join("\n")}
  esac
}

# Whether a word says where the broker is: a flag, its value in it or not.
_callsign_is_place() {
  case $1 in
    ${placePatterns().join(" | ")}) ;;
    *) return 1 ;;
  esac
}

# Offers what stands first: a command, or a flag of the program itself.
_callsign_first() {
  if [[ $typed == -* ]]; then
    _callsign_offer ${firstFlags.flatMap(spellings).join(" ")}
  else
    _callsign_offer ${allCommands.map(({ name }) => name).join(" ")}
  fi
}

${reading}
${offering}
# Bash gives it the word that it will replace as the second argument.
_callsign() {
  local words at current typed kept before='' quote='' command first=2
  local flags again valued most operand program given waiting operands rest place
  COMPREPLY=()
  _callsign_split
  typed=$current kept=''
  if [[ $typed == [\\"\\']* ]]; then quote=\${typed:0:1} typed=\${typed:1}; fi
  if [[ $typed == *"$2" ]]; then kept=\${typed%"$2"}; fi
  if [[ ! $quote ]]; then typed=\${typed//\\\\/} kept=\${kept//\\\\/}; fi

  command=\${words[0]##*/}
  case $command in
    ${programs.join(" | ")}) first=1 ;;
    *)
      if ((at == 1)); then
        _callsign_first
        return
      fi
      command=\${words[1]}
      ;;
  esac
  _callsign_table "$command" || return 0
  _callsign_read
  if [[ $waiting ]]; then
    _callsign_value "$waiting"
  elif [[ $program && $rest == 0 ]]; then
    _callsign_generate -c
  elif [[ $program && $rest ]]; then
    _callsign_generate -f
  elif [[ ! $rest && $typed == --*=* ]]; then
    before=\${typed%%=*}=
    _callsign_value "\${typed%%=*}"
  elif [[ ! $rest && $typed == -* ]]; then
    _callsign_flags
  elif ((operands < most)); then
    $operand
  fi
}

complete -F _callsign callsign ${programs.join(" ")}
`;
}

function commandRow(command: Command): string {
  const flags = everyFlag(command);
  const again = flags.filter(isRepeatable).map(({ name }) => `--${name}`);
  return `    ${command.name})
      flags=${quoted(flags.map((flag) => spellings(flag).join()).join(" "))}
      again=${quoted(` ${again.join(" ")} `)}
      valued=${quoted(valuePattern(command))}
${operandRow(command)}      ;;
`;
}

function operandRow(command: Command): string {
  if (command.operandKind === "program") return "      program=yes\n";
  if (command.operandKind === undefined) return "";
  const offer = takesPeer(command)
    ? ["_callsign_peers", peerRole(command)]
    : ["_callsign_offer", ...operandWords(command)];
  return `      most=${operandMost(command)} operand=${quoted(offer.join(" ").trim())}\n`;
}

function valueRows(command: Command): string[] {
  return everyFlag(command).flatMap((flag) => {
    const offer = valueOffer(flag);
    const patterns = spellings(flag).map((spelling) => `${command.name}:${spelling}`);
    return offer === undefined ? [] : [`    ${patterns.join(" | ")}) ${offer} ;;`];
  });
}

function valueOffer(flag: Flag): string | undefined {
  if (namesFile(flag)) return "_callsign_generate -f";
  return flag.choices && `_callsign_offer ${flag.choices.map(quoted).join(" ")}`;
}

function placePatterns(): string[] {
  return placeFlags.flatMap(({ name, short }) => [
    `--${name}`,
    `--${name}=*`,
    ...short === undefined ? [] : [`-${short}*`],
  ]);
}

const reading = `\
# Sets words, at (which of them is completed) and current (that one, up to the cursor). Bash has split the
# line at : = and @ too; here the pieces are put together again.
_callsign_split() {
  local rest=$COMP_LINE piece i last=-1 start=0
  words=() current=''
  for ((i = 0; i < \${#COMP_WORDS[@]}; i++)); do
    piece=\${COMP_WORDS[i]}
    if ((last < 0)) || [[ $rest == [[:space:]]* ]]; then
      rest=\${rest#"\${rest%%[![:space:]]*}"}
      last=$((last + 1))
      words[last]=''
      start=$((\${#COMP_LINE} - \${#rest}))
      # The cursor may be before a word, not in it: what is completed then is one that is not there yet.
      if ((i == COMP_CWORD && COMP_POINT <= start)); then
        at=$last
        last=$((last + 1))
        words[last]=''
      fi
    fi
    words[last]+=$piece
    rest=\${rest#"$piece"}
    if ((i == COMP_CWORD && COMP_POINT > start)); then
      at=$last current=\${COMP_LINE:start:COMP_POINT-start}
    fi
  done
}

# Goes along the line. Sets given (its flags), waiting (the flag whose value is completed), operands and
# rest (how many there are before, and behind --), place (the words that say where the broker is).
_callsign_read() {
  local i word pending='' ended=''
  given=' ' waiting='' operands=0 rest='' place=()
  for ((i = first; i < \${#words[@]}; i++)); do
    word=\${words[i]//[\\"\\'\\\\]/}
    if ((i == at)); then
      waiting=$pending pending=''
    elif [[ $pending ]]; then
      if _callsign_is_place "$pending"; then place+=("$pending" "$word"); fi
      pending=''
    elif [[ ! $ended && $word == -- ]]; then
      ended=yes
      if ((i < at)); then rest=0; fi
    elif [[ ! $ended && $word == -?* ]]; then
      given+="\${word%%=*} "
      if [[ $word =~ $valued ]]; then
        pending=$word
      elif _callsign_is_place "$word"; then
        place+=("$word")
      fi
    elif ((i < at)); then
      operands=$((operands + 1))
      if [[ $ended ]]; then rest=$((rest + 1)); fi
    fi
  done
}
`;

const offering = `\
# Offers each of the words that begins as the one on the line.
_callsign_offer() {
  local word
  for word; do
    if [[ $before$word != "$typed"* ]]; then continue; fi
    word=$before$word
    word=\${word#"$kept"}
    # What peers call themselves is theirs to choose: no shell may take it for anything but a word.
    if [[ ! $quote ]]; then printf -v word %q "$word"; fi
    COMPREPLY+=("$word")
  done
}

# Offers what compgen finds: -c commands, -f files.
_callsign_generate() {
  local word
  compopt -o filenames 2>/dev/null
  while IFS= read -r word; do
    word=$before$word
    COMPREPLY+=("\${word#"$kept"}")
  done < <(compgen "$1" -- "\${typed#"$before"}")
}

# Offers the flags that are not on the line yet, by name and by letter: --name,-n.
_callsign_flags() {
  local flag name letter
  for flag in $flags; do
    name=\${flag%%,*} letter=\${flag##*,}
    if [[ $again != *" $name "* && ($given == *" $name "* || $given == *" $letter "*) ]]; then continue; fi
    _callsign_offer "$name"
    if [[ $letter != "$name" ]]; then _callsign_offer "$letter"; fi
  done
}

# Offers the names of peers, of one role if it is given, and their groups.
_callsign_peers() {
  local name role groups group all seen=' '
  while IFS=$'\\t' read -r name role groups _; do
    if [[ \${1-} && $role != "$1" ]]; then continue; fi
    _callsign_offer "$name"
    IFS=, read -r -a all <<<"$groups"
    for group in "\${all[@]}"; do
      if [[ $group == - || $seen == *" $group "* ]]; then continue; fi
      seen+="$group "
      _callsign_offer "@$group"
    done
  done < <(command callsign list --timeout 1s --json=false \${place[@]+"\${place[@]}"} 2>/dev/null </dev/null)
}
`;
