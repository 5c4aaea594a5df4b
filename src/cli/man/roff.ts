/**
 * The pieces of a man page, in man(7).
 *
 * @module
 */

const special: Readonly<Record<string, string>> = {
  "\\": "\\(rs",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** A text in which nothing means anything to roff, and every sign stays the one it is. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[\\'"`^~-]/g, (sign) => special[sign] as string)
    .replaceAll(/[^\n -~]/gu, (sign) => `\\[u${code(sign)}]`)
    .replaceAll(/^\./gm, "\\&.");
}

function code(sign: string): string {
  return (sign.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
}

/** What is to be typed as it stands. */
export function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

/** What stands for something else. */
export function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** A usage, in which words in capitals stand for something else. */
export function usage(text: string): string {
  return text.split(/([A-Z]{2,})/).map((part, i) => i % 2 === 1 ? italic(part) : escaped(part))
    .join("");
}

/** A reference to another page. */
export function reference(page: string): string {
  return `${bold(page)}(1)`;
}

/** A section. */
export function section(title: string, ...lines: readonly string[]): string[] {
  return [`.SH ${title}`, ...lines];
}

/** Lines that begin a paragraph, which all that follow the first of a section need. */
export function paragraphs(text: string): string[] {
  return text.split(/\n{2,}/).flatMap((one, i) => i === 0 ? [escaped(one)] : [".PP", escaped(one)]);
}

/** An entry of a list: what it is about, and what there is to say, each in markup already. */
export function entry(head: string, ...lines: readonly string[]): string[] {
  return [".TP", head, ...lines];
}

/** Lines that are kept as they are. */
export function verbatim(text: string): string[] {
  return [".PP", ".RS 4", ".nf", escaped(text), ".fi", ".RE"];
}
