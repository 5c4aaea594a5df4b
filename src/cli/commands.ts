/**
 * Every command: what it takes, does and shows in its help.
 *
 * @module
 */

import type { Flag } from "./flag.ts";
import { flagsOf } from "./flags.ts";

/** The names of the commands. */
export type CommandName =
  | "broker"
  | "worker"
  | "request"
  | "send"
  | "list"
  | "wait"
  | "watch"
  | "kick"
  | "stats"
  | "doctor"
  | "bench"
  | "completions"
  | "help";

/** What an operand is, for completions: a peer's name, a program behind `--`, or one of these words. */
export type OperandKind = "peer" | "program" | readonly string[];

/** One command. */
export interface Command {
  readonly name: CommandName;
  /** What follows the name in the help: `NAME` for its operands. */
  readonly operands: string;
  /** What its operands are, where that can be completed. */
  readonly operandKind?: OperandKind;
  /** What it does, in one line. */
  readonly summary: string;
  /** What it does, in as many lines as it takes. */
  readonly description: string;
  readonly flags: readonly Flag[];
  /** A command line and what it prints. */
  readonly example: string;
}

/** Shells that completions are made for. */
export const shells = ["bash", "zsh", "fish"] as const;

const names: readonly CommandName[] = [
  "broker",
  "worker",
  "request",
  "send",
  "list",
  "wait",
  "watch",
  "kick",
  "stats",
  "doctor",
  "bench",
  "completions",
  "help",
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
    flags: flagsOf(
      "bind",
      "duplicates",
      "register-within",
      "heartbeat",
      "gone-after",
      "max-message-bytes",
      "limit",
      "queue-messages",
      "queue-bytes",
      "held-messages",
      "held-bytes",
      "open-messages",
      "linger",
    ),
    example: `$ callsign broker --bind 'tcp://*:5555'
Broker started, listening on tcp://*:5555`,
  },
  worker: {
    name: "worker",
    operands: "NAME [-- COMMAND [ARGUMENT]...]",
    operandKind: "program",
    summary: "Be a named peer, and serve requests with a program",
    description:
      `Serves each request that reaches NAME by running COMMAND: the request's body is its
stdin; its stdout, stderr and exit status are the reply. CALLSIGN_FROM, CALLSIGN_ID and
CALLSIGN_NAME tell it who asks what. With --lines it runs once, and answers each line with a line.
A message that nobody waits for (callsign send) is served too; what it prints goes to our stdout.

Without a COMMAND it speaks the plain dialect: it says hello, and then something every two seconds.

Waits for a broker that is not there yet. Ends with 0 at SIGTERM or SIGINT, once all that it serves
is done; at a second one at once. Without a COMMAND it ends with 143 or 130. A name that another
holds ends it with 73.`,
    flags: flagsOf(
      "connect",
      "group",
      "concurrency",
      "handler-lines",
      "echo",
      "handler-timeout",
      "kill-after",
      "max-output",
      "wait-for-name",
      "drain",
      "linger",
      "answer-timeout",
    ),
    example: `$ callsign worker web-3 -- tr a-z A-Z
callsign: Online as web-3 at tcp://localhost:5555`,
  },
  request: {
    name: "request",
    operands: "PEER [BODY]...",
    operandKind: "peer",
    summary: "Ask a peer; print its reply, end with its status",
    description:
      `Sends the words of BODY, or stdin when there are none, or one that is "-". The reply goes to
stdout, what its program said of errors to stderr, and its exit status is ours.

PEER is a name; @GROUP, for one worker of a group; or a pattern such as 'web-*', for whichever
that match replies first, while the others are told to stop. With --all each of them is asked,
every line of a reply begins with its peer's name, and the highest exit status is ours.

With --lines each line of stdin is a request of its own. Replies are printed in the lines' order,
each with an end of line.

A failure of ours is told on stderr, in a line that begins with "callsign:".`,
    flags: flagsOf(
      "connect",
      "as",
      "timeout",
      "wait",
      "all",
      "bare",
      "json",
      "lines",
      "null",
      "window",
      "unordered",
      "linger",
    ),
    example: `$ echo hello | callsign request web-3
HELLO`,
  },
  send: {
    name: "send",
    operands: "PEER [BODY]...",
    operandKind: "peer",
    summary: "Send a message to a peer, and wait for no reply",
    description:
      `Sends the words of BODY, or stdin when there are none, or one that is "-". Ends with 0 once
the message was handed to the peer's connection; with --receipt, once the peer has confirmed it.
A PEER that is a pattern means all that match.

With --lines each line of stdin is a message of its own.`,
    flags: flagsOf(
      "connect",
      "as",
      "timeout",
      "wait",
      "receipt",
      "lines",
      "null",
      "window",
      "linger",
    ),
    example: `$ callsign send web-3 "the cache is stale"`,
  },
  list: {
    name: "list",
    operands: "[PATTERN]",
    operandKind: "peer",
    summary: "List who is there",
    description:
      `Lists the peers whose name matches PATTERN, or who are in @GROUP; all without one. On a
terminal as a table; else the same columns with tabs between, and no heading.`,
    flags: flagsOf("connect", "timeout", "json"),
    example: `$ callsign list 'web-*'
NAME   ROLE    GROUPS  ADDRESS    AGE  BUSY  QUEUED  AGENT
web-3  worker  web     127.0.0.1  2m   0/4   0       callsign/0.1.0 bun pid 4711`,
  },
  wait: {
    name: "wait",
    operands: "PEER...",
    operandKind: "peer",
    summary: "Wait until peers are there",
    description:
      `Ends with 0 once each PEER is there: a name, a pattern, or @GROUP, of which one is enough.
With --count once so many peers are there that any of them means. Waits for the broker too.`,
    flags: flagsOf("connect", "count", "wait-timeout"),
    example:
      `$ callsign wait 'web-*' --count 3 --timeout 30s && callsign request --all 'web-*' reload`,
  },
  watch: {
    name: "watch",
    operands: "[PATTERN]",
    operandKind: "peer",
    summary: "Tell who comes and goes, as it happens",
    description:
      `Prints who is there that PATTERN means, all without one, and then each change. Waits for
the broker when it is away, and then prints again who is there.`,
    flags: flagsOf("connect", "json"),
    example: `$ callsign watch
Online: web-3, worker from 127.0.0.1 (callsign/0.1.0 bun pid 4711)
Left: web-3, worker from 127.0.0.1 (callsign/0.1.0 bun pid 4711): goodbye`,
  },
  kick: {
    name: "kick",
    operands: "PEER",
    operandKind: "peer",
    summary: "End a peer's connection for good",
    description: `Disconnects the peers that PEER means: a name, a pattern, or @GROUP. They are told
so, and do not come back by themselves.`,
    flags: flagsOf("connect", "timeout", "json"),
    example: `$ callsign kick web-3
Kicked 1 peer`,
  },
  stats: {
    name: "stats",
    operands: "",
    summary: "Show what the broker has counted",
    description: "Prints a name and a number a line.",
    flags: flagsOf("connect", "timeout", "json"),
    example: `$ callsign stats
workers           1
clients           1`,
  },
  doctor: {
    name: "doctor",
    operands: "",
    summary: "Find out why a broker cannot be reached",
    description:
      `Goes step by step to each broker, and says which step fails and what to do. The exit status
is the number of that step: 1 libzmq, 2 runtime, 3 endpoint, 4 connection, 5 greeting, 6 mechanism,
7 name, 8 heartbeat; 0 when all is well. With --as it looks whether somebody has that name, which
it does not take; step 7 fails when somebody has.`,
    flags: flagsOf("connect", "as", "step-timeout", "json"),
    example: `$ callsign doctor
1 libzmq      ok      4.3.4 (libzmq.so.5)
2 runtime     ok      bun 1.4.5
3 endpoint    ok      tcp://localhost:5555 is at 127.0.0.1:5555
4 connection  failed  nobody listens at 127.0.0.1:5555
              Start callsign broker --bind tcp://127.0.0.1:5555, or give --connect another place`,
  },
  bench: {
    name: "bench",
    operands: "[PEER]",
    operandKind: "peer",
    summary: "Measure how fast requests are answered",
    description:
      `Asks PEER, as fast as it replies, and prints how many requests a second there were and how
long they took. Without PEER it asks a worker of its own, which answers each with itself.`,
    flags: flagsOf("connect", "requests", "size", "window", "timeout", "json"),
    example: `$ callsign bench
20000 requests of 20 bytes to bench-Zk3TqP0a, 64 at once: 21909 a second
latency: median 2.1 ms, 90 % 5.5 ms, 99 % 11 ms, longest 29 ms`,
  },
  completions: {
    name: "completions",
    operands: "SHELL",
    operandKind: shells,
    summary: "Print what makes a shell complete command lines",
    description:
      `SHELL is bash, zsh or fish. For bash, put this line into ~/.bashrc; for zsh the same
with zsh into ~/.zshrc; for fish, callsign completions fish | source into config.fish.`,
    flags: [],
    example: `$ eval "$(callsign completions bash)"`,
  },
  help: {
    name: "help",
    operands: "[COMMAND]",
    operandKind: names,
    summary: "Tell of the commands, or of one",
    description: "Prints what callsign COMMAND --help prints, or callsign --help.",
    flags: [],
    example: `$ callsign help request`,
  },
};
