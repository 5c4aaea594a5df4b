/**
 * Patterns over callsigns: `*`, `?`, `[a-z]`, `[!a-z]`; docs/protocol.md, section 5.
 *
 * @module
 */

/** One element of a pattern: a literal character, any one, any number, or one of a set. */
type Element =
  | { readonly kind: "one"; readonly character: string }
  | { readonly kind: "any" }
  | { readonly kind: "many" }
  | { readonly kind: "set"; readonly isNegated: boolean; readonly ranges: readonly Range[] };

/** Of code points: strings compare by halves of surrogate pairs, which stand in another order. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** Whether a text has a character that makes it a pattern. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/**
 * A test for whole callsigns.
 *
 * @param pattern such as `web-*`; a `[` that nothing closes stands for itself
 */
export function compileGlob(pattern: string): (callsign: string) => boolean {
  const elements = parse([...pattern]);
  return (callsign) => matches(elements, [...callsign]);
}

function parse(characters: readonly string[]): Element[] {
  const elements: Element[] = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    const end = character === "[" ? setEnd(characters, i) : -1;
    if (end > 0) {
      elements.push(parseSet(characters.slice(i + 1, end)));
      i = end;
    } else if (character === "?") elements.push({ kind: "any" });
    else if (character !== "*") elements.push({ kind: "one", character });
    else if (elements.at(-1)?.kind !== "many") elements.push({ kind: "many" });
  }
  return elements;
}

/** Where the set that begins at `start` is closed; a `]` that comes first in it is one of it. */
function setEnd(characters: readonly string[], start: number): number {
  const first = characters[start + 1] === "!" ? start + 2 : start + 1;
  return characters.indexOf("]", first + 1);
}

function parseSet(characters: readonly string[]): Element {
  const isNegated = characters[0] === "!";
  const members = isNegated ? characters.slice(1) : characters;
  const ranges: Range[] = [];
  for (let i = 0; i < members.length; i++) {
    const from = codePoint(members[i] as string);
    const isRange = members[i + 1] === "-" && i + 2 < members.length;
    ranges.push({ from, to: isRange ? codePoint(members[i + 2] as string) : from });
    if (isRange) i += 2;
  }
  return { kind: "set", isNegated, ranges };
}

/** Goes back to the last `*` alone when it fails: linear in practice, never exponential. */
function matches(elements: readonly Element[], characters: readonly string[]): boolean {
  let e = 0;
  let c = 0;
  let starElement = -1;
  let starCharacter = 0;
  while (c < characters.length) {
    const element = elements[e];
    if (element?.kind === "many") {
      starElement = e++;
      starCharacter = c;
    } else if (element !== undefined && matchesOne(element, characters[c] as string)) {
      e++;
      c++;
    } else if (starElement >= 0) {
      e = starElement + 1;
      c = ++starCharacter;
    } else {
      return false;
    }
  }
  while (elements[e]?.kind === "many") e++;
  return e === elements.length;
}

function matchesOne(element: Element, character: string): boolean {
  if (element.kind === "one") return element.character === character;
  if (element.kind !== "set") return element.kind === "any";
  const point = codePoint(character);
  return element.ranges.some(({ from, to }) => from <= point && point <= to) !== element.isNegated;
}

function codePoint(character: string): number {
  return character.codePointAt(0) as number;
}
