// The forms callsign is run in: from source on both runtimes, and as executables where they were
// built. scripts/test.sh says where everything is.

import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Program } from "./process.ts";

/** The three programs. */
export type ProgramName = "callsign" | "broker" | "worker";

/** One way to run them. */
export interface Form {
  /** Such as `bun` or `deno executable`. */
  readonly label: string;
  /** The command and its first arguments. */
  command(program: ProgramName): readonly string[];
}

/** The root of the repository. */
export const root: string = fileURLToPath(new URL("../../", import.meta.url));

const sources = { callsign: "src/main.ts", broker: "src/broker.ts", worker: "src/worker.ts" };
const source = (program: ProgramName): string => path.join(root, sources[program]);

/** Permissions of the broker on Deno: what README tells users to give. */
export const denoPermissions: readonly string[] = ["--allow-ffi", "--allow-env", "--allow-read"];

const permissionsOf = (program: ProgramName): readonly string[] =>
  program === "broker" ? denoPermissions : ["--allow-all"];

// One flag or none: it may hold a path with spaces.
const denoFlags = [process.env.CALLSIGN_DENO_FLAGS ?? ""].filter(Boolean);

/**
 * The deno to run. Deno's node:child_process gives a child that names no permission every one (`-A`)
 * when it is the executable the tests run on, which it knows by its path: so this is another path.
 */
const deno = (process.env.CALLSIGN_DENO ?? "deno").replace(/\/(?=[^/]*$)/, "/./");

/** The words that begin a `deno run` here, without permissions. */
export const denoRun: readonly string[] = [deno, "run", "--no-prompt", ...denoFlags];

/** From source, on both runtimes. */
export const sourceForms: readonly Form[] = [
  {
    label: "deno",
    command: (program) => [...denoRun, ...permissionsOf(program), source(program)],
  },
  {
    label: "bun",
    command: (program) => [process.env.CALLSIGN_BUN ?? "bun", source(program)],
  },
];

/** As executables: none unless CALLSIGN_EXECUTABLES names the folder that compile.sh filled. */
export const executableForms: readonly Form[] = ["deno", "bun"].flatMap((runtime) => {
  const folder = path.join(process.env.CALLSIGN_EXECUTABLES ?? "", runtime);
  if (process.env.CALLSIGN_EXECUTABLES === undefined || !fs.existsSync(folder)) return [];
  return [{
    label: `${runtime} executable`,
    command: (program: ProgramName) => [path.join(folder, program)],
  }];
});

/** Starts one of the programs. */
export function startProgram(
  form: Form,
  program: ProgramName,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const [command, ...first] = form.command(program);
  return new Program(command as string, [...first, ...args], env);
}

/** Starts a broker at a free port, and waits until it listens. */
export async function startBroker(
  form: Form,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly broker: Program; readonly endpoint: string }> {
  const broker = startProgram(form, "broker", ["--bind", "tcp://127.0.0.1:*", ...args], env);
  const line = await broker.line(/^Broker started, listening on /);
  return { broker, endpoint: line.replace("Broker started, listening on ", "") };
}

/** A reason to skip what needs a thing that is missing; in CI nothing may be missing. */
export function skipWithout(what: string, isThere: boolean): string | false {
  if (isThere) return false;
  if (process.env.CALLSIGN_REQUIRE_ALL === "1") throw new Error(`CI must have ${what}`);
  return `${what} is not there`;
}
