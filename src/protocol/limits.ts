/**
 * Every limit and default, each with its reason.
 *
 * @module
 */

/** Where a broker listens: this machine only, on the port of the ZeroMQ guide's examples. */
export const defaultBind = "tcp://127.0.0.1:5555";

/** Where a worker looks for its broker: the other end of {@linkcode defaultBind}. */
export const defaultConnect = "tcp://localhost:5555";

/** Longest identity: libzmq refuses to set a longer one, and ZMTP 3.1 gives it one length byte. */
export const identityBytesMax = 255;

/** Longest callsign and name of a group: an identity less the separator and the session. */
export const callsignBytesMax: number = identityBytesMax - 9;

/**
 * Largest frame a peer may send. Room for whole files, yet a peer that claims 2 GB is cut at once;
 * libzmq cuts the connection of whoever sends more.
 */
export const messageBytesMax: number = 256 * 1024 * 1024;

/** How long a closing socket goes on sending; libzmq's own default hangs for ever. */
export const lingerMs = 1000;

/** Connections waiting to be accepted; libzmq's 100 turn a burst of 5,000 into a queue of 6 s. */
export const backlog = 1024;

/** A connection that has not finished its handshake by then is closed; libzmq waits 30 s. */
export const handshakeMs = 2000;

/**
 * A peer that is gone without a word (power, network) is noticed after so long. libzmq's own cost of
 * these heartbeats grows with the square of the peers, so they are slow: a backstop, no more.
 */
export const heartbeatMs = 30_000;

/** First wait before a worker tries its broker again, and the longest: capped, doubling, jittered. */
export const reconnectMinMs = 100;
/** See {@linkcode reconnectMinMs}. */
export const reconnectMaxMs = 5000;

/** How long the seed's worker works between an answer and its next message. */
export const workMs = 2000;

/**
 * A worker that has no answer for so long opens a fresh connection: libzmq never reads a second
 * connection of a live identity, not even after the first is gone, and only a new one heals that.
 */
export const answerTimeoutMs = 10_000;

/** The clock is read after so many messages, not after each: it costs as much as a call into C. */
export const messagesPerClock = 64;

/** Longest text of one frame that is printed; the rest is counted. */
export const printedBytesMax = 4096;

/** Output waiting for a slow reader; beyond it lines are counted instead of kept. */
export const outputBytesMax: number = 1024 * 1024;

/** An answer buffer that grew beyond this for a large message is let go after it. */
export const answerBytesKept: number = 1024 * 1024;

/** Frames of one body: far more than any envelope needs, and a bound on what one message costs. */
export const bodyFramesMax = 64;

/** JSON from a peer: room for a HELLO with 32 groups of full length. */
export const jsonBytesMax = 16_384;

/** Groups of one peer; each costs its share of every change of that peer. */
export const groupsMax = 32;

/** Requests a worker may take at once: the largest number a table of the kernel's size would hold. */
export const capacityMax = 65_535;

/** Longest instance and agent of a HELLO; they are kept for each peer and shown to people. */
export const instanceCharactersMax = 64;
/** See {@linkcode instanceCharactersMax}. */
export const agentCharactersMax = 128;

/** A peer says something at least so often: a dead one is noticed soon, and 5,000 cost 1,000 messages a second. */
export const heartbeatIntervalMs = 5000;

/** A peer not heard for so long is gone: three heartbeats. */
export const goneAfterMs = 15_000;

/** A connection not registered so long after it came is cut: more than a handshake and a HELLO take. */
export const registerWithinMs = 5000;

/** Time limit of a message that names none: a person's patience. */
export const messageLimitMs = 60_000;

/** Longest time limit: a day. */
export const messageLimitMsMax = 86_400_000;

/** Messages waiting or held for one name; beyond it whoever sends is told. */
export const queueMessagesMax = 1000;
/** Their bytes. */
export const queueBytesMax: number = 64 * 1024 * 1024;

/** Messages held for peers that are not there, all names together. */
export const heldMessagesMax = 10_000;
/** Their bytes. */
export const heldBytesMax: number = 256 * 1024 * 1024;

/** Messages that somebody is owed an answer for, of all peers together: some 50 MB of tables. */
export const openMessagesMax = 100_000;

/** Watches of one session: each change is written once for each. */
export const watchesMax = 16;

/** Answers that wait for a peer which does not read; beyond it the peer is cut. */
export const outboxMessagesMax = 1000;
/** Their bytes. */
export const outboxBytesMax: number = 64 * 1024 * 1024;

/** Peers told of in one ROSTER: some 100 KB, so that the list of 10,000 does not stop the others. */
export const rosterPeersMax = 500;

/** How often answers for a peer that does not read are tried again: libzmq does not say when. */
export const retryMs = 10;

/** A peer that is cut is given so long to read why: what the kernel has not sent is lost with the cut. */
export const partingMs = 100;

/** The longest a broker waits before it looks at the clock again. */
export const tickMs = 1000;

/** The broker was away for so long (stopped, suspended): silence of peers meanwhile proves nothing. */
export const stallMs = 3000;

/** A broker that has not said WELCOME so long after HELLO will not: on a fresh socket it can. */
export const welcomeTimeoutMs = 1000;

/** A peer's connection and handshake: time for a first packet that was lost, sent again after 1 s. */
export const connectTimeoutMs = 3000;

/** Heartbeats without an answer after which a peer opens a fresh socket. */
export const heartbeatsUnanswered = 3;

/** How long a client waits for the broker's word that the limit has passed: its way back and some. */
export const limitGraceMs = 500;

/** Messages a peer keeps while there is no broker, or no room: some 100 MB of promises and headers. */
export const unsentMessagesMax = 100_000;

/** Answers and events that a program has not read; beyond it they end. */
export const unreadAnswersMax = 100_000;

/** How long a worker that stops waits for its handlers: as long as a request may take. */
export const drainMs: number = messageLimitMs;

/** Held up for longer than that, a peer gives what has arrived meanwhile as long to be brought in. */
export const catchUpMs = 250;

/** Characters of an instance: more than 128 random bits. */
export const instanceCharacters = 22;

/** Lines of `--lines` under way at once: enough to hide the way there and back, few to lose. */
export const windowLines = 64;

/** A handler told to end has so long to tidy up: what a service manager gives at least. */
export const killAfterMs = 5000;

/** What a handler leaves running has so long to write what is still in a pipe, after its own end. */
export const leftoverMs = 200;

/** Most a handler may write: what a broker passes on. */
export const handlerOutputBytesMax: number = messageBytesMax;

/** Messages that wait for a handler of a worker; beyond it they are not confirmed, and told. */
export const waitingMessagesMax = 1000;

/** Requests of one bench: a second or so. */
export const benchRequests = 20_000;

/** Body of a bench's requests: that of the figures in README. */
export const benchBytes = 20;

/** How long a step of the doctor may take: a slow network's connection and handshake. */
export const doctorStepMs = 5000;

/** A round trip the doctor calls slow: more than one around the world takes. */
export const doctorSlowMs = 300;
