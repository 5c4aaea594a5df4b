// What waits, where, and whether it may.

import { type Notebook, slackMs } from "./notebook.ts";
import type { Ask, Part, Session } from "./records.ts";
import type { Registry } from "./registry.ts";
import { must } from "./violation.ts";

/** Messages that are not ended, and the queues that some of them stand in. */
export class Waiting {
  /** Everything that was taken on and has not ended. */
  readonly open: Set<Part> = new Set();
  readonly #notebook: Notebook;
  readonly #registry: Registry;
  readonly #queues = new Map<string, Set<Part>>();
  readonly #touched = new Set<string>();

  constructor(notebook: Notebook, registry: Registry) {
    this.#notebook = notebook;
    this.#registry = registry;
  }

  /** A part that is neither handed over nor ended when the core is done with its message. */
  add(part: Part, queue: string): void {
    part.queue = queue;
    let parts = this.#queues.get(queue);
    if (parts === undefined) this.#queues.set(queue, parts = new Set());
    parts.add(part);
    this.touch(queue);
    if (parts.size > this.#notebook.settings.queueMessages) this.#checkBound(queue, parts);
  }

  remove(part: Part): void {
    const { queue } = part;
    if (queue === undefined) return;
    part.queue = undefined;
    const parts = this.#queues.get(queue);
    parts?.delete(part);
    if (parts?.size === 0) this.#queues.delete(queue);
    this.touch(queue);
  }

  /** What waits under a name or group, the oldest first. */
  in(queue: string): readonly Part[] {
    return [...this.#queues.get(queue) ?? []];
  }

  /** The oldest that is so. */
  find(isIt: (part: Part) => boolean): Part | undefined {
    for (const part of this.open) if (isIt(part)) return part;
    return undefined;
  }

  /** Something has changed that may let the first of a queue go. */
  touch(queue: string): void {
    if (this.#queues.has(queue)) this.#touched.add(queue);
  }

  /** Room of this session has changed. */
  touchAllOf(session: Session): void {
    if (this.#queues.size === 0) return;
    this.touch(session.callsign);
    for (const group of session.groups) this.touch(`@${group}`);
  }

  /** After a call of the core: nothing waits that need not. */
  check(): void {
    if (this.#touched.size === 0) return;
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const queue of touched) {
      const [first] = this.#queues.get(queue) ?? [];
      if (first === undefined || isUnsure(first.ask)) continue;
      if (this.#isStuck(first)) {
        this.#touched.add(queue);
        continue;
      }
      const receiver = this.whoCouldTake(first);
      must(
        receiver === undefined,
        "progress",
        () =>
          `#${first.ask.id} of ${first.ask.session} waits for ${queue}, and ${receiver} is ready`,
      );
    }
  }

  /** Somebody who is there and to whom a part could be handed at once. */
  whoCouldTake({ ask, meant }: Part): Session | undefined {
    const receivers = meant === undefined ? this.#registry.meant(ask) : [meant];
    return receivers.find((one) => {
      if (!one.isOnline) return false;
      if (ask.isRequest) return one.hasRoom;
      return !one.isRequester && one.connection?.isOpen === true;
    });
  }

  /** How much may be waiting or held, at the most and at the least. */
  sums(queue?: string): { readonly most: Sums; readonly least: Sums } {
    const most = { messages: 0, bytes: 0, held: 0, heldBytes: 0 };
    const least = { messages: 0, bytes: 0, held: 0, heldBytes: 0 };
    for (const [name, parts] of this.#queues) {
      if (queue !== undefined && name !== queue) continue;
      for (const { ask } of parts) {
        addTo(most, ask);
        if (!isUnsure(ask)) addTo(least, ask);
      }
    }
    return { most, least };
  }

  /** Whether all that is open, and all that workers have in hand, may have reached the bound. */
  isTableFull(others: number): boolean {
    let count = this.open.size + others;
    for (const { places } of this.#registry.holders.values()) {
      for (const part of places) if (part.isEnded) count++;
    }
    return count >= this.#notebook.settings.openMessages;
  }

  /** No queue holds more than it may, and neither do all of them together. */
  checkBounds(): void {
    const { queueBytes, heldMessages, heldBytes } = this.#notebook.settings;
    for (const [queue, parts] of this.#queues) {
      this.#checkBound(queue, parts);
      const { bytes } = this.sums(queue).least;
      must(bytes <= queueBytes, "bounds", () => `${bytes} bytes wait for ${queue}`);
    }
    const { held, heldBytes: bytes } = this.sums().least;
    must(held <= heldMessages, "bounds", () => `${held} are held, and ${heldMessages} may be`);
    must(bytes <= heldBytes, "bounds", () => `${bytes} bytes are held, and ${heldBytes} may be`);
  }

  reset(): void {
    this.open.clear();
    this.#queues.clear();
    this.#touched.clear();
  }

  /** Whether a connection had no room for it, or its receiver, just now: it is tried again soon. */
  #isStuck({ ask, meant, triedAt }: Part): boolean {
    const { now } = this.#notebook.agenda;
    const receivers = meant === undefined ? this.#registry.meant(ask) : [meant];
    return now - triedAt < slackMs || receivers.some(({ stuckAt }) => now - stuckAt < slackMs);
  }

  #checkBound(queue: string, parts: ReadonlySet<Part>): void {
    const { queueMessages } = this.#notebook.settings;
    const sure = [...parts].filter(({ ask }) => !isUnsure(ask)).length;
    must(
      sure <= queueMessages,
      "bounds",
      () => `${sure} messages wait for ${queue}, and the bound is ${queueMessages}`,
    );
  }
}

/** Messages and bytes. */
export interface Sums {
  messages: number;
  bytes: number;
  /** Of those with HOLD. */
  held: number;
  heldBytes: number;
}

/** Whether the core may have ended a message without the checker having seen how. */
export function isUnsure(ask: Ask): boolean {
  return ask.isOrphan || !ask.session.canHear;
}

function addTo(sums: Sums, { bytes, isHold }: Ask): void {
  sums.messages++;
  sums.bytes += bytes;
  if (!isHold) return;
  sums.held++;
  sums.heldBytes += bytes;
}
