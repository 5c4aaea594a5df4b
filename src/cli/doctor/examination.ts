/**
 * One step after the other: each has its time, and is told of.
 *
 * @module
 */

import type { Result } from "./report.ts";
import { type Finding, StepFailure, type StepName, stepNumber, StepTimeout } from "./step.ts";

/** What an examination needs to know. */
export interface ExaminationOptions {
  /** How long each step may take, in ms. */
  readonly timeoutMs: number;
  /** Ends it, with its reason. */
  readonly stop: AbortSignal;
  /** Told what came of each step. */
  readonly onResult: (result: Result) => void;
}

/** Takes steps until one fails. */
export class Examination {
  readonly #options: ExaminationOptions;
  readonly #endpoint: string | undefined;
  #failed = 0;

  /** @param endpoint the broker it is about; undefined when it is about none */
  constructor(options: ExaminationOptions, endpoint?: string) {
    this.#options = options;
    this.#endpoint = endpoint;
  }

  /**
   * Takes a step.
   *
   * @param work rejects with {@linkcode StepFailure} when it fails, and no later than its signal
   * @returns what later steps need
   * @throws {StepFailure} when it has failed, which is told of already
   */
  async step<T>(
    step: StepName,
    work: (signal: AbortSignal) => Finding<T> | Promise<Finding<T>>,
  ): Promise<T> {
    const { timeoutMs, stop } = this.#options;
    const time = new AbortController();
    const timer = setTimeout(() => time.abort(new StepTimeout()), timeoutMs);
    try {
      const { detail, advice, value } = await work(AbortSignal.any([stop, time.signal]));
      stop.throwIfAborted();
      this.#tell(step, advice === undefined ? "ok" : "warning", detail, advice);
      return value;
    } catch (error) {
      stop.throwIfAborted();
      if (error instanceof StepFailure) {
        this.#failed = stepNumber(step);
        this.#tell(step, "failed", error.message, error.advice);
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Takes the steps that `walk` does.
   *
   * @returns the number of the one that failed; 0 when none did
   */
  async failedStep(walk: (examination: Examination) => Promise<void>): Promise<number> {
    try {
      await walk(this);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
    }
    return this.#failed;
  }

  #tell(
    step: StepName,
    outcome: Result["outcome"],
    detail: string,
    advice: string | undefined,
  ): void {
    const { stop, onResult } = this.#options;
    onResult({ step, endpoint: this.#endpoint, outcome, detail, advice });
    // When nobody reads it, that is the end of it.
    stop.throwIfAborted();
  }
}
