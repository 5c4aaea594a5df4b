/**
 * The broker's core: who is there, and what becomes of each message.
 *
 * Pure: everything outside comes through a {@linkcode Wire} and the time it is told.
 *
 * @module
 */

import type { ErrorCode } from "../protocol/codes.ts";
import { headerOffset, protocolVersion, verbs } from "../protocol/header.ts";
import { parseSessionIdentity } from "../protocol/identity.ts";
import { stallMs } from "../protocol/limits.ts";
import type { PresenceEvent, Report } from "../protocol/roster.ts";
import { errorFrames, headerOf, idOf, noId } from "./answers.ts";
import { Asks } from "./asks.ts";
import { Census } from "./census.ts";
import { Common, countCode } from "./common.ts";
import { Delivery } from "./delivery.ts";
import { Directory } from "./directory.ts";
import { Endings } from "./endings.ts";
import { Greeter, whyBanned } from "./greeter.ts";
import { Ledger } from "./ledger.ts";
import { Post } from "./outbox.ts";
import { Registry, type RegistryListener } from "./registry.ts";
import type { Group, Name, Session } from "./session.ts";
import type { Incoming, Observer, RoutingSettings, Wire } from "./wire.ts";

const encoder = new TextEncoder();

/** Most frames after the header of verbs that have neither flags nor a status. */
const plainVerbs: Readonly<Record<number, number>> = {
  [verbs.hello]: 1,
  [verbs.heartbeat]: 0,
  [verbs.disconnect]: 1,
  [verbs.ack]: 1,
  [verbs.list]: 1,
  [verbs.watch]: 1,
  [verbs.stats]: 0,
  [verbs.kick]: 1,
  [verbs.cancel]: 0,
};

/**
 * What becomes of a plain message: `answer` it as the dialect does; `unsure`: do that too, and then
 * say by {@linkcode Switchboard.answeredPlain} whether libzmq took the answer. Or it was answered,
 * because its name is `taken`, or because its sender, by its identity, speaks callsign/1 and has
 * `misspoken`.
 */
export type PlainVerdict = "answer" | "unsure" | "taken" | "misspoken";

const misshapen = "It has flags, a status, or frames that its verb has not";

/** Routes between the peers of one broker. */
export class Switchboard implements RegistryListener {
  readonly #common: Common;
  readonly #observer: Observer;
  readonly #directory: Directory;
  readonly #registry: Registry;
  readonly #post: Post;
  readonly #delivery: Delivery;
  readonly #greeter: Greeter;
  readonly #asks: Asks;
  readonly #census: Census;

  /** @param nowMs the time, monotonic, in ms; told anew by {@linkcode Switchboard.tick} */
  constructor(settings: RoutingSettings, wire: Wire, nowMs: number, observer: Observer = {}) {
    const common = new Common(settings, wire, nowMs);
    const directory = new Directory(common.seed);
    const registry = new Registry(common, directory, this);
    const post = new Post(common, (session) => registry.leave(session, "slow"));
    const ledger = new Ledger(common, registry);
    const endings = new Endings(common, ledger, post);
    const delivery = new Delivery(common, ledger, endings);
    const refuse = this.#refuse.bind(this);
    this.#common = common;
    this.#observer = observer;
    this.#directory = directory;
    this.#registry = registry;
    this.#post = post;
    this.#delivery = delivery;
    this.#greeter = new Greeter(common, registry, delivery, post);
    this.#asks = new Asks({ common, registry, directory, ledger, delivery, endings }, refuse);
    this.#census = new Census({ common, registry, directory, ledger, post }, refuse);
  }

  /**
   * Takes one callsign/1 message: a first frame for which `isHeader` holds. Never throws, whatever
   * the bytes are. Uses `incoming` during the call only.
   */
  receive(incoming: Incoming): void {
    const { identity, identityLength, header } = incoming;
    this.#common.counts.received++;
    const verb = header[headerOffset.verb] as number;
    const session = this.#registry.session(identity, identityLength);
    if (session !== undefined) session.lastSeenMs = this.#common.nowMs;
    if (header[headerOffset.version] !== protocolVersion) {
      this.#refuseTo(session, incoming, "unknown-version", `It speaks ${protocolVersion}`);
    } else if (verb === verbs.hello) {
      if (isShapedAs(verb, incoming)) this.#greeter.hello(incoming);
      else this.#refuseTo(session, incoming, "bad-message", misshapen);
    } else if (session?.isOnline === true && session.dialect === "callsign/1") {
      if (isShapedAs(verb, incoming)) this.#take(session, incoming, verb);
      else this.#refuse(session, incoming, "bad-message", misshapen);
    } else {
      this.#takeFromStranger(session, incoming, verb);
    }
    this.#delivery.serveUnblocked();
  }

  /** Takes notice of one plain message, and says what is to become of it. */
  receivePlain(incoming: Incoming): PlainVerdict {
    const { identity, identityLength } = incoming;
    const session = this.#registry.session(identity, identityLength);
    if (session?.isOnline === true && session.dialect === "plain") {
      session.lastSeenMs = this.#common.nowMs;
      if (session.origin === incoming.origin) return "answer";
    } else if (parseSessionIdentity(identity.subarray(0, identityLength)) !== undefined) {
      // Whoever has such an identity speaks callsign/1, or made a mistake.
      this.#common.counts.received++;
      if (session !== undefined) session.lastSeenMs = this.#common.nowMs;
      countCode(this.#common.counts.refused, "bad-message");
      const sender = identity.slice(0, identityLength);
      const text = "The first frame is no header of callsign/1";
      this.#post.tell(session, sender, errorFrames("bad-message", text, noId));
      return "misspoken";
    }
    const verdict = this.#greeter.plain(incoming);
    this.#delivery.serveUnblocked();
    return verdict;
  }

  /** The answer to the plain message being received was taken, or not: whether its sender is there. */
  answeredPlain(incoming: Incoming, wasTaken: boolean): void {
    this.#greeter.plain(incoming, wasTaken);
    this.#delivery.serveUnblocked();
  }

  /** A connection was accepted. Descriptors are used again: a new one may have the number of an old. */
  accepted(descriptor: number): void {
    this.#registry.accepted(descriptor);
  }

  /**
   * A connection has ended. Messages it brought may still be unread: its peer stays until
   * {@linkcode Switchboard.caughtUp}, or until somebody else comes for its name.
   */
  disconnected(descriptor: number): void {
    this.#registry.disconnected(descriptor);
  }

  /** All messages that had arrived before the last call of `disconnected` have been received. */
  caughtUp(): void {
    this.#registry.caughtUp();
    this.#delivery.serveUnblocked();
  }

  /**
   * Tells the time: ends what is due, and tries again what could not be sent. To be called at least
   * every second, or peers are thought silent no sooner than they would be from then on.
   */
  tick(nowMs: number): void {
    const common = this.#common;
    // Whoever stood still has heard nobody: that is not the peers' silence.
    if (nowMs - common.nowMs > stallMs) common.listeningSinceMs = nowMs;
    common.nowMs = nowMs;
    common.wheel.advance(nowMs);
    this.#delivery.serveUnblocked();
  }

  /** When {@linkcode Switchboard.tick} should next be called at the latest; Infinity when never. */
  get nextDueMs(): number {
    return this.#common.wheel.nextDueMs;
  }

  /** Ends everything that is open, each with its answer, and says goodbye to every peer. */
  close(): void {
    const online = this.#registry.online();
    const targets = [...this.#directory.names(), ...this.#directory.groups()];
    this.#delivery.endAll(targets.map(({ queue }) => queue), online);
    const goodbye = [headerOf(verbs.disconnect, noId), encoder.encode("The broker stops")];
    for (const session of online) {
      if (session.dialect === "callsign/1") this.#post.give(session, goodbye);
    }
    for (const session of online) this.#post.drop(session);
  }

  /** What was counted, and how much there is now. */
  report(): Report {
    return this.#census.report();
  }

  /** The registry tells of a session that has ended. */
  departed(session: Session, name: Name): void {
    this.#census.departed(session);
    this.#post.drop(session);
    this.#delivery.departed(session, name);
  }

  /** The registry tells of a name or group that nobody has any more. */
  emptied(target: Name | Group): void {
    this.#delivery.emptied(target);
  }

  /** The registry tells of a change. */
  changed(event: PresenceEvent, session: Session): void {
    this.#census.changed(event, session);
    this.#observer.onPresence?.(event);
  }

  /** The registry tells of a connection that was cut. */
  silent(): void {
    this.#observer.onSilent?.();
  }

  #take(session: Session, incoming: Incoming, verb: number): void {
    switch (verb) {
      case verbs.request:
        return this.#ask(session, incoming, true);
      case verbs.reply:
        return this.#asks.answer(session, incoming, true);
      case verbs.send:
        return this.#ask(session, incoming, false);
      case verbs.ack:
        return this.#asks.answer(session, incoming, false);
      case verbs.heartbeat:
        return this.#post.give(session, [headerOf(verbs.heartbeat, idOf(incoming.header))]);
      case verbs.cancel:
        return this.#cancel(session, incoming);
      case verbs.list:
        return this.#census.list(session, incoming);
      case verbs.watch:
        return this.#census.watch(session, incoming);
      case verbs.stats:
        return this.#census.stats(session, incoming);
      case verbs.kick:
        return this.#census.kick(session, incoming);
      case verbs.disconnect:
        this.#post.give(session, [headerOf(verbs.disconnect, idOf(incoming.header))]);
        return this.#registry.leave(session, "goodbye");
      default:
        this.#refuse(session, incoming, "unknown-verb", `A peer may not say verb ${verb}`);
    }
  }

  #ask(session: Session, incoming: Incoming, isRequest: boolean): void {
    if (this.#census.isWatching(session, incoming.header)) {
      return this.#refuse(session, incoming, "duplicate-id", "A watch has this id");
    }
    this.#asks.ask(session, incoming, isRequest);
  }

  #cancel(session: Session, incoming: Incoming): void {
    if (this.#asks.cancel(session, incoming) || this.#census.cancel(session, incoming)) return;
    this.#refuse(session, incoming, "not-waiting", "Nothing is open under this id");
  }

  /** From one who is not online: only a goodbye is taken. */
  #takeFromStranger(session: Session | undefined, incoming: Incoming, verb: number): void {
    const { identity, identityLength, header } = incoming;
    if (verb === verbs.disconnect) {
      const sender = identity.slice(0, identityLength);
      return this.#post.tell(session, sender, [headerOf(verbs.disconnect, idOf(header))]);
    }
    if (verb === verbs.reply || verb === verbs.ack) this.#common.counts.late++;
    const banned = session?.banned;
    if (banned !== undefined) this.#refuseTo(session, incoming, banned, whyBanned[banned]);
    else this.#refuseTo(session, incoming, "unknown-peer", "Say HELLO first");
  }

  #refuse(session: Session, { header }: Incoming, code: ErrorCode, text: string): void {
    countCode(this.#common.counts.refused, code);
    this.#post.give(session, errorFrames(code, text, idOf(header)));
  }

  #refuseTo(
    session: Session | undefined,
    { identity, identityLength, header }: Incoming,
    code: ErrorCode,
    text: string,
  ): void {
    countCode(this.#common.counts.refused, code);
    const sender = identity.slice(0, identityLength);
    this.#post.tell(session, sender, errorFrames(code, text, idOf(header)));
  }
}

/** Whether a message has nothing that its verb has not; verbs with more to them look for themselves. */
function isShapedAs(verb: number, { header, secondLength, parcel }: Incoming): boolean {
  if (header[headerOffset.zero] !== 0) return false;
  const framesMax = plainVerbs[verb];
  if (framesMax === undefined) return true;
  const frames = (secondLength < 0 ? 0 : 1) + parcel.frames;
  return frames <= framesMax && header[headerOffset.flags] === 0 &&
    header[headerOffset.status] === 0 && header[headerOffset.status + 1] === 0;
}
