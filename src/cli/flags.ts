/**
 * Every flag: the one table that parsing, the help, completions, man pages, environment variables and
 * the config file come from.
 *
 * @module
 */

import * as limits from "../protocol/limits.ts";
import { bytesText, durationText, type Flag } from "./flag.ts";

type Row = Omit<Flag, "name" | "setting" | "variable"> & {
  /** Where it is not the setting's. */
  readonly name?: string;
};

/** Flags by their setting: the name in the config file, and in capitals the variable's. */
const rows: Readonly<Record<string, Row>> = {
  // Of every command.
  "config": {
    kind: "text",
    placeholder: "FILE",
    help: "Read settings from FILE: lines of NAME = VALUE, named as the variables",
    default: "~/.config/callsign/config",
  },
  "quiet": { short: "q", kind: "switch", help: "Say nothing but results and errors" },
  "verbose": {
    short: "v",
    kind: "level",
    help: "Say what happens; given twice, in detail",
  },
  "log-json": { kind: "switch", help: "Write what is said on stderr as JSON, one object a line" },

  // Where to, and for how long.
  "connect": {
    short: "c",
    kind: "list",
    placeholder: "ENDPOINT",
    help: "Where the broker is; more than once for several that stand in for each other",
    default: limits.defaultConnect,
  },
  "as": {
    kind: "text",
    placeholder: "NAME",
    help: "The name to ask under",
    default: "client- and eight random characters",
  },
  "timeout": {
    short: "t",
    kind: "duration",
    placeholder: "TIME",
    help: "How long it may take; after it the exit status is 124",
    default: durationText(limits.messageLimitMs),
  },
  "wait": {
    short: "w",
    kind: "switch",
    help: "Wait for who is not there yet, as long as the time allows",
  },
  "linger": {
    kind: "duration",
    placeholder: "TIME",
    help: "How long ending waits for what is still to be answered and sent",
    default: durationText(limits.lingerMs),
  },

  // What to ask, and how answers are printed.
  "json": { kind: "switch", help: "Print JSON, one object a line" },
  "lines": { short: "l", kind: "switch", help: "One message for each line" },
  "null": { short: "0", kind: "switch", help: "Lines end with a NUL byte, in both directions" },
  "window": {
    kind: "count",
    placeholder: "COUNT",
    help: "Most lines that are under way at once",
    default: `${limits.windowLines}`,
  },
  "unordered": { kind: "switch", help: "Print the replies to lines as they come, not in order" },
  "all": {
    short: "a",
    kind: "switch",
    help: "Wait for all that match or are in the group; the highest exit status counts",
  },
  "bare": { kind: "switch", help: "Print the replies of several peers without their names" },
  "receipt": { kind: "switch", help: "Wait until the peer has confirmed it" },

  // The broker.
  "bind": {
    short: "b",
    kind: "list",
    placeholder: "ENDPOINT",
    help: "Where to listen; more than once for several places; port * takes any free one",
    default: limits.defaultBind,
  },
  "duplicates": {
    kind: "choice",
    choices: ["refuse", "takeover"],
    placeholder: "refuse|takeover",
    help: "A second holder of a name is turned away, or takes it over",
    default: "refuse",
  },
  "register-within": {
    kind: "duration",
    placeholder: "TIME",
    help: "Cut a connection that has not said who it is after so long; 0 never does",
    default: durationText(limits.registerWithinMs),
  },
  "heartbeat": {
    kind: "duration",
    placeholder: "TIME",
    help: "How often a peer says that it is there",
    default: durationText(limits.heartbeatIntervalMs),
  },
  "gone-after": {
    kind: "duration",
    placeholder: "TIME",
    help: "A peer not heard for so long is gone, and its name free",
    default: durationText(limits.goneAfterMs),
  },
  "max-message-bytes": {
    kind: "bytes",
    placeholder: "BYTES",
    help: "Cut off who sends a larger frame; K, M and G are powers of 1024",
    default: bytesText(limits.messageBytesMax),
  },
  "limit": {
    kind: "duration",
    placeholder: "TIME",
    help: "Time limit of a message that names none",
    default: durationText(limits.messageLimitMs),
  },
  "queue-messages": {
    kind: "count",
    placeholder: "COUNT",
    help: 'Most messages that wait for one name; more are answered "busy"',
    default: `${limits.queueMessagesMax}`,
  },
  "queue-bytes": {
    kind: "bytes",
    placeholder: "BYTES",
    help: "Most bytes of these",
    default: bytesText(limits.queueBytesMax),
  },
  "held-messages": {
    kind: "count",
    placeholder: "COUNT",
    help: "Most messages held for peers that are not there, in all",
    default: `${limits.heldMessagesMax}`,
  },
  "held-bytes": {
    kind: "bytes",
    placeholder: "BYTES",
    help: "Most bytes of these",
    default: bytesText(limits.heldBytesMax),
  },
  "open-messages": {
    kind: "count",
    placeholder: "COUNT",
    help: "Most messages that wait for an answer, in all",
    default: `${limits.openMessagesMax}`,
  },

  // The worker.
  "group": {
    short: "g",
    kind: "list",
    placeholder: "GROUP",
    help: "Be in a group, and so be asked as @GROUP; more than once for several",
  },
  "concurrency": {
    short: "j",
    kind: "count",
    placeholder: "COUNT",
    help: "Most requests that are served at once",
    default: "1",
  },
  "handler-timeout": {
    name: "timeout",
    short: "t",
    kind: "duration",
    placeholder: "TIME",
    help: "End a handler after so long; the status of its request is 124; 0 never does",
    default: "0",
  },
  "kill-after": {
    kind: "duration",
    placeholder: "TIME",
    help: "Kill a handler that goes on for so long after it was told to end",
    default: durationText(limits.killAfterMs),
  },
  "max-output": {
    kind: "bytes",
    placeholder: "BYTES",
    help: "End a handler that writes more, stdout and stderr together",
    default: bytesText(limits.handlerOutputBytesMax),
  },
  "handler-lines": {
    name: "lines",
    short: "l",
    kind: "switch",
    help: "Keep the handler running, and exchange a line with it for each request",
  },
  "echo": { kind: "switch", help: "Answer each request with itself, for trying things out" },
  "wait-for-name": {
    name: "wait",
    short: "w",
    kind: "switch",
    help: "While another holds the name, wait until it is free",
  },
  "drain": {
    kind: "duration",
    placeholder: "TIME",
    help: "How long ending waits for requests that are being served",
    default: durationText(limits.drainMs),
  },
  "answer-timeout": {
    kind: "duration",
    placeholder: "TIME",
    help: "Without a handler: connect afresh after so long without an answer; 0 never does",
    default: durationText(limits.answerTimeoutMs),
  },

  // Of single commands.
  "count": {
    short: "n",
    kind: "count",
    placeholder: "COUNT",
    help: "Wait for so many of them in all, instead of one of each",
  },
  "wait-timeout": {
    name: "timeout",
    short: "t",
    kind: "duration",
    placeholder: "TIME",
    help: "How long to wait; after it the exit status is 124; 0 waits for ever",
    default: "0",
  },
  "requests": {
    short: "n",
    kind: "count",
    placeholder: "COUNT",
    help: "How many requests to make",
    default: `${limits.benchRequests}`,
  },
  "size": {
    kind: "bytes",
    placeholder: "BYTES",
    help: "The size of each request's body",
    default: `${limits.benchBytes}`,
  },
  "step-timeout": {
    name: "timeout",
    short: "t",
    kind: "duration",
    placeholder: "TIME",
    help: "How long each step may take",
    default: durationText(limits.doctorStepMs),
  },
};

const table: ReadonlyMap<string, Flag> = new Map(
  Object.entries(rows).map(([setting, row]) => [setting, {
    ...row,
    name: row.name ?? setting,
    setting,
    variable: `CALLSIGN_${setting.toUpperCase().replaceAll("-", "_")}`,
  }]),
);

/** Every setting, by its name in the config file. */
export const settings: ReadonlyMap<string, Flag> = table;

/** The flags of these settings. */
export function flagsOf(...names: readonly string[]): readonly Flag[] {
  return names.map((name) => {
    const flag = table.get(name);
    if (flag === undefined) throw new Error(`There is no flag for the setting ${name}`);
    return flag;
  });
}

/** Flags that every command has; the first two are no settings, but ask for something else. */
export const commonFlags: readonly Flag[] = [
  { name: "help", short: "h", kind: "switch", help: "Print this help" },
  { name: "version", short: "V", kind: "switch", help: "Print the versions of all parts" },
  ...flagsOf("config", "quiet", "verbose", "log-json"),
];

/** The other variables a program reads. */
export const otherVariables: Readonly<Record<string, string>> = {
  CALLSIGN_LIBZMQ: "The libzmq to load, instead of searching the usual places",
  NO_COLOR: "When it is not empty, no colours on a terminal either",
};
