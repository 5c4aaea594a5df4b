/** What the figures were taken on. */

import { readFileSync } from "node:fs";
import { cpus, platform, release, totalmem } from "node:os";

export interface Machine {
  cpu: string;
  cores: number;
  memoryGibibytes: number;
  kernel: string;
  system: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    kernel: `${platform()} ${release()}`,
    system: systemName(),
  };
}

/** Two lines that tell of the machine and of what runs on it. */
export function machineLines(machine: Machine, versions: Record<string, string>): string {
  const { cpu, cores, memoryGibibytes, system, kernel } = machine;
  const software = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${cpu}, ${cores} cores, ${memoryGibibytes} GiB, ${system}, ${kernel}\n${
    software.join(" · ")
  }\n`;
}

function systemName(): string {
  try {
    const release = readFileSync("/etc/os-release", "utf8");
    return /^PRETTY_NAME="?(.*?)"?$/m.exec(release)?.[1] ?? "unknown";
  } catch {
    return "unknown";
  }
}
