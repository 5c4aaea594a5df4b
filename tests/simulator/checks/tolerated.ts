// Known differences between the core and docs/protocol.md, each until one of them is changed. A
// difference that is not listed here is a failure.

/** What is let pass. */
export const tolerated = {
  /** A HELLO that is refused, and plain frames, do not count as a sign of life. */
  refusedUnheard: true,
} as const;
