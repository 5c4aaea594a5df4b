// A libzmq that counts what is opened and closed, so that a test which leaves something is told.

import assert from "node:assert/strict";
import { after, afterEach } from "node:test";
import { loadLibrary } from "../../src/ffi/load.ts";
import type { NativeBuffer, NativeLibrary, Pointer } from "../../src/ffi/native.ts";

/** What is open now. */
export interface Open {
  contexts: number;
  sockets: number;
  messages: number;
}

/** A library whose calls are counted, and the count. */
export interface CountedLibrary {
  readonly library: NativeLibrary;
  readonly open: Open;
}

/** Wraps the system's libzmq. Each test file makes its own. */
export function countedLibrary(): CountedLibrary {
  const real = loadLibrary();
  const open: Open = { contexts: 0, sockets: 0, messages: 0 };
  const counted = <T>(kind: keyof Open, step: 1 | -1, result: T): T => {
    if (result !== null && result !== -1) open[kind] += step;
    return result;
  };
  const messages = new WeakSet<NativeBuffer>();
  const library: NativeLibrary = {
    ...real,
    zmq: {
      ...real.zmq,
      zmq_ctx_new: () => counted("contexts", 1, real.zmq.zmq_ctx_new()),
      zmq_ctx_term: (context) => counted("contexts", -1, real.zmq.zmq_ctx_term(context)),
      zmq_socket: (context, type) => counted("sockets", 1, real.zmq.zmq_socket(context, type)),
      zmq_close: (socket) => counted("sockets", -1, real.zmq.zmq_close(socket)),
      zmq_msg_init: (message) => {
        if (message !== null) messages.add(message);
        return counted("messages", 1, real.zmq.zmq_msg_init(message));
      },
      zmq_msg_close: (message) => {
        if (message === null || !messages.delete(message)) return real.zmq.zmq_msg_close(message);
        return counted("messages", -1, real.zmq.zmq_msg_close(message));
      },
    },
    offThread: {
      ...real.offThread,
      terminate: async (context: Pointer) =>
        counted("contexts", -1, await real.offThread.terminate(context)),
    },
  };
  return { library, open };
}

/**
 * A counted library for the tests of a file. A test that leaves a context, a socket or a message
 * open fails, by its number.
 */
export function libraryForTests(): NativeLibrary {
  const { library, open } = countedLibrary();
  const none: Open = { contexts: 0, sockets: 0, messages: 0 };
  const check = async (): Promise<void> => {
    // A context that a failed constructor gave up ends a moment later.
    const endMs = performance.now() + 2000;
    while (open.contexts > 0 && performance.now() < endMs) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(open, none, "something was left open");
  };
  afterEach(check);
  after(check);
  return library;
}
