// The broker's loop around the real core, one small step at a time, so that the world moves on
// between two messages.

import { isHeader } from "../../src/protocol/header.ts";
import { identityBytesMax, tickMs } from "../../src/protocol/limits.ts";
import { type PlainVerdict, Switchboard } from "../../src/routing/switchboard.ts";
import type { Agenda } from "./agenda.ts";
import type { Audit } from "./checks/audit.ts";
import type { Random } from "./prng.ts";
import type { Connection, Router } from "./router.ts";
import type { Scenario } from "./scenario.ts";
import type { SimulatedWire } from "./wire.ts";
import type { Frames } from "./frames.ts";

/**
 * After so many turns it is as if all messages were read, though more and more come. Turns are much
 * shorter here than the broker's, which gives up sooner.
 */
const turnsUntilGivenUp = 500;

type Phase = "asleep" | "tick" | "refresh" | "receive";

/** A process that is started, stalls, dies, and is started again. */
export class Broker {
  /** Whether connections are accepted. */
  isUp = false;
  /** When the loop last stood still, or was not there, for longer than its steps take. */
  stalledUntil = 0;
  #core: Switchboard | undefined;
  #phase: Phase = "asleep";
  #budget = 0;
  /** Turns since all messages were read. */
  #turnsBehind = 0;
  /** Steps planned before the process died, or slept for another reason, come to nothing. */
  #plan = 0;

  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #router: Router;
  readonly #wire: SimulatedWire;
  readonly #audit: Audit;
  readonly #scenario: Scenario;

  constructor(
    agenda: Agenda,
    random: Random,
    router: Router,
    wire: SimulatedWire,
    audit: Audit,
    scenario: Scenario,
  ) {
    this.#agenda = agenda;
    this.#random = random;
    this.#router = router;
    this.#wire = wire;
    this.#audit = audit;
    this.#scenario = scenario;
    router.onReadable = () => this.#wake();
  }

  get core(): Switchboard {
    if (this.#core === undefined) throw new Error("The broker is down");
    return this.#core;
  }

  start(): void {
    const { routing } = this.#scenario;
    const settings = { ...routing, broker: this.#random.text(8) };
    const now = this.#agenda.now;
    this.#audit.begin(settings, now);
    const core = new Switchboard(settings, this.#wire, now, {
      onPresence: (event) => this.#audit.presence(event),
      onSilent: () => this.#audit.silent(),
    });
    this.#core = core;
    this.#wire.listener = core;
    this.isUp = true;
    this.stalledUntil = now;
    this.#next("tick", 0);
  }

  /** The process dies and is started again after a while. */
  crash(): void {
    if (this.#core === undefined) return;
    this.#end();
    this.#agenda.after(this.#random.ms(1, 500), () => this.start());
  }

  /** As {@linkcode Broker.crash}, after a goodbye. */
  close(): void {
    if (this.#core === undefined) return;
    this.#audit.call("close", () => this.core.close());
    this.#audit.closed();
    // The loop lingers until what was said is sent.
    this.isUp = false;
    this.#plan++;
    this.#phase = "asleep";
    this.#core = undefined;
    this.#agenda.after(this.#random.ms(0, 200), () => {
      this.#end();
      this.#agenda.after(this.#random.ms(1, 500), () => this.start());
    });
  }

  /** The loop does nothing for so long. */
  stall(durationMs: number): void {
    if (this.#core === undefined) return;
    this.stalledUntil = this.#agenda.now + durationMs;
    this.#next("tick", durationMs);
  }

  #end(): void {
    this.isUp = false;
    this.#plan++;
    this.#phase = "asleep";
    this.#core = undefined;
    this.#wire.listener = undefined;
    this.#router.reset();
    this.#wire.parcels.reset();
    this.#audit.end();
  }

  #wake(): void {
    if (this.#core === undefined || this.#phase !== "asleep") return;
    this.#next("tick", this.#random.ms(0, this.#scenario.turnMs));
  }

  #next(phase: Phase, delayMs: number): void {
    const plan = ++this.#plan;
    this.#phase = phase;
    this.#agenda.after(delayMs, () => {
      if (plan === this.#plan) this.#step();
    });
  }

  #step(): void {
    const cost = this.#random.ms(0, this.#scenario.turnMs);
    this.#router.processCommands();
    if (this.#phase === "tick") {
      const now = this.#agenda.now;
      this.#budget = this.#random.whole(1, 64);
      this.#audit.tick(now, () => this.core.tick(now));
      this.#next("refresh", cost / 4);
    } else if (this.#phase === "refresh") {
      this.#audit.call("refresh", () => this.#wire.refresh());
      this.#next("receive", cost / 4);
    } else {
      this.#receive(cost);
    }
  }

  #receive(cost: number): void {
    const message = this.#budget-- > 0 ? this.#router.receive() : undefined;
    if (message !== undefined) {
      this.#take(message.connection, message.frames);
      this.#next("receive", cost);
      return;
    }
    this.#turnsBehind = this.#router.isReadable ? this.#turnsBehind + 1 : 0;
    // Messages that never pause do not keep peers that have gone.
    if (this.#turnsBehind === 0 || this.#turnsBehind > turnsUntilGivenUp) {
      this.#audit.call("caughtUp", () => this.core.caughtUp());
    }
    if (this.#router.isReadable || this.#router.events.length > 0) this.#next("tick", cost);
    else this.#sleep();
  }

  #sleep(): void {
    const dueMs = Math.min(this.core.nextDueMs, this.#agenda.now + tickMs);
    const plan = ++this.#plan;
    this.#phase = "asleep";
    this.#agenda.at(dueMs + this.#random.ms(0, 1), () => {
      if (plan === this.#plan) this.#next("tick", 0);
    });
  }

  #take(connection: Connection, frames: Frames): void {
    // Of such a one the broker takes nothing.
    if (connection.identity.length > identityBytesMax) return;
    const first = frames[0];
    if (first !== undefined && isHeader(first)) {
      this.#audit.receive(connection, frames, () => {
        this.#wire.deliver(connection, frames, (incoming) => this.core.receive(incoming));
      });
      return;
    }
    let verdict: PlainVerdict = "answer";
    this.#audit.receivePlain(connection, frames, () => {
      this.#wire.deliver(connection, frames, (incoming) => {
        verdict = this.core.receivePlain(incoming);
        if (verdict === "taken" || verdict === "misspoken") return;
        const result = this.#wire.answerPlain(connection, frames);
        if (verdict === "unsure") this.core.answeredPlain(incoming, result !== "unreachable");
      });
      return verdict;
    });
  }
}
