// Connections: who is cut, who must be, and who must not.

import { partingMs } from "../../../src/protocol/limits.ts";
import type { Connection } from "../router.ts";
import { type Notebook, slackMs } from "./notebook.ts";
import type { Session } from "./records.ts";
import type { Registry } from "./registry.ts";
import { must } from "./violation.ts";

/** What is known of a connection beyond what it is. */
interface Account {
  /** Since when nobody has been online by it, or been turned away. */
  quietSince: number;
  isDoomed: boolean;
  isCut: boolean;
}

/** One account for each connection. */
export class Connections {
  readonly #notebook: Notebook;
  readonly #registry: Registry;
  #accounts = new WeakMap<Connection, Account>();
  /** Descriptors whose connection has ended, and may have brought what is still unread. */
  readonly #unread = new Set<number>();
  /** Those of them that are another connection's by now. */
  readonly #unsure = new Set<number>();

  constructor(notebook: Notebook, registry: Registry) {
    this.#notebook = notebook;
    this.#registry = registry;
  }

  /** The core was told of a connection. */
  accepted(connection: Connection): void {
    if (this.#unread.has(connection.descriptor)) this.#unsure.add(connection.descriptor);
    this.quiet(connection);
    this.#notebook.later(slackMs, () => this.#checkSilence(connection));
  }

  /** Somebody was turned away by it, or has left: it may be silent for so long again. */
  quiet(connection: Connection): void {
    this.#account(connection).quietSince = this.#notebook.agenda.now;
  }

  /** A session has left by it that is to be gone. */
  doom(connection: Connection, session: Session): void {
    this.#account(connection).isDoomed = true;
    this.#notebook.later(partingMs + slackMs, () => this.#checkCut(session, connection));
  }

  /** The core was told that one has ended. */
  endTold(connection: Connection): void {
    this.#unread.add(connection.descriptor);
  }

  /** All that ended connections have brought was read. */
  caughtUp(): void {
    this.#unread.clear();
    this.#unsure.clear();
  }

  /** Whether the core cannot tell by which connection a message of this one's descriptor came. */
  isUnsure({ descriptor, isOpen }: Connection): boolean {
    return this.#unsure.has(descriptor) || !isOpen;
  }

  /** The core has read all that a connection brought which it knows has ended. */
  ended(connection: Connection): void {
    const session = this.#registry.session(connection.key);
    must(
      session?.isOnline !== true || session.connection !== connection,
      "presence",
      () => `${session} is online, and its connection has ended`,
    );
  }

  /** The core cuts a connection. */
  cut(connection: Connection): void {
    const { agenda, settings } = this.#notebook;
    const account = this.#account(connection);
    const online = this.#onlineBy(connection);
    must(online === undefined, "lock-out", () => `the connection of ${online} is cut`);
    account.isCut = true;
    this.#notebook.see(
      account.isDoomed ? "cut" : connection.isParked ? "cut parked" : "cut silent",
    );
    if (account.isDoomed) return;
    const quietMs = agenda.now - account.quietSince;
    must(
      settings.registerWithinMs > 0 && quietMs >= settings.registerWithinMs - slackMs,
      "lock-out",
      () => `connection ${connection.number} is cut ${quietMs} ms after it came or was refused`,
    );
  }

  reset(): void {
    this.#accounts = new WeakMap();
    this.caughtUp();
  }

  /** A connection by which nobody is online is cut in time. */
  #checkSilence(connection: Connection): void {
    const { settings } = this.#notebook;
    const account = this.#account(connection);
    if (!connection.isOpen || account.isCut || settings.registerWithinMs === 0) return;
    const isOnline = this.#onlineBy(connection) !== undefined;
    if (isOnline) this.quiet(connection);
    const since = Math.max(account.quietSince, this.#notebook.stalledUntil());
    must(
      isOnline || !this.#notebook.hadTimeSince(since + settings.registerWithinMs),
      "lock-out",
      () => `connection ${connection.number} says nothing since ${account.quietSince}, and stays`,
    );
    this.#notebook.later(slackMs, () => this.#checkSilence(connection));
  }

  #checkCut(session: Session, connection: Connection): void {
    const { isCut, quietSince } = this.#account(connection);
    // It may have taken its name back meanwhile.
    const isBack = this.#onlineBy(connection) !== undefined;
    const isOver = isBack || !connection.isOpen || isCut ||
      !this.#notebook.hadTimeSince(quietSince);
    must(isOver, "lock-out", () => `${session} has left (${session.left}), and it is not cut`);
  }

  #onlineBy(connection: Connection): Session | undefined {
    const session = this.#registry.session(connection.key);
    return session?.isOnline === true && session.connection === connection ? session : undefined;
  }

  #account(connection: Connection): Account {
    let account = this.#accounts.get(connection);
    if (account === undefined) {
      account = { quietSince: this.#notebook.agenda.now, isDoomed: false, isCut: false };
      this.#accounts.set(connection, account);
    }
    return account;
  }
}
