/**
 * Finds libzmq on this system, checks its version, and binds its functions.
 *
 * @module
 */

import process from "node:process";
import { currentRuntime } from "./runtime.ts";
import { type NativeLibrary, type NativeRuntime, OpenError } from "./native.ts";
import {
  connectionFunctions,
  memoryFunctions,
  versionFunctions,
  waitFunctions,
  zmqFunctions,
} from "./symbols.ts";

/** A libzmq version: major, minor, patch. */
export type Version = readonly [number, number, number];

/** Older ones have holes that a stranger on the network can use (CVE-2020-15166 and its kin). */
export const oldestVersion: Version = [4, 3, 3];

/** The environment variable that names the library to load, instead of the usual places. */
export const libraryVariable = "CALLSIGN_LIBZMQ";

/** Why libzmq could not be loaded. */
export type LoadFailure = "missing" | "denied" | "unusable" | "too-old";

/** libzmq could not be loaded; the message names what was tried and what to do. */
export class LoadError extends Error {
  /** The name of the class. */
  override readonly name = "LoadError";
  /** The kind of failure: nothing found, no permission, not libzmq, or older than 4.3.3. */
  readonly failure: LoadFailure;

  /** Made by the loader; `message` says what was tried, what came of it, and what to do. */
  constructor(failure: LoadFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

/** What {@linkcode loadLibrary} looks at; every part may be replaced, as tests do. */
export interface LoadOptions {
  /** The library to load and no other; default: the variable `CALLSIGN_LIBZMQ`. */
  readonly path?: string | undefined;
  /** The operating system, as `process.platform` names it. */
  readonly platform?: string;
  /**
   * The seam to open it with; default: the runtime's own.
   *
   * @internal
   */
  readonly runtime?: NativeRuntime;
}

/**
 * Loads libzmq.
 *
 * @returns the library, checked to be 4.3.3 or later, with its functions bound
 * @throws {LoadError} `missing` when it is nowhere (the message lists every place tried), `denied`
 *   without permission to load it, `unusable` when what was found is not libzmq, `too-old` when its
 *   version is below 4.3.3
 */
export function loadLibrary(options: LoadOptions = {}): NativeLibrary {
  const platform = options.platform ?? process.platform;
  const runtime = options.runtime ?? currentRuntime();
  const override = options.path ?? environment(libraryVariable);
  const places = override === undefined ? usualPlaces(platform) : [override];

  const tried: string[] = [];
  for (const path of places) {
    try {
      const version = readVersion(runtime, path);
      if (isOlder(version, oldestVersion)) throw tooOld(path, version, platform);
      return bind(runtime, path, version, platform);
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      if (error.failure === "denied") throw denied(runtime, error);
      tried.push(`  ${path}: ${reasonOf(path, error)}`);
      // A file that is there but is no libzmq is told as such, not searched past in silence.
      if (override !== undefined && error.failure === "unusable") throw unusable(path, error);
    }
  }
  throw missing(override, tried, platform);
}

/** Where libzmq usually is: names for the system's loader first, then the package managers' files. */
export function usualPlaces(platform: string): readonly string[] {
  switch (platform) {
    case "darwin":
      return [
        "libzmq.5.dylib",
        "/opt/homebrew/lib/libzmq.5.dylib",
        "/usr/local/lib/libzmq.5.dylib",
        "/opt/local/lib/libzmq.5.dylib",
        "libzmq.dylib",
      ];
    case "win32":
      return [
        "libzmq.dll",
        "libzmq-5.dll",
        "libzmq-mt-4_3_5.dll",
        "libzmq-mt-4_3_4.dll",
        "C:\\vcpkg\\installed\\x64-windows\\bin\\libzmq-mt-4_3_5.dll",
        "C:\\msys64\\mingw64\\bin\\libzmq.dll",
        "C:\\msys64\\ucrt64\\bin\\libzmq.dll",
      ];
    default:
      return [
        "libzmq.so.5",
        "libzmq.so",
        "/usr/lib/x86_64-linux-gnu/libzmq.so.5",
        "/usr/lib/aarch64-linux-gnu/libzmq.so.5",
        "/usr/lib64/libzmq.so.5",
        "/usr/lib/libzmq.so.5",
        "/usr/local/lib/libzmq.so.5",
        "/home/linuxbrew/.linuxbrew/lib/libzmq.so.5",
      ];
  }
}

function readVersion(runtime: NativeRuntime, path: string): Version {
  const { zmq_version } = runtime.open(path, versionFunctions);
  const version = new Int32Array(3);
  zmq_version(version, version.subarray(1), version.subarray(2));
  return [version[0] ?? 0, version[1] ?? 0, version[2] ?? 0];
}

function isOlder(version: Version, wanted: Version): boolean {
  for (const [i, part] of wanted.entries()) {
    if (version[i] !== part) return (version[i] ?? 0) < part;
  }
  return false;
}

function bind(
  runtime: NativeRuntime,
  path: string,
  version: Version,
  platform: string,
): NativeLibrary {
  // On POSIX a lookup in libzmq also finds what it is linked with, the C library among it; Windows
  // looks in the one file only, and has neither poll nor pipe.
  const isWindows = platform === "win32";
  return {
    path,
    version,
    runtime: runtime.name,
    size: runtime.size,
    zmq: runtime.open(path, zmqFunctions),
    memory: runtime.open(isWindows ? "ucrtbase.dll" : path, memoryFunctions),
    wait: isWindows ? undefined : runtime.open(path, waitFunctions),
    connection: isWindows ? undefined : runtime.open(path, connectionFunctions),
    offThread: runtime.offThread(path, isWindows ? undefined : path),
  };
}

/** Reads a variable; without Deno's `--allow-env` it counts as not set. */
function environment(name: string): string | undefined {
  try {
    return process.env[name] || undefined;
  } catch {
    return undefined;
  }
}

function missing(override: string | undefined, tried: string[], platform: string): LoadError {
  const advice = override === undefined
    ? `${installAdvice(platform)}, or set ${libraryVariable} to its path`
    : `Set ${libraryVariable} to the path of libzmq, or unset it to search the usual places`;
  return new LoadError("missing", `Cannot load libzmq: tried\n${tried.join("\n")}\n${advice}`);
}

function denied(runtime: NativeRuntime, cause: OpenError): LoadError {
  const advice = runtime.name === "deno"
    ? "Deno was started without --allow-ffi; run it again with --allow-ffi"
    : cause.message;
  return new LoadError("denied", `Cannot load libzmq: ${advice}`);
}

function unusable(path: string, cause: OpenError): LoadError {
  return new LoadError(
    "unusable",
    `Cannot load "${path}" as libzmq: ${reasonOf(path, cause)}; ` +
      `set ${libraryVariable} to the path of libzmq, or unset it to search the usual places`,
  );
}

function tooOld(path: string, version: Version, platform: string): LoadError {
  return new LoadError(
    "too-old",
    `Cannot use libzmq ${version.join(".")} from "${path}": versions before ` +
      `${oldestVersion.join(".")} have known remote holes\n` +
      `${installAdvice(platform)}, or set ${libraryVariable} to a later one`,
  );
}

function installAdvice(platform: string): string {
  switch (platform) {
    case "darwin":
      return `Install it with "brew install zeromq"`;
    case "win32":
      return `Install it with "vcpkg install zeromq" and put libzmq.dll on the PATH`;
    default:
      return `Install it with "apt-get install libzmq5" (Debian, Ubuntu), "apk add libzmq" ` +
        `(Alpine), "dnf install zeromq" (Fedora) or "pacman -S zeromq" (Arch)`;
  }
}

/** The system loader's words, without the path that they often open with. */
function reasonOf(path: string, error: OpenError): string {
  const line = error.message.split("\n", 1)[0] ?? "";
  const start = line.indexOf(`${path}: `);
  return start < 0 ? line : line.slice(start + path.length + 2);
}
