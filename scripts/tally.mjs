// Counts what the test runs did, from the reports the runners wrote, and prints one closing line.
//
//   node tally.mjs REPORTS
//
// REPORTS holds a folder for each runtime, and in it for each test file `NAME.xml` (JUnit) and `NAME.status` (what the
// runner ended with). Exit status: 0 when something ran and nothing failed, else 1.
//
// - Deno counts every `describe` as a case of its own and names cases "outer > inner > test"; Bun counts tests alone.
// - A test that ran on one runtime and not on the other counts as failed: half a run must not look like a whole one.
// - So does a runner that ended badly without blaming a test (it crashed, or the file did not load).
// - With CI=true a skipped test counts as failed, unless its name says "not on this system".

import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";

const SEPARATOR = " > ";
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescape(text) {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name) => {
    if (name[0] !== "#") return ENTITIES[name] ?? whole;
    return String.fromCodePoint(Number(name[1] === "x" ? `0${name.slice(1)}` : name.slice(1)));
  });
}

/** The cases of one JUnit report: `{ path, failed, skipped }`, `path` being the names of the suites and of the test. */
export function readCases(xml, runtime) {
  const cases = [];
  const suites = [];
  let current = null;
  // Text between tags is a stack trace at most, and has no bare "<": tags are all that matters.
  const tags = xml.matchAll(/<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>/g);
  for (const [, closing, tag, rest, empty] of tags) {
    const attribute = (name) => {
      const found = new RegExp(`\\s${name}="([^"]*)"`).exec(rest);
      return found ? unescape(found[1]) : "";
    };
    if (tag === "testsuite") {
      if (closing) suites.pop();
      else if (!empty) suites.push(attribute("name"));
    } else if (tag === "testcase") {
      if (closing) {
        current = null;
        continue;
      }
      // The outermost suite is the file. Deno has no others, and puts the names of suites into that of the case.
      const path = runtime === "bun"
        ? [...suites.slice(1), attribute("name")].join(SEPARATOR)
        : attribute("name");
      cases.push({ path, failed: false, skipped: false });
      current = empty ? null : cases.at(-1);
    } else if (current && !closing) {
      if (tag === "failure" || tag === "error") current.failed = true;
      if (tag === "skipped") current.skipped = true;
    }
  }
  return cases;
}

/** Leaves the tests alone: no suites, and no `t.test` steps, which Bun does not report. `other` is the other runtime's. */
export function testsOf(cases, other) {
  const known = new Set(other?.map(({ path }) => path));
  const isAncestor = (a, b) => b.startsWith(a + SEPARATOR);
  return cases.filter((one) => {
    if (known.has(one.path)) return true;
    const inner = cases.filter(({ path }) => isAncestor(one.path, path));
    // A suite fails by itself when one of its hooks does.
    if (inner.length > 0) return one.failed && !inner.some(({ failed }) => failed);
    return one.failed || ![...known].some((path) => isAncestor(path, one.path));
  });
}

function readRun(folder, runtime) {
  const files = new Map();
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith(".status")) continue;
    const file = basename(name, ".status");
    let cases = [];
    try {
      cases = readCases(readFileSync(join(folder, `${file}.xml`), "utf8"), runtime);
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
    files.set(file, { status: Number(readFileSync(join(folder, name), "utf8")), cases });
  }
  return files;
}

export function tally(runs, ci) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const notes = [];
  const fail = (text) => {
    total.failed += 1;
    notes.push(text);
  };
  const runtimes = [...runs.keys()];
  for (const runtime of runtimes) {
    const otherName = runtimes.find((name) => name !== runtime);
    const failedBefore = total.failed;
    let ran = 0;
    for (const [file, { status, cases }] of runs.get(runtime)) {
      const label = `${runtime} ${file.replaceAll("%", "/")}`;
      const other = otherName && runs.get(otherName).get(file)?.cases;
      const tests = testsOf(cases, other);
      let failedHere = 0;
      for (const { path, failed, skipped } of tests) {
        if (failed) {
          failedHere += 1;
          fail(`${label}: failed: ${path}`);
        } else if (!skipped) {
          total.passed += 1;
          ran += 1;
        } else if (ci && !path.includes("not on this system")) {
          fail(`${label}: skipped, which CI does not allow: ${path}`);
        } else {
          total.skipped += 1;
        }
      }
      ran += failedHere;
      if (tests.length === 0) fail(`${label}: no test ran (status ${status})`);
      else if (status !== 0 && failedHere === 0) {
        fail(`${label}: ended with status ${status}, and blames no test`);
      }
      if (!otherName) continue;
      // A run that died says so above, once; the tests it did not reach would only bury that.
      const there = new Set(other && testsOf(other, cases).map(({ path }) => path));
      if (there.size === 0) continue;
      for (const { path, skipped, failed } of tests) {
        if (!there.has(path) && !skipped && !failed) {
          fail(`${label}: did not run on ${otherName}: ${path}`);
        }
      }
    }
    if (ran === 0 && total.failed === failedBefore) fail(`${runtime}: executed no tests`);
  }
  return { ...total, notes };
}

if (import.meta.filename === process.argv[1] || import.meta.url === `file://${process.argv[1]}`) {
  const folder = process.argv[2];
  const runs = new Map();
  for (const name of readdirSync(folder).sort()) {
    if (statSync(join(folder, name)).isDirectory()) {
      runs.set(name, readRun(join(folder, name), name));
    }
  }
  const { passed, failed, skipped, notes } = tally(runs, process.env.CI === "true");
  for (const note of notes) console.log(note);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
