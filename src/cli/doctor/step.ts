/**
 * The steps of the doctor, and what comes of one.
 *
 * @module
 */

/** The steps, in order. The number of the one that fails is the exit status. */
export const stepNames = [
  "libzmq",
  "runtime",
  "endpoint",
  "connection",
  "greeting",
  "mechanism",
  "name",
  "heartbeat",
] as const;

/** The name of a step. */
export type StepName = typeof stepNames[number];

/** From 1. */
export function stepNumber(name: StepName): number {
  return stepNames.indexOf(name) + 1;
}

/** What a step that has not failed found, and what the next ones need of it. */
export interface Finding<T = undefined> {
  /** Of what was found, lower case first unless it is somebody else's sentence. */
  readonly detail: string;
  /** What to do about it, a sentence; with one, the step has found something to warn of. */
  readonly advice?: string | undefined;
  readonly value: T;
}

/** A step that has failed; the message is what was found. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  /** What to do about it, a sentence. */
  readonly advice: string;

  constructor(detail: string, advice: string) {
    super(detail);
    this.advice = advice;
  }
}

/**
 * An error of ours as a failure. What ours say to do is their last line, or stands behind their last
 * semicolon.
 *
 * @param advice what to do where the error does not say
 */
export function failureOf({ message }: Error, advice: string): StepFailure {
  // What is quoted may have a semicolon of its own.
  const [, detail = message, own = advice] = /^(.*)\n(.*)$/s.exec(message) ??
    /^(.*); ([^"]*)$/s.exec(message) ?? [];
  return new StepFailure(detail, own.charAt(0).toUpperCase() + own.slice(1));
}

/** The time of a step is over; steps make a failure of it. */
export class StepTimeout extends Error {
  override readonly name = "StepTimeout";
}

/** As a promise, but rejects with the signal's reason once that is aborted. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    const done = (): void => signal.removeEventListener("abort", onAbort);
    promise.then(resolve, reject).finally(done);
  });
}
