/**
 * The worker: a named peer that serves requests.
 *
 * Run as a program it is `callsign worker`; imported, it only offers the classes.
 *
 * @module
 */

import type { NativeLibrary } from "./ffi/native.ts";
import { introduce } from "./peer/introduction.ts";
import { type OnMessage, reasonOf } from "./peer/letter.ts";
import * as limits from "./protocol/limits.ts";
import { checkEndpoints } from "./peer/rotation.ts";
import { type Handler, Service, type ServiceOwner, type WorkerCounts } from "./peer/service.ts";
import { Context } from "./zmq/context.ts";

export { ConnectionError } from "./peer/connection_error.ts";
export { PlainWorker, type PlainWorkerOptions } from "./peer/plain_worker.ts";

/** What a worker needs to know; all but the name has a default. */
export interface WorkerOptions {
  /** Its callsign: 1 to 246 bytes of printable text without spaces, nor `* ? [ ]`. */
  readonly name: string;
  /** Its brokers, at each of which it registers; default `tcp://localhost:5555`. */
  readonly connect?: readonly string[] | undefined;
  /** Groups it is in, without `@`; default none. */
  readonly groups?: readonly string[] | undefined;
  /** Requests it takes at once from each of its brokers, up to 65,535; default 1. */
  readonly capacity?: number | undefined;
  /** What it runs, for people to read, at most 128 characters; default our version and its process. */
  readonly agent?: string | undefined;
  /**
   * Answers a request. What it throws is replied with status 70 and the error's message as
   * `stderr`.
   * Without a handler the worker takes no requests.
   */
  readonly handle?: Handler | undefined;
  /**
   * Takes a message, as it comes: the next may come before this one's promise has resolved. A message
   * with a receipt is confirmed after that, and never when it throws, or when there is no `onMessage`.
   */
  readonly onMessage?: OnMessage | undefined;
  /** Told when a broker has registered it. */
  readonly onOnline?: ((endpoint: string) => void) | undefined;
  /** Told when it is registered at that broker no longer, and why. */
  readonly onOffline?: ((endpoint: string, reason: string) => void) | undefined;
  /** Told in a sentence of what goes wrong and is tried again, and of requests that failed. */
  readonly onTrouble?: ((text: string) => void) | undefined;
  /** Whether to wait while another holds its name; by default that ends the worker. */
  readonly retryTaken?: boolean | undefined;
  /** How long stopping waits for requests that are under way, in ms; default 60000. */
  readonly drainMs?: number | undefined;
  /** How long leaving waits for the broker to hear the last replies, in ms; default 1000. */
  readonly lingerMs?: number | undefined;
  /** The libzmq to use; default: as the loader finds it. */
  readonly library?: NativeLibrary | undefined;
}

/**
 * Serves requests that reach it by its name, and comes back to its brokers whatever happens to them
 * or to the way there.
 *
 * A reply goes to the broker its request came from. When the connection to that one was lost in
 * between, the asker has been told so, and the reply is dropped and counted.
 */
export class Worker {
  /** What it has counted, at all of its brokers. */
  readonly counts: WorkerCounts = {
    requests: 0,
    replies: 0,
    failed: 0,
    dropped: 0,
    late: 0,
    messages: 0,
  };

  readonly #options: WorkerOptions;
  readonly #context: Context;
  readonly #services: readonly Service[];
  #isStopped = false;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Checks what it is given; {@linkcode Worker.run} does the rest.
   *
   * @throws {IdentityError} for a name that cannot be a callsign
   * @throws {EndpointError} for an endpoint that cannot be
   * @throws {RangeError} for groups, a capacity or an agent that no broker takes
   * @throws {LoadError} when libzmq cannot be loaded
   */
  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#context = new Context(options.library);
    try {
      this.#services = this.#open();
    } catch (error) {
      void this.#context.close();
      throw error;
    }
  }

  /**
   * Serves until {@linkcode Worker.stop}. With several brokers it goes on as long as one is left that
   * takes it; then it fails with the reason of the first that did not.
   *
   * @throws {PeerError} `name-taken`, `superseded`, `kicked`: it is not to come back; or
   *   `unknown-version`, `bad-identity`, `bad-message`: the broker does not take it
   * @throws {ConnectionError} when the host cannot be resolved, or the broker's authentication
   *   refuses the connection
   */
  run(): Promise<void> {
    this.#running ??= this.#serve();
    return this.#running;
  }

  /**
   * Asks {@linkcode Worker.run} to end: the brokers give it no more requests, those it has are
   * finished for up to `drainMs`, and it says goodbye.
   */
  stop(): void {
    this.#isStopped = true;
    for (const service of this.#services) service.drain(this.#options.drainMs ?? limits.drainMs);
  }

  /**
   * Ends at once, and says goodbye: requests under way are aborted, and their askers told `lost`.
   * After {@linkcode Worker.stop} and the end of {@linkcode Worker.run} there are none.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** As {@linkcode Worker.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open(): Service[] {
    const { name, connect = [limits.defaultConnect], lingerMs, retryTaken } = this.#options;
    const owner = this.#owner();
    return checkEndpoints(connect).map((endpoint) =>
      new Service({
        context: this.#context,
        name,
        endpoints: [endpoint],
        lingerMs: lingerMs ?? limits.lingerMs,
        retryTaken: retryTaken ?? false,
        retryBrokers: true,
        mayBlock: false,
      }, owner)
    );
  }

  #owner(): ServiceOwner {
    const { handle, onMessage, onOnline, onOffline, onTrouble } = this.#options;
    const { groups = [], capacity = 1, agent } = this.#options;
    return {
      handle,
      onMessage,
      counts: this.counts,
      hello: introduce(this.#context.library, {
        role: "worker",
        groups,
        capacity: handle === undefined ? 0 : capacity,
        agent,
      }),
      online: (endpoint) => onOnline?.(endpoint),
      offline: (endpoint, reason) => onOffline?.(endpoint, reason),
      trouble: (text) => onTrouble?.(text),
    };
  }

  async #serve(): Promise<void> {
    if (this.#closing !== undefined) return;
    const failures: unknown[] = [];
    await Promise.all(this.#services.map(async (service) => {
      try {
        await service.run();
      } catch (error) {
        failures.push(error);
        const isLast = failures.length === this.#services.length;
        if (isLast) return;
        const reason = reasonOf(error);
        this.#options.onTrouble?.(`Gave up the broker at ${service.endpoint}: ${reason}`);
      }
    }));
    if (failures.length === this.#services.length && !this.#isStopped) throw failures[0];
  }

  async #end(): Promise<void> {
    this.#isStopped = true;
    for (const service of this.#services) service.end();
    // Whoever called `run` is told why it failed; here it only has to be over.
    await this.#running?.catch(() => {});
    await this.#context.close();
  }
}

if (import.meta.main) void import("./main.ts").then(({ runProgram }) => runProgram("worker"));
