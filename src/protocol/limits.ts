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
