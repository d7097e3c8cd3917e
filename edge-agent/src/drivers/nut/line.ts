/**
 * The words of a line of NUT's protocol: separated by spaces, a quoted word may hold spaces, and a
 * backslash takes the next character as it is.
 * @throws RangeError when a quote stays open.
 */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character === "\\" && at + 1 < line.length) {
      at += 1;
      word = (word ?? "") + line.charAt(at);
    } else if (character === '"') {
      quoted = !quoted;
      word ??= "";
    } else if (/\s/.test(character) && !quoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quoted) throw new RangeError(`a quote stays open in ${JSON.stringify(line.slice(0, 80))}`);
  if (word !== undefined) words.push(word);
  return words;
}

/** A word as it goes into a command. */
export function quoted(word: string): string {
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
