import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LoadError, loadLibrary, usualPlaces } from "../../src/ffi/load.ts";
import { type Bound, type NativeRuntime, type OffThread, OpenError } from "../../src/ffi/native.ts";
import { currentRuntime } from "../../src/ffi/runtime.ts";
import type { NativeTable } from "../../src/ffi/symbols.ts";

/** A runtime on which every library is missing, refused or of some version, as `answer` says. */
function fakeRuntime(answer: (path: string) => OpenError | readonly number[]): NativeRuntime {
  return {
    ...currentRuntime(),
    name: "deno",
    open<T extends NativeTable>(path: string): Bound<T> {
      const version = answer(path);
      if (version instanceof OpenError) throw version;
      const zmq_version = (...parts: Int32Array[]): void =>
        parts.forEach((part, i) => part[0] = version[i] as number);
      return { zmq_version } as unknown as Bound<T>;
    },
    offThread: () => ({} as OffThread),
  };
}

const missing = (): OpenError => new OpenError("missing", "no such file");

function loadFailure(options: Parameters<typeof loadLibrary>[0]): LoadError {
  try {
    loadLibrary(options);
  } catch (error) {
    assert.ok(error instanceof LoadError, `${error}`);
    return error;
  }
  throw new Error("libzmq was loaded");
}

describe("loadLibrary", () => {
  it("finds the system's libzmq, of a version it accepts", (t) => {
    const { version, path, runtime } = loadLibrary();
    t.diagnostic(`${runtime}, libzmq ${version.join(".")} from ${path}`);
    assert.ok(version[0] === 4 && version[1] >= 3);
  });

  for (const platform of ["linux", "darwin", "win32"]) {
    it(`names every place it tried on ${platform} and how to install libzmq`, () => {
      const { failure, message } = loadFailure({ platform, runtime: fakeRuntime(missing) });
      assert.equal(failure, "missing");
      for (const place of usualPlaces(platform)) {
        assert.ok(message.includes(`  ${place}: no such file`), message);
      }
      assert.match(
        message,
        /\nInstall it with ".* (libzmq5|zeromq)".*CALLSIGN_LIBZMQ to its path$/,
      );
    });
  }

  it("tries the places in order and takes the first that opens", () => {
    const tried: string[] = [];
    const runtime = fakeRuntime((path) => {
      tried.push(path);
      return path === "/usr/local/lib/libzmq.5.dylib" ? [4, 3, 5] : missing();
    });
    const library = loadLibrary({ platform: "darwin", runtime });
    assert.equal(library.path, "/usr/local/lib/libzmq.5.dylib");
    assert.deepEqual(library.version, [4, 3, 5]);
    assert.deepEqual(tried.slice(0, 3), usualPlaces("darwin").slice(0, 3));
  });

  it("looks at no other place than the one named", () => {
    const tried: string[] = [];
    const runtime = fakeRuntime((path) => {
      tried.push(path);
      return missing();
    });
    const { message } = loadFailure({ path: "/there/libzmq.so", runtime });
    assert.deepEqual(tried, ["/there/libzmq.so"]);
    assert.match(message, /unset it to search the usual places/);
  });

  for (const version of [[4, 3, 2], [4, 2, 9], [3, 9, 9], [0, 0, 0]]) {
    it(`refuses ${version.join(".")} and names both versions`, () => {
      const { failure, message } = loadFailure({
        path: "x.so",
        runtime: fakeRuntime(() => version),
      });
      assert.equal(failure, "too-old");
      assert.ok(message.includes(`libzmq ${version.join(".")} from "x.so"`), message);
      assert.ok(message.includes("versions before 4.3.3 have known remote holes"), message);
    });
  }

  for (const version of [[4, 3, 3], [4, 3, 5], [4, 4, 0], [5, 0, 0]]) {
    it(`accepts ${version.join(".")}`, () => {
      const library = loadLibrary({ path: "x.so", runtime: fakeRuntime(() => version) });
      assert.deepEqual(library.version, version);
    });
  }

  it("says which permission Deno lacks", () => {
    const runtime = fakeRuntime(() => new OpenError("denied", "Requires ffi access"));
    const { failure, message } = loadFailure({ runtime });
    assert.equal(failure, "denied");
    assert.match(message, /started without --allow-ffi; run it again with --allow-ffi$/);
  });

  it("tells a file that is no libzmq from one that is missing", () => {
    const notZmq = loadFailure({ path: "libc.so.6" });
    assert.equal(notZmq.failure, "unusable");
    assert.match(notZmq.message, /^Cannot load "libc.so.6" as libzmq: .*zmq_version/);
    const folder = loadFailure({ path: "/" });
    assert.equal(folder.failure, "unusable");
    assert.equal(loadFailure({ path: "/nowhere/libzmq.so" }).failure, "missing");
  });
});
