import assert from "node:assert/strict";
import fs from "node:fs";
import { describe, it } from "node:test";
import {
  contextFunctions,
  type NativeTable,
  versionFunctions,
  zmqFunctions,
} from "../../src/ffi/symbols.ts";
import { socketTypes } from "../../src/zmq/constants.ts";
import * as constants from "../../src/zmq/constants.ts";
import { contextOptions, socketOptions } from "../../src/zmq/options.ts";
import { skipWithout } from "../support/programs.ts";

const headerPath = "/usr/include/zmq.h";
const skip = skipWithout("zmq.h (libzmq3-dev)", fs.existsSync(headerPath));
const header = skip === false ? fs.readFileSync(headerPath, "utf8") : "";

/** The C types a function is declared with, in our words. */
function declared(name: string): { parameters: string[]; result: string } | undefined {
  const text = header.replace(/\s+/g, " ").replaceAll("ZMQ_EXPORT ", ";");
  const pattern = new RegExp(`;((?:const )?[a-z_]+ \\*?)${name} \\(([^)]*)\\)`);
  const [, result, parameters] = pattern.exec(text) ?? [];
  if (result === undefined || parameters === undefined) return undefined;
  const list = parameters.trim() === "void" ? [] : parameters.split(",");
  return { parameters: list.map(word), result: word(result) };
}

function word(cType: string): string {
  if (cType.includes("*")) return "address";
  if (/\bsize_t\b/.test(cType)) return "usize";
  return /\bint\b/.test(cType) ? "i32" : cType.trim();
}

function neutral(type: string): string {
  return type === "pointer" || type === "buffer" ? "address" : type;
}

const tables: NativeTable = { ...zmqFunctions, ...versionFunctions, ...contextFunctions };

describe("the table of symbols", { skip }, () => {
  for (const [name, { parameters, result }] of Object.entries(tables)) {
    it(`declares ${name} as zmq.h does`, () => {
      const ours = { parameters: parameters.map(neutral), result: neutral(result) };
      assert.deepEqual(ours, declared(name));
    });
  }
});

/** The number of a `#define ZMQ_NAME`, decimal or hexadecimal. */
function defined(name: string): number | undefined {
  const [, value] = new RegExp(`#define ZMQ_${name}\\s+(0x[0-9A-Fa-f]+|\\d+)\\b`).exec(header) ??
    [];
  return value === undefined ? undefined : Number(value);
}

function screaming(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Our names are whole words, some of libzmq's are not. */
const headerNames: Readonly<Record<string, string>> = {
  receiveMore: "RCVMORE",
  maxMessageSize: "MAXMSGSIZE",
  sendHighWaterMark: "SNDHWM",
  receiveHighWaterMark: "RCVHWM",
  reconnectInterval: "RECONNECT_IVL",
  reconnectIntervalMax: "RECONNECT_IVL_MAX",
  requestCorrelate: "REQ_CORRELATE",
  requestRelaxed: "REQ_RELAXED",
  handshakeInterval: "HANDSHAKE_IVL",
  heartbeatInterval: "HEARTBEAT_IVL",
  heartbeatTimeToLive: "HEARTBEAT_TTL",
  handshakeFailed: "EVENT_HANDSHAKE_FAILED_NO_DETAIL",
};

describe("numbers", { skip }, () => {
  it("of options are those of zmq.h", () => {
    for (const [name, { number }] of Object.entries({ ...socketOptions, ...contextOptions })) {
      assert.equal(number, defined(headerNames[name] ?? screaming(name)), name);
    }
  });

  it("of socket types and monitor events are those of zmq.h", () => {
    for (const [name, number] of Object.entries(socketTypes)) {
      assert.equal(number, defined(name.toUpperCase()), name);
    }
    for (const [name, number] of Object.entries(constants.monitorEvents)) {
      assert.equal(number, defined(headerNames[name] ?? `EVENT_${screaming(name)}`), name);
    }
  });

  it("of flags and properties are those of zmq.h", () => {
    for (const name of ["DONTWAIT", "SNDMORE", "POLLIN", "POLLOUT", "SRCFD"] as const) {
      assert.equal(constants[name], defined(name), name);
    }
    assert.match(header, new RegExp(`_\\[${constants.messageStructBytes}\\]`));
  });
});
