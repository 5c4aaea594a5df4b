/**
 * The version, the same as in `deno.json` and `package.json`; a test compares them.
 *
 * @module
 */

/** The version of callsign. */
export const version = "0.1.0";
