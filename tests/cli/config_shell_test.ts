// The config file in a shell: where it is found, what comes before it, and what is said of a bad one;
// and how much is said at all.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import { jsonLines, prints } from "../support/prints.ts";
import { shellForms, withShell } from "../support/shell.ts";

const timeout = 60_000;

/** As root, a command that runs another without root's power over files. */
const powers = "-dac_override,-dac_read_search";
const isRoot = process.getuid?.() === 0;
const powerless = isRoot ? ["setpriv", `--bounding-set=${powers}`, `--inh-caps=${powers}`] : [];
const keepsPowers = isRoot && spawnSync("setpriv", [...powerless.slice(1), "true"]).status !== 0;
const whyNotDenied = keepsPowers ? " (not on this system: root keeps its powers)" : "";

/** Runs what follows as users do: the tests themselves are not to see their config files. */
const usually = "unset CALLSIGN_CONFIG XDG_CONFIG_HOME; ";

const kicked = 'callsign: Nobody is online as "nobody"';

for (const form of shellForms) {
  describe(`A config file on ${form.label}`, () => {
    it("is in ~/.config, or where XDG_CONFIG_HOME says", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("who -- sh -c 'echo $CALLSIGN_FROM'");
        shell.file(".config/callsign/config", "# At home.\n\nas = home\n");
        shell.file("xdg/callsign/config", "as = xdg\n");
        const ask = "callsign request who x";
        await prints(shell, usually + ask, { stdout: "home" });
        await prints(shell, `${usually}export XDG_CONFIG_HOME=$PWD/xdg; ${ask}`, { stdout: "xdg" });
        await prints(shell, `${usually}export XDG_CONFIG_HOME=; ${ask}`, { stdout: "home" });
        const none = `${usually}export XDG_CONFIG_HOME=$PWD/none; ${ask}`;
        await prints(shell, none, { stdout: /^client-\w{8}$/ });
        await prints(shell, `${usually}unset HOME; ${ask}`, { stdout: /^client-\w{8}$/ });
      });
    });

    it("comes after the variables, and they after the command line", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("who -- sh -c 'echo $CALLSIGN_FROM'");
        shell.file("own", "as = file\n");
        shell.file("other", "as = other\n");
        const asked = (words: string, environment: Record<string, string>, stdout: string) =>
          prints(shell, `callsign request who x ${words}`, { stdout }, environment);
        const file = { CALLSIGN_CONFIG: "own" };
        const both = { ...file, CALLSIGN_AS: "variable" };
        await asked("", file, "file");
        await asked("", both, "variable");
        await asked("--as flag", both, "flag");
        await asked("", { ...file, CALLSIGN_AS: "" }, "file");
        await asked("--config other", file, "other");
        await asked("--config other", both, "variable");
      });
    });

    it("may name several places and switches, for all commands", { timeout }, async () => {
      await withShell(form, async (shell) => {
        shell.file(
          "own",
          `connect = ipc://nobody.sock\nconnect = ${shell.endpoint}\nquiet = on\njson = 1\n` +
            "group = web\ngroup = front back\necho = yes\nhandler-lines = 0\nlines = no\n",
        );
        const own = { CALLSIGN_CONNECT: "", CALLSIGN_CONFIG: "own" };
        const worker = shell.start("exec callsign worker web-1", own);
        await prints(shell, "callsign wait web-1", {}, own);
        const [peer] = jsonLines(await prints(shell, "callsign list", { stdout: /./ }, own));
        assert.deepEqual([peer?.name, peer?.groups], ["web-1", ["web", "front", "back"]]);
        await prints(shell, "callsign request web-1 a --json=false", { stdout: "a" }, own);
        assert.deepEqual([worker.lines, worker.errors], [[], []]);
      });
    });

    it("is refused with 64 when it is given and cannot be read", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const refused = async (words: string, text: string, environment = {}): Promise<void> => {
          const wanted = { stderr: `callsign: Cannot read ${text}`, status: 64 };
          await prints(shell, `callsign list ${words}`, wanted, environment);
        };
        await refused("--config none", 'the config file "none": ENOENT');
        await refused("", 'the config file "none": ENOENT', { CALLSIGN_CONFIG: "none" });
        await refused("--config /", 'the config file "/": EISDIR');
        shell.file("bad", "# Of ours\ntimeout 10s\n");
        await refused("--config bad", "bad, line 2: write NAME = VALUE, such as timeout = 10s");
        await prints(shell, "callsign list --config=", {
          stderr: "callsign: Missing value for --config: give it as --config FILE",
          status: 64,
        });
        await prints(shell, "callsign list --config /dev/null", {});
        await prints(shell, "callsign list --config <(echo json = 1)", {});
      });
    });

    it(`is refused when it is given and may not be read${whyNotDenied}`, {
      timeout,
      skip: keepsPowers,
    }, async () => {
      await withShell(form, async (shell) => {
        shell.file(".config/callsign/config", "nonsense\n");
        const script = `chmod 0 .config/callsign/config; ${powerless.join(" ")} callsign list`;
        await prints(shell, `${script} --config .config/callsign/config`, {
          stderr: 'callsign: Cannot read the config file ".config/callsign/config": EACCES',
          status: 64,
        });
        // The usual one of somebody else is nobody's business.
        await prints(shell, usually + script, {});
      });
    });

    it("is refused with 64 for what it says, by its line", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const said: Readonly<Record<string, string>> = {
          "tiemout = 1s": 'Unknown setting "tiemout" in own, line 2; write a flag\'s variable ' +
            "without CALLSIGN_, in lower case and with dashes, such as max-output",
          "config = x": 'Unknown setting "config" in own, line 2; write a flag\'s variable ' +
            "without CALLSIGN_, in lower case and with dashes, such as max-output",
          "json = perhaps": 'Cannot use "perhaps" for json in own, line 2: give 1 or 0',
          "timeout = soon": 'Cannot use "soon" for timeout in own, line 2: give a time such as ' +
            "500ms, 10s or 2m, at most 24d",
          "verbose = 9": 'Cannot use "9" for verbose in own, line 2: give 0, 1 or 2',
          "connect = x": 'Cannot connect "x": it has no transport; write it as tcp://HOST:PORT ' +
            "or ipc://PATH",
        };
        for (const [line, text] of Object.entries(said)) {
          shell.file("own", `\n${line}\n`);
          const wanted = { stderr: `callsign: ${text}`, status: 64 };
          await prints(shell, "unset CALLSIGN_CONNECT; callsign list --config own", wanted);
        }
        // Who asks for help gets it all the same.
        shell.file("own", "nonsense\n");
        await prints(shell, "callsign list --config own --help | head -n 1", {
          stdout: /^Usage: callsign list /,
        });
      });
    });
  });

  describe(`What is said on stderr on ${form.label}`, () => {
    it("is less with -q, more with -v, and most with -vv", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        const script = `callsign send web-1 x --receipt -c ipc://no.sock -c ${shell.endpoint} ` +
          "--as ops; callsign kick nobody";
        const [note, detail, debug] = [
          "callsign: No broker at ipc://no.sock",
          "callsign: Confirmed by 1 of 1 (web-1)",
          `callsign: Asking as ops at ipc://no.sock, ${shell.endpoint}`,
        ];
        const said = async (level: string, lines: readonly string[]): Promise<void> => {
          const environment = { CALLSIGN_VERBOSE: level };
          const { stderr } = await shell.run(script, environment);
          const others = stderr.split("\n").filter((line) => !line.includes("client-"));
          assert.deepEqual(others, [...lines, kicked]);
        };
        await said("0", [note]);
        await said("1", [note, detail]);
        await said("2", [debug, note, detail]);
        const words: Readonly<Record<string, readonly string[]>> = {
          "-q": [],
          "-qvv": [],
          "": [note],
          "-v": [note, detail],
          "-vv": [debug, note, detail],
          "-v -v": [debug, note, detail],
          "--verbose --verbose": [debug, note, detail],
        };
        for (const [flags, lines] of Object.entries(words)) {
          const { stderr } = await shell.run(script.replace(";", ` ${flags}; `));
          assert.deepEqual(stderr.split("\n"), [...lines, kicked], flags);
        }
      });
    });

    it("is JSON with --log-json, and no results are among it", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 --echo");
        const script =
          `callsign request web-1 hello --log-json -c ipc://no.sock -c ${shell.endpoint}`;
        const { stdout, stderr, status } = await shell.run(script);
        assert.deepEqual([stdout, status], ["hello", 0]);
        const { time, ...rest } = JSON.parse(stderr);
        assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time);
        const text = "No broker at ipc://no.sock";
        assert.deepEqual(rest, { level: "note", text });
        const failed = await shell.run("callsign kick nobody --log-json -q");
        const { level, text: why } = JSON.parse(failed.stderr);
        assert.deepEqual([level, why], ["error", 'Nobody is online as "nobody"']);
        // What was read wrongly is told before that is known.
        await prints(shell, "callsign kick --log-json", {
          stderr:
            /^\{"time":"[^"]+","level":"error","text":"Missing PEER; see callsign kick --help"\}$/,
          status: 64,
        });
        await prints(shell, "callsign kick --nope --log-json", {
          stderr: 'callsign: Unknown flag "--nope"; see callsign kick --help',
          status: 64,
        });
      });
    });
  });
}
