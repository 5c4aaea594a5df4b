// What the shells offer on a command line, with the scripts that complete them. Each is the shell
// itself, at work as at a user's: bash and zsh on a terminal, for they complete nowhere else.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { bashCompletions } from "../../src/cli/completions/bash.ts";
import { fishCompletions } from "../../src/cli/completions/fish.ts";
import { zshCompletions } from "../../src/cli/completions/zsh.ts";
import { runToEnd } from "../support/process.ts";

/** What a shell makes of a line. */
export interface Completion {
  /** The words it offers, as they would stand on the line. */
  readonly words: readonly string[];
  /** What it says of each, where it says something. */
  readonly texts: ReadonlyMap<string, string>;
  /** What it has made of the line; nothing in fish, which only tells. */
  readonly line: string;
  /** All else it has shown. */
  readonly shown: string;
}

/** A shell with the completions of callsign. */
export interface CompletingShell {
  readonly name: "bash" | "zsh" | "fish";
  /** Whether it tells what each word is. */
  readonly describes: boolean;
  /** What callsign prints for it. */
  readonly script: string;
  /**
   * What it offers at the end of a line.
   *
   * @param folder where it works, and what it leaves there is of no use to anybody
   * @param environment of the shell, beside that of this process
   */
  complete(
    line: string,
    folder: string,
    environment?: Readonly<Record<string, string>>,
  ): Promise<Completion>;
}

const python = process.env.CALLSIGN_PYTHON ?? "/usr/bin/python3";
const keys = fileURLToPath(new URL("keys.py", import.meta.url));

// What is offered and what becomes of the line is written down; then the shell ends.
const bashSettings = `PS1='ready> '
bind 'set completion-query-items 0'
bind 'set page-completions off'
source ./script
_observed() {
  _callsign "$@"
  if [[ \${#COMPREPLY[@]} -gt 0 ]]; then printf '%s\\n' "\${COMPREPLY[@]}" >offered; fi
}
complete -F _observed callsign broker worker
bind -x '"\\C-xl": printf "%s\\n" "$READLINE_LINE" >line'
`;

// Every word that is offered to the completion system, which then goes on with it.
const zshSettings = `stty cols 400
zstyle ':completion:*' list-grouped false
source ./load
compadd() {
  local -a words texts
  integer i=\${@[(ie)-d]}
  if [[ " \${@[1,(i)(-|--)]} " == *' -'[a-zA-Z]#[OAD]' '* ]]; then
    builtin compadd "$@"
    return
  fi
  (( i <= $# )) && texts=("\${(@P)@[i+1]}")
  builtin compadd -A words -D texts "$@"
  for (( i = 1; i <= $#words; i++ )); do
    print -r -- "\${words[i]}"$'\\t'"\${\${texts[i]-}#* -- }" >>offered
  done
  builtin compadd "$@"
}
answer() {
  BUFFER=$LINE CURSOR=$#LINE
  zle complete-word
  print -r -- $BUFFER >line
  exit
}
zle -N zle-line-init answer
`;

/** The three of them. */
export const completingShells: readonly CompletingShell[] = [
  {
    name: "bash",
    describes: false,
    script: bashCompletions(),
    complete: (line, folder, environment = {}) => {
      prepare(folder, { script: bashCompletions(), settings: bashSettings });
      const typed = `${line}\t\x18l\x01\x0bexit\n`;
      const command = ["bash", "--noprofile", "--rcfile", "./settings", "-i"];
      return onTerminal(folder, environment, "ready> ", typed, command);
    },
  },
  {
    name: "zsh",
    describes: true,
    script: zshCompletions(),
    complete: (line, folder, environment = {}) =>
      completeInZsh(line, folder, environment, zshCompletions()),
  },
  {
    name: "fish",
    describes: true,
    script: fishCompletions(),
    complete: (line, folder, environment = {}) =>
      completeInFish(line, folder, environment, fishCompletions()),
  },
];

/** What zsh offers at the end of a line, after it has read a script of one's own. */
export function completeInZsh(
  line: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
  script: string,
): Promise<Completion> {
  prepare(folder, { load: script, ".zshrc": zshSettings });
  const own = { ...environment, ZDOTDIR: folder, LINE: line };
  return onTerminal(folder, own, "", "", ["zsh", "-d", "-i"]);
}

/** As {@linkcode completeInZsh}, in fish. */
export async function completeInFish(
  line: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
  script: string,
): Promise<Completion> {
  prepare(folder, { load: script });
  const command = "cd $argv[1]; source ./load; complete -C $argv[2] >offered";
  const args = ["--no-config", "-c", command, folder, line];
  const { stdout, stderr } = await runToEnd("fish", args, { ...environment, HOME: folder });
  return completion(folder, stdout + stderr);
}

/** Whether a program is there. */
export function isThere(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

function prepare(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries({ ...files, offered: "", line: "" })) {
    fs.writeFileSync(path.join(folder, name), text);
  }
}

async function onTerminal(
  folder: string,
  environment: Readonly<Record<string, string>>,
  prompt: string,
  typed: string,
  command: readonly string[],
): Promise<Completion> {
  const inFolder = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", folder, ...command];
  const { stdout, stderr } = await runToEnd(python, [keys, prompt, typed, ...inFolder], {
    ...environment,
    TERM: "xterm",
    HOME: folder,
  });
  return completion(folder, stdout + stderr);
}

function completion(folder: string, shown: string): Completion {
  const read = (name: string): string => fs.readFileSync(path.join(folder, name), "utf8");
  const cells = read("offered").split("\n").filter(Boolean).map((line): [string, string] => {
    const [word = "", text = ""] = line.split("\t");
    return [word, text];
  });
  const words = cells.map(([word]) => word);
  return { words, texts: new Map(cells), line: read("line").replace("\n", ""), shown };
}
