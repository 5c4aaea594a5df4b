// The units of examples/systemd, and what a machine must have to look at them.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { root, skipWithout } from "../support/programs.ts";

const folder = path.join(root, "examples/systemd");
const hasTool = spawnSync("systemd-analyze", ["--version"], { stdio: "ignore" }).status === 0;
const hasPackage = ["/usr/bin/apt-get", "/usr/bin/dnf"].some((tool) => fs.existsSync(tool));

/** A reason to skip what needs systemd-analyze. */
export const withoutSystemd: string | false = hasTool || hasPackage
  ? skipWithout("systemd-analyze", hasTool)
  : "there is no systemd for this system";

/** What ends the name of a test that needs systemd-analyze. */
export const systemdSuffix: string = hasTool || hasPackage ? "" : " (not on this system: systemd)";

/** Where a unit is. */
export function unitFile(name: string): string {
  return path.join(folder, name);
}

/** The text of a unit. */
export function unitText(name: string): string {
  return fs.readFileSync(unitFile(name), "utf8");
}

/** What a unit says of a setting. */
export function unitSetting(name: string, setting: string): string {
  const line = unitText(name).split("\n").find((one) => one.startsWith(`${setting}=`));
  if (line === undefined) throw new Error(`${name} does not say ${setting}`);
  return line.slice(setting.length + 1);
}
