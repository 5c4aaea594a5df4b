/**
 * Many lines under way at once, printed in order or as they come.
 *
 * @module
 */

/** Lets so many lines be under way, those that wait to be printed in their turn among them. */
export class ExchangeWindow {
  readonly #isOrdered: boolean;
  #room: number;
  #whenRoom: (() => void) | undefined;
  #printed: Promise<void> = Promise.resolve();
  readonly #open = new Set<Promise<void>>();

  constructor(size: number, isOrdered: boolean) {
    this.#room = size;
    this.#isOrdered = isOrdered;
  }

  /** Waits until there is room for one more. One caller at a time. */
  async room(): Promise<void> {
    if (this.#room === 0) await new Promise<void>((resolve) => this.#whenRoom = resolve);
  }

  /**
   * Adds one.
   *
   * @param ending how it ends, never rejected
   * @param print called with that, in its turn
   */
  add<T>(ending: Promise<T>, print: (ending: T) => Promise<void>): void {
    this.#room--;
    const before = this.#isOrdered ? this.#printed : Promise.resolve();
    const printed = before.then(() => ending).then(print).finally(() => {
      this.#open.delete(printed);
      this.#room++;
      this.#whenRoom?.();
      this.#whenRoom = undefined;
    });
    this.#open.add(printed);
    this.#printed = printed;
  }

  /** Waits until all have been printed. */
  async finish(): Promise<void> {
    await Promise.all(this.#open);
  }
}
