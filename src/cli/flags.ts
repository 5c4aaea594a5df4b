/**
 * Every command and every flag: the one table that parsing and help come from.
 *
 * @module
 */

import * as limits from "../protocol/limits.ts";

/**
 * How a flag's text is read. A `switch` takes no value; a `list` may be given more than once; a
 * `choice` is one of the flag's choices.
 */
export type FlagKind = "switch" | "list" | "bytes" | "count" | "duration" | "choice";

/** One flag. */
export interface Flag {
  /** Its name after `--`. */
  readonly name: string;
  /** Its letter after `-`. */
  readonly short?: string;
  readonly kind: FlagKind;
  /** The environment variable that gives it when the command line does not. */
  readonly variable?: string;
  /** What stands for its value in the help. */
  readonly placeholder?: string;
  /** What a `choice` may be. */
  readonly choices?: readonly string[];
  /** What it does, in one line. */
  readonly help: string;
  /** The value it has when nobody gives one, as the help shows it. */
  readonly default?: string;
}

/** One command. */
export interface Command {
  readonly name: CommandName;
  /** What follows the name in the help: `NAME` for its operands. */
  readonly operands: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** What it does, in as many lines as it takes. */
  readonly description: string;
  readonly flags: readonly Flag[];
  /** A command line and what it prints. */
  readonly example: string;
}

/** The names of the commands. */
export type CommandName = "broker" | "worker";

/** A number of milliseconds as a user writes it. */
export function durationText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** A number of bytes as a user writes it. */
export function bytesText(bytes: number): string {
  return bytes % 2 ** 20 === 0 ? `${bytes / 2 ** 20}M` : `${bytes}`;
}

const quiet: Flag = {
  name: "quiet",
  short: "q",
  kind: "switch",
  variable: "CALLSIGN_QUIET",
  help: "Print nothing per message",
};

const linger: Flag = {
  name: "linger",
  kind: "duration",
  variable: "CALLSIGN_LINGER",
  placeholder: "TIME",
  help: "How long ending waits for what is still to be answered and sent",
  default: durationText(limits.lingerMs),
};

/** Flags that every command has. */
export const commonFlags: readonly Flag[] = [
  { name: "help", short: "h", kind: "switch", help: "Print this help" },
  { name: "version", short: "V", kind: "switch", help: "Print the versions of all parts" },
];

/** Who may have a name, and for how long. */
const presenceFlags: readonly Flag[] = [
  {
    name: "duplicates",
    kind: "choice",
    choices: ["refuse", "takeover"],
    variable: "CALLSIGN_DUPLICATES",
    placeholder: "refuse|takeover",
    help: "A second holder of a name is turned away, or takes it over",
    default: "refuse",
  },
  {
    name: "register-within",
    kind: "duration",
    variable: "CALLSIGN_REGISTER_WITHIN",
    placeholder: "TIME",
    help: "Cut a connection that has not said who it is after so long; 0 never does",
    default: durationText(limits.registerWithinMs),
  },
  {
    name: "heartbeat",
    kind: "duration",
    variable: "CALLSIGN_HEARTBEAT",
    placeholder: "TIME",
    help: "How often a peer says that it is there",
    default: durationText(limits.heartbeatIntervalMs),
  },
  {
    name: "gone-after",
    kind: "duration",
    variable: "CALLSIGN_GONE_AFTER",
    placeholder: "TIME",
    help: "A peer not heard for so long is gone, and its name free",
    default: durationText(limits.goneAfterMs),
  },
];

/** How much the broker keeps for others. */
const boundFlags: readonly Flag[] = [
  {
    name: "limit",
    kind: "duration",
    variable: "CALLSIGN_LIMIT",
    placeholder: "TIME",
    help: "Time limit of a message that names none",
    default: durationText(limits.messageLimitMs),
  },
  {
    name: "queue-messages",
    kind: "count",
    variable: "CALLSIGN_QUEUE_MESSAGES",
    placeholder: "COUNT",
    help: 'Most messages that wait for one name; more are answered "busy"',
    default: `${limits.queueMessagesMax}`,
  },
  {
    name: "queue-bytes",
    kind: "bytes",
    variable: "CALLSIGN_QUEUE_BYTES",
    placeholder: "BYTES",
    help: "Most bytes of these",
    default: bytesText(limits.queueBytesMax),
  },
  {
    name: "held-messages",
    kind: "count",
    variable: "CALLSIGN_HELD_MESSAGES",
    placeholder: "COUNT",
    help: "Most messages held for peers that are not there, in all",
    default: `${limits.heldMessagesMax}`,
  },
  {
    name: "held-bytes",
    kind: "bytes",
    variable: "CALLSIGN_HELD_BYTES",
    placeholder: "BYTES",
    help: "Most bytes of these",
    default: bytesText(limits.heldBytesMax),
  },
  {
    name: "open-messages",
    kind: "count",
    variable: "CALLSIGN_OPEN_MESSAGES",
    placeholder: "COUNT",
    help: "Most messages that wait for an answer, in all",
    default: `${limits.openMessagesMax}`,
  },
];

/** The commands, in the order of the help. */
export const commands: Readonly<Record<CommandName, Command>> = {
  broker: {
    name: "broker",
    operands: "",
    summary: "Let named peers reach each other",
    description:
      `Listens, and routes between the peers that speak callsign/1. Every other peer is answered
with its own message after "ACK: ". Ends at SIGINT (130) or SIGTERM (143).`,
    flags: [
      {
        name: "bind",
        short: "b",
        kind: "list",
        variable: "CALLSIGN_BIND",
        placeholder: "ENDPOINT",
        help: "Where to listen; more than once for several places; port * takes any free one",
        default: limits.defaultBind,
      },
      quiet,
      ...presenceFlags,
      {
        name: "max-message-bytes",
        kind: "bytes",
        variable: "CALLSIGN_MAX_MESSAGE_BYTES",
        placeholder: "BYTES",
        help: "Cut off who sends a larger frame; K, M and G are powers of 1024",
        default: bytesText(limits.messageBytesMax),
      },
      ...boundFlags,
      linger,
    ],
    example: `$ callsign broker --bind 'tcp://*:5555'
Broker started, listening on tcp://*:5555`,
  },
  worker: {
    name: "worker",
    operands: "NAME",
    summary: "Be a named peer",
    description: `Connects under NAME, says hello, and then something every two seconds.
Waits for a broker that is not there yet. Ends at SIGINT (130) or SIGTERM (143).`,
    flags: [
      {
        name: "connect",
        short: "c",
        kind: "list",
        variable: "CALLSIGN_CONNECT",
        placeholder: "ENDPOINT",
        help: "Where the broker is; more than once to take turns between several",
        default: limits.defaultConnect,
      },
      quiet,
      {
        name: "answer-timeout",
        kind: "duration",
        variable: "CALLSIGN_ANSWER_TIMEOUT",
        placeholder: "TIME",
        help: "Connect afresh after so long without an answer; 0 never does",
        default: durationText(limits.answerTimeoutMs),
      },
      linger,
    ],
    example: `$ callsign worker WORKER_A
Worker WORKER_A started, connecting to tcp://localhost:5555
Received reply: ACK: Hello from WORKER_A`,
  },
};

/** The other variables a program reads. */
export const otherVariables: Readonly<Record<string, string>> = {
  CALLSIGN_LIBZMQ: "The libzmq to load, instead of searching the usual places",
};
