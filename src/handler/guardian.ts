/**
 * Ends the handlers of a worker that was killed.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";

/**
 * Reads `+ GROUP` and `- GROUP`, and when there is nobody left to write that, ends the groups it still
 * knows. A signal for the worker's own group must not end it before.
 */
const script = `
trap '' HUP INT TERM
groups=
while read -r what group; do
  left=
  for one in $groups; do
    [ "$one" = "$group" ] || left="$left $one"
  done
  groups=$left
  [ "$what" = - ] || groups="$left $group"
done
[ -n "$groups" ] || exit 0
for one in $groups; do kill -TERM "-$one"; done
sleep 1
for one in $groups; do kill -KILL "-$one"; done
`;

/**
 * A shell that lives as long as this process. Nothing else hears of a process that is killed: what it
 * had started would go on for ever.
 */
export class Guardian {
  #shell: ChildProcess | undefined;

  /** Watches over a process group, from now until it is forgotten. */
  watch(group: number): void {
    this.#say(`+ ${group}\n`);
  }

  /** The group is gone. */
  forget(group: number): void {
    this.#say(`- ${group}\n`);
  }

  /** Lets the shell end, which ends the groups that it still knows. */
  close(): void {
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  #say(line: string): void {
    this.#shell ??= start();
    this.#shell.stdin?.write(line);
  }
}

function start(): ChildProcess {
  const shell = spawn("/bin/sh", ["-c", script], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without a shell there are no guards, and everything else works as well.
  shell.on("error", () => {});
  shell.stdin?.on("error", () => {});
  shell.unref();
  return shell;
}
