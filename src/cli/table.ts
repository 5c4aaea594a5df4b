/**
 * Columns of text as a terminal shows them.
 *
 * @module
 */

/** What separates two columns. */
const gap = "  ";

/** What it takes to measure text of other scripts than ours: a millisecond to make. */
interface Measures {
  /** East Asian Wide and Fullwidth of Unicode 15.1: two cells each. */
  readonly wide: RegExp;
  /** What is shown as a picture, or asks for it: two cells, however many characters it is made of. */
  readonly picture: RegExp;
  /** Combining marks and joiners: no cell of their own. */
  readonly narrow: RegExp;
  readonly segmenter: Intl.Segmenter;
}

let made: Measures | undefined;

function measures(): Measures {
  made ??= {
    wide: new RegExp(
      "[\\u1100-\\u115f\\u231a\\u231b\\u2329\\u232a\\u2e80-\\u303e\\u3041-\\u33ff\\u3400-\\u4dbf" +
        "\\u4e00-\\ua4cf\\ua960-\\ua97c\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe10-\\ufe19\\ufe30-\\ufe6b" +
        "\\uff01-\\uff60\\uffe0-\\uffe6\\u{16fe0}-\\u{18cd5}\\u{1aff0}-\\u{1b2fb}\\u{20000}-\\u{3fffd}]",
      "u",
    ),
    picture: new RegExp("[\\p{Emoji_Presentation}\\ufe0f]", "u"),
    narrow: new RegExp("[\\p{Mn}\\p{Me}\\p{Cf}\\u1160-\\u11ff\\ud7b0-\\ud7ff]", "u"),
    segmenter: new Intl.Segmenter("en", { granularity: "grapheme" }),
  };
  return made;
}

/** How many cells of a terminal a text takes. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of measures().segmenter.segment(text)) width += clusterWidth(segment);
  return width;
}

/** Of what belongs together; marks that have a cell of their own count too. */
function clusterWidth(cluster: string): number {
  const { wide, picture, narrow } = measures();
  if (picture.test(cluster)) return 2;
  let width = 0;
  for (const character of cluster) {
    if (!narrow.test(character)) width += wide.test(character) ? 2 : 1;
  }
  return width;
}

/** Rows of cells as lines, each column as wide as its widest cell. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, textWidth(cell)));
  }
  return rows.map((row) =>
    row.map((cell, i) => cell + " ".repeat((widths[i] as number) - textWidth(cell))).join(gap)
      .trimEnd()
  );
}
