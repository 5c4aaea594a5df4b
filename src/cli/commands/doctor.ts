/**
 * `callsign doctor`.
 *
 * @module
 */

import type { NativeLibrary } from "../../ffi/native.ts";
import { sessionIdentity } from "../../protocol/identity.ts";
import {
  defaultConnect,
  doctorStepMs,
  lingerMs,
  messageLimitMsMax,
} from "../../protocol/limits.ts";
import type { Arguments } from "../args.ts";
import { commands } from "../commands.ts";
import { connect } from "../doctor/connection.ts";
import { Examination, type ExaminationOptions } from "../doctor/examination.ts";
import { checkMechanism, greet } from "../doctor/greeting.ts";
import { findLibrary } from "../doctor/library.ts";
import { findPlace, type Place } from "../doctor/place.ts";
import { type Result, resultText } from "../doctor/report.ts";
import { checkRuntime } from "../doctor/runtime.ts";
import { BrokerSession } from "../doctor/session.ts";
import { exitStatus } from "../exit.ts";
import { durationText } from "../flag.ts";
import { someOperands } from "../operands.ts";
import { print } from "../print.ts";
import { isColourful, logOptions, type Surroundings } from "../surroundings.ts";
import { UsageError } from "../usage.ts";

/** What the steps to a broker need to know. */
interface Way {
  readonly endpoint: string;
  readonly library: NativeLibrary;
  readonly name: string | undefined;
  readonly timeoutMs: number;
  readonly onTrouble: (text: string) => void;
}

/** Takes the steps to each broker. Returns the number of the first that has failed. */
export async function runDoctor(args: Arguments, surroundings: Surroundings): Promise<number> {
  someOperands(commands.doctor, args, 0, 0);
  const timeoutMs = stepLimit(args);
  const name = args.text("as");
  // A name that cannot be is no fault of the broker's.
  if (name !== undefined) sessionIdentity(name, "");
  const options: ExaminationOptions = {
    timeoutMs,
    stop: stopSignal(surroundings),
    onResult: printer(args, surroundings),
  };

  let library: NativeLibrary | undefined;
  let failed = await new Examination(options).failedStep(async (examination) => {
    const found = await examination.step("libzmq", () => findLibrary());
    await examination.step("runtime", (signal) => checkRuntime(found, timeoutMs, signal));
    library = found;
  });
  if (library === undefined) return failed;
  const onTrouble = (text: string): void => surroundings.log.detail(text);
  for (const endpoint of new Set(args.list("connect") ?? [defaultConnect])) {
    const way = { endpoint, library, name, timeoutMs, onTrouble };
    const step = await new Examination(options, endpoint).failedStep((one) => walk(one, way));
    if (failed === 0) failed = step;
  }
  return failed;
}

async function walk(examination: Examination, way: Way): Promise<void> {
  const { endpoint, timeoutMs } = way;
  const place = await examination.step(
    "endpoint",
    (signal) => findPlace(endpoint, timeoutMs, signal),
  );
  const isZeroMq = await greets(examination, place, timeoutMs);
  const session = new BrokerSession({
    ...way,
    isZeroMq,
    lingerMs: Math.min(lingerMs, timeoutMs),
  });
  try {
    await examination.step("name", (signal) => session.join(way.name, signal));
    await examination.step("heartbeat", (signal) => session.beat(signal));
  } finally {
    await session.close();
  }
}

/** The steps without libzmq; false when these could not be tried. */
async function greets(
  examination: Examination,
  place: Place,
  timeoutMs: number,
): Promise<boolean> {
  const connection = await examination.step(
    "connection",
    (signal) => connect(place, timeoutMs, signal),
  );
  if (connection === undefined) return false;
  try {
    const greeting = await examination.step(
      "greeting",
      (signal) => greet(connection, timeoutMs, signal),
    );
    await examination.step("mechanism", () => checkMechanism(greeting));
    return true;
  } finally {
    connection.close();
  }
}

function stepLimit(args: Arguments): number {
  const limitMs = args.number("step-timeout") ?? doctorStepMs;
  if (limitMs > 0 && limitMs <= messageLimitMsMax) return limitMs;
  throw new UsageError(
    `Cannot use ${durationText(limitMs)} for --timeout: give a time above 0 and up to 24h`,
  );
}

/** Aborted when somebody asks the program to end. */
function stopSignal({ stop }: Surroundings): AbortSignal {
  const abortion = new AbortController();
  stop.whenAsked(() => abortion.abort(new Error("The program was asked to end")));
  return abortion.signal;
}

/** Prints without the library's help, which may be missing. */
function printer(args: Arguments, { stop }: Surroundings): (result: Result) => void {
  const options = { isJson: args.switch("json"), isColoured: isColourful(1) };
  return (result) => {
    const status = print(resultText(result, options), logOptions(args));
    if (status !== exitStatus.done) stop.stop(status);
  };
}
