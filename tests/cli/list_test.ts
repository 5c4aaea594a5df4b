// `callsign list` in a shell: a table for people, tabs for cut and awk, JSON for jq.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Client } from "../../src/client.ts";
import { libraryForTests } from "../support/library.ts";
import { refusingEndpoint } from "../support/ports.ts";
import { jsonLines, prints } from "../support/prints.ts";
import { ScriptedBroker } from "../support/scripted_broker.ts";
import { type Shell, shellForms, withShell } from "../support/shell.ts";
import { runOnTerminal } from "../support/terminal.ts";

const timeout = 60_000;
const library = libraryForTests();

/** A peer in this process that says what it likes of what it runs. */
async function peerOf(shell: Shell, name: string, agent: string): Promise<Client> {
  const client = new Client({ name, agent, connect: [shell.endpoint], library });
  await client.stats();
  return client;
}

/** Lines whose ages, which nobody can know, are 0s, and whose agents of our own are `callsign`. */
function withoutChance(text: string): string[] {
  return text.split("\n").map((line) =>
    line.replace(/\b\d+s\b/, "0s").replace(/callsign\/\S+ \w+ pid \d+/, "callsign")
  );
}

for (const form of shellForms) {
  describe(`callsign list on ${form.label}`, () => {
    it("prints nothing when nobody is there, itself not counted", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await prints(shell, "callsign list", {});
        await prints(shell, "callsign list --json", {});
        await prints(shell, "callsign list nobody", {});
        await prints(shell, "callsign list 'x*'", {});
        await prints(shell, "callsign list @web", {});
        const { stdout } = await runOnTerminal(shell, "callsign list");
        assert.equal(stdout, "NAME  ROLE  GROUPS  ADDRESS  AGE  BUSY  QUEUED  AGENT");
      });
    });

    it("prints an aligned table on a terminal, by the cells that characters take", {
      timeout,
    }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-3 -g web -g front -j 4 --echo");
        await shell.worker("東京-1 -g グループ --echo");
        await shell.worker("cafe\u0301 --echo");
        await using _one = await peerOf(shell, "ops", "見張り 👀\u200d\x1b[2J");
        await using _two = await peerOf(shell, "zoo-🐘", "x");
        const { stdout, status } = await runOnTerminal(shell, "callsign list");
        assert.equal(status, 0);
        // Each column stands under its heading where wide characters take two cells, and marks none.
        assert.deepEqual(withoutChance(stdout), [
          "NAME    ROLE    GROUPS     ADDRESS    AGE  BUSY  QUEUED  AGENT",
          "cafe\u0301    worker  -          127.0.0.1  0s   0/1   0       callsign",
          "ops     client  -          127.0.0.1  0s   -     0       見張り 👀\\u{200d}\\x1b[2J",
          "web-3   worker  web,front  127.0.0.1  0s   0/4   0       callsign",
          "zoo-🐘  client  -          127.0.0.1  0s   -     0       x",
          "東京-1  worker  グループ   127.0.0.1  0s   0/1   0       callsign",
        ]);
      });
    });

    it("prints the same columns with tabs between when it is piped", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-3 -g web --echo");
        await shell.worker("東京 --echo");
        const { stdout } = await prints(shell, "callsign list", { stdout: /\t/ });
        assert.deepEqual(withoutChance(stdout).map((line) => line.split("\t")), [
          ["web-3", "worker", "web", "127.0.0.1", "0s", "0/1", "0", "callsign"],
          ["東京", "worker", "-", "127.0.0.1", "0s", "0/1", "0", "callsign"],
        ]);
        await prints(shell, "callsign list | cut -f 1,3", { stdout: "web-3\tweb\n東京\t-" });
        await prints(shell, "callsign list >out; cut -f 2 out", { stdout: "worker\nworker" });
      });
    });

    it("prints one object a line with --json", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-3 -g web -g front -j 4 --echo");
        await using _client = await peerOf(shell, "ops", "a \x1b[2J\n");
        const outcome = await prints(shell, "callsign list --json", {
          stdout: /^[\x20-\x7e]+\n[\x20-\x7e]+$/,
        });
        const known = jsonLines(outcome).map(({ since, silentMs, agent, ...rest }) => {
          assert.ok(Math.abs((since as number) - Date.now()) < 60_000);
          assert.equal(typeof silentMs, "number");
          return { ...rest, agent: (agent as string).replace(/^callsign\/.*/, "callsign") };
        });
        const common = { dialect: "callsign/1", inFlight: 0, queued: 0, address: "127.0.0.1" };
        assert.deepEqual(known, [
          { ...common, name: "ops", role: "client", groups: [], capacity: 0, agent: "a \x1b[2J\n" },
          {
            ...common,
            name: "web-3",
            role: "worker",
            groups: ["web", "front"],
            capacity: 4,
            agent: "callsign",
          },
        ]);
        // As on a terminal.
        const { stdout } = await runOnTerminal(shell, "callsign list --json");
        assert.equal(stdout.split("\n").length, 2);
      });
    });

    it("tells for how long each is there, in the largest unit", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await using broker = new ScriptedBroker(library);
        const listing = shell.run(`callsign list -c ${broker.endpoint} | cut -f 1,4,5,8`);
        const { identity, id } = await broker.hears("list");
        const seconds = [-5, 59, 60, 3599, 3600, 86_399, 86_400, 1e8];
        const common = { role: "client", groups: [], capacity: 0, inFlight: 0, queued: 0 };
        const peers = seconds.map((age, i) => {
          const since = Date.now() - 1000 * age;
          return { ...common, name: `peer-${i}`, address: "", agent: "", since, silentMs: 0 };
        });
        broker.say(identity, "roster", { id, frames: [peers] });
        const ages = ["0s", "59s", "1m", "59m", "1h", "23h", "1d", "1157d"];
        assert.deepEqual(
          (await listing).stdout.split("\n"),
          ages.map((age, i) => `peer-${i}\t-\t${age}\t-`),
        );
      });
    });

    it("shows what a worker is busy with, and a plain peer", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("slow -j 2 -- sh -c 'touch begun; sleep 100'");
        const plain = shell.start("exec callsign worker WORKER_A");
        await plain.line(/^Received reply: ACK/);
        const asker = shell.start("exec callsign request slow x --as asker");
        await prints(shell, "until test -e begun; do :; done; callsign list | cut -f 1,2,6", {
          stdout: "WORKER_A\tplain\t-\nasker\tclient\t-\nslow\tworker\t1/2",
        });
        await asker.end();
      });
    });

    it("lists who a name, a pattern or a group means", { timeout }, async () => {
      await withShell(form, async (shell) => {
        await shell.worker("web-1 -g web --echo");
        await shell.worker("web-2 --echo");
        await shell.worker("db-1 -g web --echo");
        const cases: Readonly<Record<string, string>> = {
          "": "db-1\nweb-1\nweb-2",
          "web-1": "web-1",
          "'web-*'": "web-1\nweb-2",
          "'*-[!2]'": "db-1\nweb-1",
          "'web-?'": "web-1\nweb-2",
          "@web": "db-1\nweb-1",
          "-- web-2": "web-2",
          "nobody": "",
        };
        for (const [words, stdout] of Object.entries(cases)) {
          await prints(shell, `callsign list ${words} | cut -f 1`, { stdout });
        }
      });
    });

    it("ends with 69 when there is no broker, and prints nothing", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const endpoint = await refusingEndpoint();
        await prints(shell, `callsign list --connect ${endpoint}`, {
          stderr: `callsign: Cannot reach a broker: No broker at ${endpoint}; start one with ` +
            "callsign broker, or say where it is with --connect",
          status: 69,
        });
      });
    });

    it("ends with 69 when the broker is there but says nothing in time", { timeout }, async () => {
      await withShell(form, async (shell) => {
        shell.broker.signal("SIGSTOP");
        await prints(shell, "callsign list --timeout 300ms", {
          stderr: `callsign: Cannot list "*": no broker at ${shell.endpoint} within 300 ms`,
          status: 69,
        });
        shell.broker.signal("SIGCONT");
      });
    });

    it("refuses what cannot be meant, with 64", { timeout }, async () => {
      await withShell(form, async (shell) => {
        const wrong: Readonly<Record<string, string>> = {
          "a b": 'Unexpected argument "b": callsign list takes [PATTERN]',
          "''": 'Cannot use "" as a peer: it has 0 bytes; give a name, a pattern or @GROUP of 1 ' +
            "to 255",
          "--as x": 'Unknown flag "--as"; see callsign list --help',
          "--timeout 0": "Cannot use 0s for --timeout: give a time above 0 and up to 24h",
          "--json=perhaps": 'Cannot use "perhaps" for --json: give 1 or 0',
          "-c": "Missing value for --connect: give it as --connect ENDPOINT or -c ENDPOINT",
        };
        for (const [words, text] of Object.entries(wrong)) {
          const wanted = { stderr: `callsign: ${text}`, status: 64 };
          await prints(shell, `callsign list ${words}`, wanted);
        }
      });
    });
  });
}
