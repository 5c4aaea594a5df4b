// What DESIGN section 3 says of imports, as a test: they go one way, and a runtime is named in one
// file each.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { root } from "../support/programs.ts";

const source = path.join(root, "src");

interface File {
  readonly name: string;
  readonly text: string;
}

const files: readonly File[] = fs.readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => ({
    name: name.replaceAll("\\", "/"),
    text: fs.readFileSync(path.join(source, name), "utf8"),
  }));

/** Which layers each layer may import, itself aside. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  ffi: [],
  zmq: ["ffi"],
  protocol: [],
  routing: ["protocol"],
  wire: ["ffi", "zmq", "protocol", "routing"],
  peer: ["ffi", "zmq", "protocol", "routing", "bytes", "random_word", "version"],
  peers: ["ffi", "zmq", "protocol", "routing", "wire", "peer", "random_word", "version"],
  handler: ["protocol", "bytes"],
  cli: ["ffi", "zmq", "protocol", "peer", "peers", "handler", "bytes", "random_word", "version"],
  main: ["cli"],
  mod: ["ffi", "zmq", "protocol", "peer", "peers", "version"],
  bytes: [],
  random_word: [],
  version: [],
};

const layerOfFile: Readonly<Record<string, string>> = {
  "broker.ts": "peers",
  "worker.ts": "peers",
  "client.ts": "peers",
  "main.ts": "main",
  "mod.ts": "mod",
  "bytes.ts": "bytes",
  "random_word.ts": "random_word",
  "version.ts": "version",
};

function layerOf(name: string): string {
  const folder = name.includes("/") ? name.slice(0, name.indexOf("/")) : undefined;
  const layer = folder ?? layerOfFile[name];
  assert.ok(layer !== undefined && layer in mayImport, `src/${name} belongs to no layer`);
  return layer;
}

/** Files that are programs too, which may import `main.ts` for that. */
const programs: readonly string[] = ["broker.ts", "worker.ts"];

/** The files of ours that a file imports; what a program imports to be one is not counted. */
function importsOf({ name, text }: File): string[] {
  const specifiers = [
    ...text.matchAll(/^(?:import|export)\b[^;]*?from "(\.[^"]+)"/gms),
    ...programs.includes(name) ? [] : text.matchAll(/\bimport\("(\.[^"]+)"\)/g),
  ];
  return specifiers.map(([, specifier]) =>
    path.posix.normalize(path.posix.join(path.posix.dirname(name), specifier as string))
  );
}

function violations(all: readonly File[]): string[] {
  return all.flatMap((file) => {
    const layer = layerOf(file.name);
    const allowed = [layer, ...mayImport[layer] as readonly string[]];
    return importsOf(file).filter((target) => !allowed.includes(layerOf(target))).map((target) =>
      `src/${file.name} imports src/${target}`
    );
  });
}

describe("the source", () => {
  it("imports in one direction", () => {
    assert.deepEqual(violations(files), []);
    assert.ok(files.flatMap(importsOf).length > files.length, "no imports were found");
  });

  it("is told when an import goes back", () => {
    const back = { name: "zmq/back.ts", text: 'import { a } from "../cli/args.ts";\n' };
    assert.deepEqual(violations([back]), ["src/zmq/back.ts imports src/cli/args.ts"]);
  });

  it("reaches the command line from a lower file only where that is the program itself", () => {
    for (const { name, text } of files.filter(({ name }) => programs.includes(name))) {
      assert.match(text, /^if \(import\.meta\.main\) void import\("\.\/main\.ts"\)/m, name);
      assert.equal(text.match(/\bimport\(/g)?.length, 1, name);
    }
  });

  it("loads late only the commands", () => {
    const late = files.filter(({ name, text }) =>
      /\bimport\(/.test(text) && !programs.includes(name)
    );
    assert.deepEqual(late.map(({ name }) => name), ["cli/program.ts"]);
  });

  it("names each runtime in one file", () => {
    const words: Readonly<Record<string, RegExp>> = {
      "ffi/deno.ts": /\bDeno\.[a-zA-Z]|\{ Deno\?/,
      "ffi/bun.ts": /\bBun\.[a-zA-Z]|"bun:ffi"/,
    };
    for (const [home, word] of Object.entries(words)) {
      const naming = files.filter(({ text }) => word.test(text)).map(({ name }) => name);
      assert.deepEqual(naming, [home]);
    }
  });

  it("has no top-level await, which an executable's bytecode cannot hold", () => {
    const awaiting = files.filter(({ text }) => /^(await |const .* = await )/m.test(text));
    assert.deepEqual(awaiting.map(({ name }) => name), []);
  });

  it("does nothing when it is imported", async () => {
    for (const { name } of files) await import(new URL(`../../src/${name}`, import.meta.url).href);
  });

  it("has files of one noun, no longer than 400 lines", () => {
    const long = files.filter(({ text }) => text.split("\n").length > 400);
    assert.deepEqual(long.map(({ name }) => name), []);
  });
});

describe("the versions", () => {
  it("are the same in the source, in deno.json and in package.json", () => {
    const read = (name: string): string => fs.readFileSync(path.join(root, name), "utf8");
    const [, version] = /version = "([^"]+)"/.exec(read("src/version.ts")) ?? [];
    assert.equal(JSON.parse(read("deno.json")).version, version);
    assert.equal(JSON.parse(read("package.json")).version, version);
  });
});

describe("the tests", () => {
  it("run alone or all together: none is marked only", () => {
    const tests = fs.readdirSync(path.join(root, "tests"), { recursive: true, encoding: "utf8" });
    for (const name of tests.filter((test) => test.endsWith("_test.ts"))) {
      const text = fs.readFileSync(path.join(root, "tests", name), "utf8");
      assert.doesNotMatch(text, /\b(it|test|describe)\.only\(/, name);
      assert.doesNotMatch(text, /\bt\.skip\(/, name);
    }
  });
});
