/**
 * How one request ended, and how that is printed.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { concat } from "../bytes.ts";
import type { Reply } from "../peer/answers.ts";
import { ConnectionError } from "../peer/connection_error.ts";
import { PeerError } from "../peer/peer_error.ts";
import { statusOf } from "./exit.ts";
import type { Output } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";

/** A request's end: its reply, or why there is none. */
export type Ending = { readonly reply: Reply } | {
  readonly error: Error;
  /** Who did not reply, where several were asked. */
  readonly from?: string;
};

/** How to print. */
export interface PrintOptions {
  /** Whether each end is a line of JSON. */
  readonly isJson: boolean;
  /** Whether each line begins with the name of who said it. */
  readonly hasNames: boolean;
  /** What ends a reply's last line where it does not do so itself; undefined leaves it as it is. */
  readonly lineEnd: string | undefined;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The highest status a process can end with. */
const statusMax = 255;

/** What a program ends with after this. */
export function endingStatus(ending: Ending): number {
  return "reply" in ending ? Math.min(ending.reply.status, statusMax) : statusOf(ending.error);
}

/** Prints how requests ended. */
export class ReplyPrinter {
  readonly #surroundings: Surroundings;
  readonly #options: PrintOptions;

  constructor(surroundings: Surroundings, options: PrintOptions) {
    this.#surroundings = surroundings;
    this.#options = options;
  }

  /**
   * Prints one.
   *
   * @param line the number of the line that was asked, where lines are
   * @returns once it is written: whoever is slow to read is not asked for more
   */
  async print(ending: Ending, line?: number): Promise<void> {
    if (this.#options.isJson) return await this.#printJson(ending, line);
    if ("error" in ending) return this.#printError(ending.error, line);
    const { output, errors } = this.#surroundings;
    const { reply } = ending;
    // First what it said of errors: it is the shorter, and explains what follows.
    if (reply.stderr !== undefined) await this.#write(errors, reply.from, reply.stderr);
    await this.#write(output, reply.from, concat(reply.body), this.#options.lineEnd);
  }

  #printError(error: Error, line: number | undefined): void {
    this.#surroundings.log.error(
      line === undefined ? error.message : `Line ${line}: ${error.message}`,
    );
  }

  async #printJson(ending: Ending, line: number | undefined): Promise<void> {
    const place = line === undefined ? {} : { line };
    await this.#surroundings.output.write(`${JSON.stringify({ ...place, ...fields(ending) })}\n`);
  }

  async #write(
    output: Output,
    from: string,
    bytes: Uint8Array,
    lineEnd?: string,
  ): Promise<void> {
    if (this.#options.hasNames) return await output.write(withName(`${from}: `, bytes));
    const hasEnd = lineEnd === undefined || bytes.at(-1) === lineEnd.charCodeAt(0);
    // Both at once, so that no other reply comes between.
    await Promise.all([output.write(bytes), output.write(hasEnd ? "" : lineEnd)]);
  }
}

/** The fields of a line of JSON. */
function fields(ending: Ending): Readonly<Record<string, unknown>> {
  if ("error" in ending) {
    const { error, from } = ending;
    const isDenied = error instanceof ConnectionError && error.failure === "denied";
    const other = isDenied ? "denied" : "unreachable";
    const outcome = error instanceof PeerError ? error.code : other;
    const who = from ?? (error instanceof PeerError ? error.peer : undefined);
    return { outcome, ...(who === undefined ? {} : { from: who }), error: error.message };
  }
  const { from, status, body, stderr } = ending.reply;
  return {
    outcome: "replied",
    from,
    status,
    ...textFields("stdout", concat(body)),
    ...(stderr === undefined ? {} : textFields("stderr", stderr)),
  };
}

/** Bytes as text where they are text; else in base64, under a name that says so. */
function textFields(name: string, bytes: Uint8Array): Readonly<Record<string, string>> {
  try {
    return { [name]: decoder.decode(bytes) };
  } catch {
    return { [`${name}Base64`]: Buffer.from(bytes).toString("base64") };
  }
}

/** Bytes whose every line begins with a name, and whose last line ends. */
function withName(name: string, bytes: Uint8Array): Uint8Array {
  const prefix = encoder.encode(name);
  const parts: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const at = bytes.indexOf(0x0a, start);
    const end = at < 0 ? bytes.length : at + 1;
    parts.push(prefix, bytes.subarray(start, end));
    if (at < 0) parts.push(encoder.encode("\n"));
    start = end;
  }
  return concat(parts);
}
