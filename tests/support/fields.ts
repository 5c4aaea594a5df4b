// Looking at some of the fields of a value.

import assert from "node:assert/strict";

/** Fails unless the value has these fields, among others. */
export function hasFields(value: unknown, wanted: Readonly<Record<string, unknown>>): true {
  assert.ok(value instanceof Object, `not an object: ${value}`);
  const actual = Object.keys(wanted).map((key) => [key, Reflect.get(value, key)]);
  assert.deepEqual(Object.fromEntries(actual), wanted);
  return true;
}
