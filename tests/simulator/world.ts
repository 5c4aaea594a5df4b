// Everything of one run, and the one clock of it.

import { Agenda } from "./agenda.ts";
import { Audit } from "./checks/audit.ts";
import { Broker } from "./broker.ts";
import type { Id } from "./frames.ts";
import { Random } from "./prng.ts";
import { Router } from "./router.ts";
import type { Scenario } from "./scenario.ts";
import { Trace } from "./trace.ts";
import { SimulatedWire } from "./wire.ts";

/** What peers know of one another beyond what the broker tells: enough to lie with. */
export interface Rumours {
  /** Identities of sessions, past and present, the newest last. */
  readonly identities: Uint8Array[];
  /** Requests that somebody was given: by whom, and their id. */
  readonly requests: { readonly from: Uint8Array; readonly id: Id }[];
}

/** A broker, its network, and what peers need to take part. */
export class World {
  readonly scenario: Scenario;
  readonly agenda: Agenda = new Agenda();
  readonly random: Random;
  readonly router: Router;
  readonly trace: Trace;
  readonly audit: Audit;
  readonly wire: SimulatedWire;
  readonly broker: Broker;
  readonly rumours: Rumours = { identities: [], requests: [] };
  /** Whether nothing goes wrong any more, and nobody asks for anything new. */
  isQuiet = false;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    // Not the numbers the scenario itself was drawn from.
    this.random = new Random(scenario.seed ^ 0x5eed);
    this.trace = new Trace(this.agenda);
    this.router = new Router(this.agenda, this.random, scenario);
    this.audit = new Audit(this.agenda, this.trace, () => this.broker.stalledUntil);
    this.wire = new SimulatedWire(this.agenda, this.random, this.router, this.audit);
    this.broker = new Broker(
      this.agenda,
      this.random,
      this.router,
      this.wire,
      this.audit,
      scenario,
    );
    this.audit.parcelsKept = () => this.wire.parcels.size;
    this.audit.report = () => this.broker.core.report();
  }

  /** Remembers something to lie with, and forgets the oldest. */
  rumour<T>(list: T[], item: T): void {
    list.push(item);
    if (list.length > 40) list.shift();
  }
}
