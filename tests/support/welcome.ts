// What a broker tells a peer of itself.

import { encodeJson, type Hello, parseWelcome, type Welcome } from "../../src/protocol/greeting.ts";
import { encodeHeader, verbs } from "../../src/protocol/header.ts";
import { sessionIdentity } from "../../src/protocol/identity.ts";
import type { NativeLibrary } from "../../src/ffi/native.ts";
import { Connection } from "../../src/peer/connection.ts";
import { Context } from "../../src/zmq/context.ts";

const hello: Hello = {
  role: "client",
  instance: "0123456789abcdef",
  groups: [],
  capacity: 0,
  agent: "test",
};

/** Says HELLO to a broker, and leaves with its WELCOME. */
export async function welcomeOf(library: NativeLibrary, endpoint: string): Promise<Welcome> {
  await using context = new Context(library);
  const connection = new Connection(context, endpoint, sessionIdentity("asker", "AAAAAAAA"));
  try {
    for (;;) {
      if (connection.change()?.kind === "up") {
        connection.send([encodeHeader(verbs.hello, 1n), encodeJson(hello)]);
      }
      const { frames = [] } = connection.receive() ?? {};
      const welcome = frames[0] === undefined ? undefined : parseWelcome(frames[0]);
      if (welcome !== undefined) return welcome;
      await connection.readiness.wait(100);
    }
  } finally {
    connection.close();
  }
}

/** Connects to a broker and says nothing, until `whenOver` has resolved. */
export async function keepSilent(
  library: NativeLibrary,
  endpoint: string,
  whenOver: Promise<unknown>,
): Promise<void> {
  await using context = new Context(library);
  const connection = new Connection(context, endpoint, sessionIdentity("silent", "AAAAAAAA"));
  try {
    await whenOver;
  } finally {
    connection.close();
  }
}
