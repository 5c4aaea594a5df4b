// A promise that was not kept.

/** Thrown where it is seen; {@linkcode Violation.rule} is one of a few short names. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly rule: Rule;

  constructor(rule: Rule, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}

/** What is checked, by the invariant it belongs to. */
export type Rule =
  | "one end"
  | "right receiver"
  | "order"
  | "bounds"
  | "answer"
  | "parcels"
  | "counts"
  | "one holder"
  | "presence"
  | "lock-out"
  | "progress"
  | "throws";

/** Asserts one of the rules. The text is made only when it is needed. */
export function must(isKept: boolean, rule: Rule, text: () => string): asserts isKept {
  if (!isKept) throw new Violation(rule, text());
}
