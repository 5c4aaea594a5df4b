// Bodies in the core's hands, each of which must be sent or released exactly once.

import type { Parcel } from "../../src/routing/wire.ts";
import { must } from "./checks/violation.ts";
import { bytesOf, type Frames } from "./frames.ts";

/** A body: that of the message being received, or one the core keeps. */
export class SimulatedParcel implements Parcel {
  bytes = 0;
  frames = 0;
  /** Undefined when it has been given away. */
  content: Frames | undefined;

  fill(content: Frames): void {
    this.content = content;
    this.bytes = bytesOf(content);
    this.frames = content.length;
  }

  empty(): void {
    this.content = undefined;
    this.bytes = 0;
    this.frames = 0;
  }
}

/** The one parcel of the message being received, and those that are kept. */
export class Parcels {
  readonly incoming: SimulatedParcel = new SimulatedParcel();
  readonly #kept = new Set<Parcel>();

  /** How many are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** What a parcel holds. It must not have been given away. */
  open(parcel: Parcel, use: string): Frames {
    const content = parcel instanceof SimulatedParcel ? parcel.content : undefined;
    must(content !== undefined, "parcels", () => `${use} of a body that was given away before`);
    const isThere = parcel === this.incoming || this.#kept.has(parcel);
    must(isThere, "parcels", () => `${use} of a body that is not kept`);
    return content;
  }

  keep(parcel: Parcel, copy: boolean): Parcel {
    const content = this.open(parcel, "keeping");
    must(parcel === this.incoming, "parcels", () => "keeping a body that is kept already");
    const kept = new SimulatedParcel();
    kept.fill(content);
    this.#kept.add(kept);
    if (!copy) this.incoming.empty();
    return kept;
  }

  /** After a body was sent without `keep`. */
  spend(parcel: Parcel): void {
    (parcel as SimulatedParcel).empty();
    this.#kept.delete(parcel);
  }

  release(parcel: Parcel): void {
    this.open(parcel, "releasing");
    must(parcel !== this.incoming, "parcels", () => "releasing a body that was never kept");
    this.spend(parcel);
  }

  /** The process is gone, and its memory with it. */
  reset(): void {
    this.#kept.clear();
    this.incoming.empty();
  }
}
