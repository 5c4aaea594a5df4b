/**
 * What the programs have in common: help, versions, errors and the exit status.
 *
 * @module
 */

import process from "node:process";
import { loadLibrary } from "../ffi/load.ts";
import { version } from "../version.ts";
import { type Arguments, readArguments } from "./args.ts";
import { type CommandName, commands } from "./commands.ts";
import { exitStatus, statusOf } from "./exit.ts";
import { commandHelp, programHelp } from "./help.ts";
import { lastWord, type LogOptions } from "./log.ts";
import { print } from "./print.ts";
import { logOptions, ProcessSurroundings, type Surroundings } from "./surroundings.ts";
import { UsageError } from "./usage.ts";

/** Runs a command; what it returns is the exit status, 0 when that is nothing. */
type Run = (args: Arguments, surroundings: Surroundings) => Promise<number | void> | number;

/** Loaded when it is called for: to load all of them takes an eighth of a request's time. */
const runs: Readonly<Record<CommandName, () => Promise<Run>>> = {
  broker: async () => (await import("./commands/broker.ts")).runBroker,
  worker: async () => (await import("./commands/worker.ts")).runWorker,
  request: async () => (await import("./commands/request.ts")).runRequest,
  send: async () => (await import("./commands/send.ts")).runSend,
  list: async () => (await import("./commands/list.ts")).runList,
  wait: async () => (await import("./commands/wait.ts")).runWait,
  watch: async () => (await import("./commands/watch.ts")).runWatch,
  kick: async () => (await import("./commands/kick.ts")).runKick,
  stats: async () => (await import("./commands/stats.ts")).runStats,
  doctor: async () => (await import("./commands/doctor.ts")).runDoctor,
  bench: async () => (await import("./commands/bench.ts")).runBench,
  completions: async () => (await import("./commands/completions.ts")).runCompletions,
  help: async () => (await import("./commands/help.ts")).runHelp,
};

/**
 * Runs a program and ends the process with its status.
 *
 * @param command which one; undefined for `callsign`, whose first word names the command
 */
export async function runProgram(command?: CommandName): Promise<never> {
  const words = process.argv.slice(2);
  const ending = new Ending();
  try {
    process.exit(
      command === undefined
        ? await runFirstWord(words, ending)
        : await run(command, words, command, ending),
    );
  } catch (error) {
    process.exit(ending.statusAfter(error));
  }
}

/** How to say what a program ends with; it knows better once the arguments are read. */
class Ending {
  log: LogOptions = logOptions();
  surroundings: ProcessSurroundings | undefined;

  statusAfter(error: unknown): number {
    // Whoever was asked to end has failed because of that.
    const asked = this.surroundings?.stop.status;
    if (asked !== undefined) return asked;
    const status = statusOf(error);
    lastWord(status === exitStatus.bug ? bugReport(error) : (error as Error).message, this.log);
    return status;
  }
}

async function runFirstWord(words: readonly string[], ending: Ending): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined) throw new UsageError("Missing command; see callsign --help");
  if (isCommand(first)) return await run(first, rest, `callsign ${first}`, ending);
  if (first === "--version" || first === "-V") return print(versions());
  if (first === "--help" || first === "-h") return print(programHelp());
  const kind = first.startsWith("-") ? "flag" : "command";
  throw new UsageError(`Unknown ${kind} ${JSON.stringify(first)}; see callsign --help`);
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(commands, word);
}

async function run(
  name: CommandName,
  words: readonly string[],
  program: string,
  ending: Ending,
): Promise<number> {
  const args = readArguments(commands[name], words, process.env);
  if (args.switch("help")) return print(commandHelp(commands[name], program));
  if (args.switch("version")) return print(versions());

  ending.log = logOptions(args);
  const surroundings = new ProcessSurroundings(args);
  ending.surroundings = surroundings;
  let status: number | void;
  try {
    const runCommand = await runs[name]();
    status = await runCommand(args, surroundings);
  } finally {
    await surroundings.finish();
  }
  return endStatus(surroundings.stop.status, status);
}

/** Who was told to end by a signal, and has done its work all the same, says so by a status. */
function endStatus(asked: number | undefined, status: number | void): number {
  const isSignal = asked === exitStatus.interrupted || asked === exitStatus.terminated;
  if (asked === undefined || isSignal) return status ?? asked ?? exitStatus.done;
  return asked;
}

function versions(): string {
  const { deno, bun } = process.versions as Record<string, string | undefined>;
  const runtime = bun === undefined ? `deno ${deno}` : `bun ${bun}`;
  return `callsign ${version}\n${runtime}\nlibzmq ${libraryVersion()}\n`;
}

function libraryVersion(): string {
  try {
    const library = loadLibrary();
    return `${library.version.join(".")} (${library.path})`;
  } catch (error) {
    return `not loaded: ${(error as Error).message.replaceAll(/\n\s*/g, "; ")}`;
  }
}

function bugReport(error: unknown): string {
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  return `This is a bug in callsign ${version}, please report it:\n${stack}`;
}
