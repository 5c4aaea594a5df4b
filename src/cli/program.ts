/**
 * What the programs have in common: help, versions, signals, errors and the exit status.
 *
 * @module
 */

import fs from "node:fs";
import process from "node:process";
import { loadLibrary } from "../ffi/load.ts";
import { lingerMs, outputBytesMax } from "../protocol/limits.ts";
import { version } from "../version.ts";
import { readArguments } from "./args.ts";
import { runBroker } from "./broker.ts";
import { exitStatus, statusOf } from "./exit.ts";
import { type CommandName, commands } from "./flags.ts";
import { commandHelp, programHelp } from "./help.ts";
import { notice, noticeText } from "./notices.ts";
import { Output } from "./output.ts";
import { stopOnSignals } from "./signals.ts";
import { UsageError } from "./usage.ts";
import { runWorker } from "./worker.ts";

const runCommand = { broker: runBroker, worker: runWorker } as const;

/**
 * Runs a program and ends the process with its status.
 *
 * @param command which one; undefined for `callsign`, whose first word names the command
 */
export async function runProgram(command?: CommandName): Promise<never> {
  const words = process.argv.slice(2);
  try {
    process.exit(command === undefined ? await runFirstWord(words) : await run(command, words));
  } catch (error) {
    const status = statusOf(error);
    notice(status === exitStatus.bug ? bugReport(error) : (error as Error).message);
    process.exit(status);
  }
}

async function runFirstWord(words: readonly string[]): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined) throw new UsageError("Missing command; see callsign --help");
  if (isCommand(first)) return await run(first, rest, `callsign ${first}`);
  if (first === "--version" || first === "-V") return print(versions());
  if (first === "--help" || first === "-h") return print(programHelp());
  if (first === "help") return print(helpOn(rest));
  const kind = first.startsWith("-") ? "flag" : "command";
  throw new UsageError(`Unknown ${kind} ${JSON.stringify(first)}; see callsign --help`);
}

function helpOn([name]: readonly string[]): string {
  if (name === undefined) return programHelp();
  if (isCommand(name)) return commandHelp(commands[name], `callsign ${name}`);
  throw new UsageError(`Unknown command ${JSON.stringify(name)}; see callsign --help`);
}

function isCommand(word: string): word is CommandName {
  return Object.hasOwn(commands, word);
}

async function run(
  name: CommandName,
  words: readonly string[],
  program: string = name,
): Promise<number> {
  const args = readArguments(commands[name], words, process.env);
  if (args.switch("help")) return print(commandHelp(commands[name], program));
  if (args.switch("version")) return print(versions());

  const stop = stopOnSignals();
  const library = loadLibrary();
  const common = { library, bytesMax: outputBytesMax };
  const errors = new Output({
    ...common,
    descriptor: 2,
    // Who does not read what is wrong is not told that either.
    onFailure: () => {},
    onSkipped: () => {},
  });
  const tell = (text: string): void => errors.line(noticeText(text));
  const output = new Output({
    ...common,
    descriptor: 1,
    onFailure: (code) => stop.stop(writeFailure(code)),
    onSkipped: (lines) => tell(`${lines} lines were not printed: stdout is read too slowly`),
  });
  try {
    await runCommand[name](args, { library, output, tell, stop });
  } finally {
    await output.finish(lingerMs);
    await errors.finish(lingerMs);
  }
  return stop.status ?? exitStatus.done;
}

/** Nobody reads our lines any more: ends as every tool in a pipe does, or says what else it is. */
function writeFailure(code: string): number {
  if (code === "EPIPE") return exitStatus.brokenPipe;
  notice(`Cannot write to stdout: ${code}`);
  return exitStatus.unavailable;
}

/** Prints a text that was asked for, whole. */
function print(text: string): number {
  try {
    fs.writeSync(1, text);
    return exitStatus.done;
  } catch (error) {
    return writeFailure((error as { code?: string }).code ?? "EIO");
  }
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
