// What is said on stderr while a program runs, and how often.

import assert from "node:assert/strict";
import fs from "node:fs";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { lastWord, Log, logLine, Notices } from "../../src/cli/log.ts";

const plain = { level: 0, isJson: false, isColoured: false };
const notice = (text: string): void => lastWord(text, plain);

let nowMs = 0;
let written: string[] = [];

beforeEach(() => {
  nowMs = 5000;
  written = [];
  mock.method(performance, "now", () => nowMs);
  mock.method(fs, "writeSync", (descriptor: number, text: string) => {
    written.push(`${descriptor} ${text}`);
    return text.length;
  });
});
afterEach(() => mock.restoreAll());

describe("lastWord", () => {
  it("writes to stderr, with the program's name in front", () => {
    notice("Cannot do it");
    assert.deepEqual(written, ["2 callsign: Cannot do it\n"]);
  });

  it("lets no control character through but the ends of its lines", () => {
    notice("first\x1b[2J\r\t\x00\x9b\u202e\n  second");
    const escaped = String.raw`first\x1b[2J\r\t\x00\x9b\u{202e}`;
    assert.deepEqual(written, [`2 callsign: ${escaped}\n  second\n`]);
  });

  it("does without a stderr", () => {
    mock.method(fs, "writeSync", () => {
      throw Object.assign(new Error("EPIPE"), { code: "EPIPE" });
    });
    assert.doesNotThrow(() => notice("Cannot do it"));
  });
});

describe("Notices", () => {
  it("writes the first line at once", () => {
    new Notices(notice).add("first");
    assert.deepEqual(written, ["2 callsign: first\n"]);
  });

  it("writes one line a second, and with it how many were left out", () => {
    const notices = new Notices(notice);
    for (let n = 0; n < 5; n++) notices.add("again");
    nowMs += 999;
    notices.add("again");
    assert.equal(written.length, 1);
    nowMs += 1;
    notices.add("again");
    assert.deepEqual(written.slice(1), ["2 callsign: again (and 5 more like it)\n"]);
    nowMs += 1000;
    notices.add("again");
    assert.deepEqual(written.slice(2), ["2 callsign: again\n"]);
  });

  it("tells at the end of what was left out, and nothing when nothing was", () => {
    const notices = new Notices(notice);
    notices.add("first");
    notices.finish();
    assert.equal(written.length, 1);
    for (let n = 0; n < 3; n++) notices.add("again");
    notices.finish();
    notices.finish();
    assert.deepEqual(written.slice(1), ["2 callsign: 3 more such lines were left out\n"]);
  });
});

describe("Log", () => {
  const said = (level: number): string[] => {
    const lines: string[] = [];
    const log = new Log({ ...plain, level }, (line) => lines.push(line.replace("callsign: ", "")));
    log.error("error");
    log.note("note");
    log.detail("detail");
    log.debug("debug");
    return lines;
  };

  it("says more the higher its level is", () => {
    assert.deepEqual(said(-1), ["error"]);
    assert.deepEqual(said(0), ["error", "note"]);
    assert.deepEqual(said(1), ["error", "note", "detail"]);
    assert.deepEqual(said(2), ["error", "note", "detail", "debug"]);
  });

  it("writes JSON on one line, whatever the text has", () => {
    const line = logLine("note", "a\n\x1b[2J", { ...plain, isJson: true });
    const { time, ...rest } = JSON.parse(line);
    assert.deepEqual(rest, { level: "note", text: "a\n\x1b[2J" });
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
    assert.match(line, /^[\x20-\x7e]+$/);
  });

  it("colours the name and nothing else", () => {
    const line = logLine("error", "\x1b[2J", { ...plain, isColoured: true });
    assert.equal(line, "\x1b[31mcallsign:\x1b[0m \\x1b[2J");
  });
});
