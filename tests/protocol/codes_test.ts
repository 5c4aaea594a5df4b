// The tables of docs/protocol.md and those of src/protocol say the same, number by number.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorCodes, isErrorCode } from "../../src/protocol/codes.ts";
import { ackStatus, flags, verbs } from "../../src/protocol/header.ts";
import { sessionCharacters, sessionSeparator } from "../../src/protocol/identity.ts";
import * as limits from "../../src/protocol/limits.ts";
import type { PeerInfo, PresenceEvent, PresenceReason } from "../../src/protocol/roster.ts";
import { contract, layouts, tableOf } from "./contract.ts";

const lowerCase = (record: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(record).map(([word, number]) => [word.toLowerCase(), number]));

describe("isErrorCode", () => {
  it("knows the words of the list and no others", () => {
    for (const code of Object.keys(errorCodes)) assert.ok(isErrorCode(code));
    for (const word of ["", "Busy", "busy ", "1", "toString", "__proto__", "constructor"]) {
      assert.equal(isErrorCode(word), false, word);
    }
  });
});

describe("The contract and the code", () => {
  it("number the verbs alike", () => {
    const told = layouts.map(({ no, verb }) => [verb, no] as const);
    assert.deepEqual(lowerCase(Object.fromEntries(told)), verbs);
    // A verb of two rows has one number.
    const numbers = new Map<string, number>();
    for (const [verb, no] of told) assert.equal(numbers.get(verb) ?? no, no);
  });

  it("give the flags the same bits", () => {
    const told = tableOf("bit", "name", "meaning").map(([bit, name]) => [name, Number(bit)]);
    assert.deepEqual(lowerCase(Object.fromEntries(told)), flags);
  });

  it("give a verb flags there are, and each flag a verb", () => {
    const named = new Set(layouts.flatMap((layout) => layout.flags));
    const all = tableOf("bit", "name", "meaning").map(([, name]) => name);
    assert.deepEqual([...named].sort(), [...all].sort());
  });

  it("number the statuses of ACK alike", () => {
    const told = tableOf("status", "name", "meaning").map(([no, name]) => [name, Number(no)]);
    assert.deepEqual(Object.fromEntries(told), ackStatus);
  });

  it("number the codes of ERROR alike, from 1 without a gap", () => {
    const rows = tableOf("no", "code", "exact meaning");
    const told = rows.map(([no, code]) => [code, Number(no)]);
    assert.deepEqual(Object.fromEntries(told), errorCodes);
    assert.deepEqual(rows.map(([no]) => Number(no)), rows.map((_, i) => i + 1));
  });

  it("use no code in the text that is not in the list", () => {
    const words = [...contract.matchAll(/ERROR[ \n]`([^`]+)`/g)].map(([, word]) => word as string);
    assert.ok(words.length > 5);
    assert.deepEqual(words.filter((word) => !isErrorCode(word)), []);
  });

  it("name the same reasons for coming and going", () => {
    const reasons: Readonly<Record<PresenceReason, PresenceEvent["event"]>> = {
      "new": "join",
      "resumed": "join",
      "took-over": "join",
      "goodbye": "leave",
      "disconnected": "leave",
      "timed-out": "leave",
      "kicked": "leave",
      "superseded": "leave",
      "slow": "leave",
      "name-taken": "refused",
    };
    let event = "";
    const told = tableOf("event", "reason", "meaning").map(([cell, reason]) => {
      event = cell || event;
      return [reason, event];
    });
    assert.deepEqual(Object.fromEntries(told), reasons);
  });

  it("tell the same of a peer", () => {
    const keys: Readonly<Record<keyof PeerInfo, true>> = {
      name: true,
      dialect: true,
      role: true,
      groups: true,
      capacity: true,
      inFlight: true,
      queued: true,
      address: true,
      since: true,
      silentMs: true,
      agent: true,
    };
    const [, list = ""] = /the peer as ROSTER has it: ([^.]+)\./.exec(contract) ?? [];
    const told = [...list.replaceAll(/\([^)]*\)/g, "").matchAll(/`(\w+)`/g)].map(([, key]) => key);
    assert.deepEqual(told, Object.keys(keys));
  });

  it("make identities alike", () => {
    assert.match(contract, new RegExp(`0x${sessionSeparator.toString(16)}\\b`, "i"));
    assert.match(contract, new RegExp(`and ${sessionCharacters} characters from \`A-Z a-z 0-9\``));
  });

  const group = (count: number): string => count.toLocaleString("en");
  const mebi = (bytes: number): string => `${bytes / 2 ** 20} MiB`;
  const bounds: Readonly<Record<string, string>> = {
    "identity": `${limits.identityBytesMax} bytes`,
    "callsign, group": `${limits.callsignBytesMax} bytes`,
    "groups of a peer": `${limits.groupsMax}`,
    "JSON from a peer": `${group(limits.jsonBytesMax)} bytes`,
    "body frames": `${limits.bodyFramesMax}`,
    "body": "messageBytes",
    "waiting or held for one name": `a setting, ${group(limits.queueMessagesMax)} and ` +
      mebi(limits.queueBytesMax),
    "held in all": `a setting, ${group(limits.heldMessagesMax)} and ${mebi(limits.heldBytesMax)}`,
    "open in all": `a setting, ${group(limits.openMessagesMax)}`,
    "watches of a session": `${limits.watchesMax}`,
    "answers waiting for a peer that does not read": `${group(limits.outboxMessagesMax)} and ` +
      mebi(limits.outboxBytesMax),
    "peers in one ROSTER": `${limits.rosterPeersMax}`,
  };
  for (const [what, limit] of tableOf("what", "limit", "at the limit") as [string, string][]) {
    it(`set the same limit to ${what}`, () => assert.equal(limit, bounds[what]));
  }

  it("agree on how much HELLO may say", () => {
    const said = Object.fromEntries(tableOf("key", "value") as [string, string][]);
    assert.match(said.instance ?? "", new RegExp(`^1 to ${limits.instanceCharactersMax} `));
    assert.match(said.groups ?? "", new RegExp(`at most ${limits.groupsMax},`));
    assert.match(said.capacity ?? "", new RegExp(`0 to ${group(limits.capacityMax)};`));
    assert.match(said.agent ?? "", new RegExp(`at most ${limits.agentCharactersMax} characters`));
    assert.deepEqual(Object.keys(said), ["role", "instance", "groups", "capacity", "agent"]);
  });
});
