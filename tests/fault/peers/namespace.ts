// A network of its own for a program, whose cable can be pulled.

import { spawnSync } from "node:child_process";
import process from "node:process";
import { Program } from "../../support/process.ts";

let made = 0;

/** A network namespace with one cable to this machine. Needs Linux, iproute2 and root. */
export class Namespace {
  /** The address of this machine's end of the cable. */
  readonly address: string;
  readonly #name: string;
  readonly #link: string;

  /** @throws {Error} where the system has none, or will not let us */
  constructor() {
    const tag = `${process.pid}${made}`.slice(-8);
    this.#name = `callsign${tag}`;
    this.#link = `cs${tag}a`;
    const network = `10.231.${(process.pid + 60 * made++) % 250}`;
    this.address = `${network}.1`;
    try {
      ip("netns", "add", this.#name);
      ip(
        ..."link add".split(" "),
        this.#link,
        ..."type veth peer name cable netns".split(" "),
        this.#name,
      );
      ip("addr", "add", `${this.address}/24`, "dev", this.#link);
      ip("link", "set", this.#link, "up");
      this.#inside("addr", "add", `${network}.2/24`, "dev", "cable");
      this.#inside("link", "set", "cable", "up");
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Starts a program inside. */
  start(command: string, args: readonly string[]): Program {
    return new Program("ip", ["netns", "exec", this.#name, command, ...args]);
  }

  /** Pulls the cable: from now on packets vanish, and nobody is told. */
  unplug(): void {
    this.#inside("link", "set", "cable", "down");
  }

  /** Plugs it in again. */
  plug(): void {
    this.#inside("link", "set", "cable", "up");
  }

  /** Removes it, when all programs inside have ended. */
  close(): void {
    spawnSync("ip", ["link", "del", this.#link]);
    spawnSync("ip", ["netns", "del", this.#name]);
  }

  #inside(...args: readonly string[]): void {
    ip("-n", this.#name, ...args);
  }
}

function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync("ip", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}

/** Why there are no namespaces here, or false. */
export const withoutNamespaces: string | false = (() => {
  try {
    new Namespace().close();
    return false;
  } catch (error) {
    return (error as Error).message;
  }
})();
