/**
 * Random words: sessions, instances, names nobody chose.
 *
 * @module
 */

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * Letters and digits drawn at random.
 *
 * @param characters how many
 */
export function randomWord(characters: number): string {
  let word = "";
  while (word.length < characters) {
    // Not by node:crypto, which takes a millisecond to load.
    for (const byte of crypto.getRandomValues(new Uint8Array(characters))) {
      // Six bits; the two of 64 that stand for no character are drawn again.
      word += alphabet[byte & 63] ?? "";
    }
  }
  return word.slice(0, characters);
}
