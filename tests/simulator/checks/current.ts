// The message being received.

import type { Connection } from "../router.ts";
import type { ErrorCode } from "../../../src/protocol/codes.ts";
import type { Ask, Expectation, Immediate, Part, Session, Watch } from "./records.ts";

/** What it is, and what it changes. */
export interface Current extends Expectation {
  faults: readonly ErrorCode[];
  leeway: readonly ErrorCode[];
  wants: Immediate | undefined;
  readonly session: Session;
  readonly connection: Connection;
  /** What it asks. */
  ask: Ask | undefined;
  /** What a REPLY or ACK answers; undefined when nothing is known to wait for it. */
  part: Part | undefined;
  /** What CANCEL ends. */
  cancels: Ask | Watch | undefined;
  /** Whom KICK means. */
  kicked: readonly Session[];
}

/** Who a plain message is of. */
export interface PlainSender {
  readonly session: Session;
  readonly connection: Connection;
  /** Whether the core itself has answered. */
  isTold: boolean;
}
