import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkEndpoint, EndpointError, isIpv6, isWildcard } from "../../src/zmq/endpoint.ts";

const good = {
  bind: [
    "tcp://127.0.0.1:5555",
    "tcp://*:5555",
    "tcp://127.0.0.1:*",
    "tcp://*:0",
    "tcp://[::1]:5555",
    "tcp://eth0:65535",
    "ipc:///run/callsign.sock",
    "ipc://@abstract",
    "ipc://*",
    "inproc://here",
  ],
  connect: [
    "tcp://localhost:5555",
    "tcp://192.168.0.1:0;10.0.0.1:5555",
    "tcp://[fe80::1%eth0]:1",
    "ipc:///run/callsign.sock",
  ],
} as const;

const bad: readonly (readonly ["bind" | "connect", string, RegExp])[] = [
  ["bind", "", /has no transport; write it as tcp:\/\/HOST:PORT or ipc:\/\/PATH$/],
  ["bind", "5555", /has no transport/],
  ["bind", "tcp:127.0.0.1:5555", /has no transport/],
  ["bind", "tcp//127.0.0.1:5555", /has no transport/],
  ["bind", "tpc://127.0.0.1:5555", /unknown transport "tpc"; use tcp:\/\/ or ipc:\/\/$/],
  ["bind", "http://127.0.0.1:5555", /unknown transport "http"/],
  ["bind", "tcp://", /nothing follows tcp:\/\/$/],
  ["bind", "ipc://", /nothing follows ipc:\/\/$/],
  ["bind", "tcp://127.0.0.1", /has no port; write it as tcp:\/\/HOST:PORT$/],
  ["bind", "tcp://:5555", /has no host/],
  ["bind", "tcp://a b:5555", /the host has a space/],
  ["bind", "tcp://::1:5555", /IPv6 address stands in brackets/],
  ["bind", "tcp://127.0.0.1:", /the port "" is not a number from 0 to 65535, or \* for any free/],
  ["bind", "tcp://127.0.0.1:99999", /the port "99999" is not/],
  ["bind", "tcp://127.0.0.1:-1", /the port "-1" is not/],
  ["bind", "tcp://*:80x", /the port "80x" is not/],
  ["bind", "tcp://*:5555\n", /control character/],
  ["bind", "ipc:///run/a\0b", /control character/],
  ["connect", "tcp://localhost:0", /the port "0" is not a number from 1 to 65535$/],
  ["connect", "tcp://localhost:*", /the port "\*" is not a number from 1 to 65535$/],
];

describe("checkEndpoint", () => {
  for (const operation of ["bind", "connect"] as const) {
    for (const endpoint of good[operation]) {
      it(`lets ${operation} have ${endpoint}`, () => checkEndpoint(endpoint, operation));
    }
  }

  for (const [operation, endpoint, reason] of bad) {
    it(`tells ${operation} what is wrong with ${JSON.stringify(endpoint)}`, () => {
      assert.throws(() => checkEndpoint(endpoint, operation), (error) => {
        assert.ok(error instanceof EndpointError);
        assert.match(error.message, reason);
        assert.ok(error.message.startsWith(`Cannot ${operation} ${JSON.stringify(endpoint)}: `));
        return true;
      });
    });
  }

  it("knows which endpoints the system completes, and which need the ipv6 option", () => {
    assert.deepEqual(
      ["tcp://*:*", "tcp://h:0", "ipc://*", "tcp://*:5555", "ipc:///x"].map(isWildcard),
      [true, true, true, false, false],
    );
    assert.deepEqual(
      ["tcp://[::1]:1", "tcp://a:1;[::1]:1", "tcp://h:1", "ipc://[x]"].map(isIpv6),
      [true, true, false, false],
    );
  });
});
