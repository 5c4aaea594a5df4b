/**
 * The texts of flags as values.
 *
 * @module
 */

import { UsageError } from "./usage.ts";

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longest duration: what libzmq and poll(2) take as a C int of milliseconds. */
const durationMaxMs = 2 ** 31 - 1;

/**
 * A duration in milliseconds.
 *
 * @param text a number and `ms`, `s`, `m`, `h` or `d`; without a unit it counts seconds
 * @throws {UsageError} for anything else, and beyond 24 days
 */
export function parseDuration(source: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const ms = Math.round(Number(number) * (durationUnits[unit ?? "s"] ?? NaN));
  if (!(ms <= durationMaxMs)) {
    throw new UsageError(
      `Cannot use ${JSON.stringify(text)} for ${source}: give a time such as 500ms, 10s or 2m, ` +
        "at most 24d",
    );
  }
  return ms;
}

/**
 * A number of bytes.
 *
 * @param text a whole number, and optionally `K`, `M` or `G` for powers of 1024
 * @throws {UsageError} for anything else, for 0, and beyond 2^53
 */
export function parseBytes(source: string, text: string): number {
  const [, number, unit = ""] = /^(\d+)([KMG]?)(?:iB|B)?$/i.exec(text) ?? [];
  const power = ["", "K", "M", "G"].indexOf(unit.toUpperCase());
  const bytes = Number(number) * 1024 ** power;
  if (!(bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER)) {
    throw new UsageError(
      `Cannot use ${JSON.stringify(text)} for ${source}: give a number of bytes such as 65536, ` +
        "64K or 256M",
    );
  }
  return bytes;
}

/**
 * A whole number.
 *
 * @throws {UsageError} for anything else, for 0, and beyond 2^53
 */
export function parseCount(source: string, text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= Number.MAX_SAFE_INTEGER) return count;
  throw new UsageError(
    `Cannot use ${JSON.stringify(text)} for ${source}: give a whole number from 1`,
  );
}

/**
 * One of a few words.
 *
 * @throws {UsageError} for any other
 */
export function parseChoice(source: string, text: string, choices: readonly string[]): string {
  if (choices.includes(text)) return text;
  throw new UsageError(
    `Cannot use ${JSON.stringify(text)} for ${source}: give ${choices.join(" or ")}`,
  );
}

/** A switch as an environment variable gives it. */
export function parseSwitch(source: string, text: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw new UsageError(`Cannot use ${JSON.stringify(text)} for ${source}: give 1 or 0`);
}

/** How much to say, as an environment variable or the config file gives it. */
export function parseLevel(source: string, text: string): number {
  if (/^[0-2]$/.test(text)) return Number(text);
  throw new UsageError(`Cannot use ${JSON.stringify(text)} for ${source}: give 0, 1 or 2`);
}
