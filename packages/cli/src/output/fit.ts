import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

/** The cells of a terminal that a text takes: two for 漢, none for a combining accent. Colours take none. */
export const cells = stringWidth;

/** The text in exactly `width` cells: filled with blanks, or cut with an ellipsis. For plain text on one line. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const kept = cut(text, width);
  const fill = ' '.repeat(Math.max(0, width - cells(kept)));
  return align === 'right' ? fill + kept : kept + fill;
}

/** At most `width` cells of a plain text on one line, with an ellipsis for what is left out. */
export function cut(text: string, width: number): string {
  if (width <= 0) return '';
  // Most texts are short ASCII: those need no counting.
  if (text.length <= width && cells(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const more = cells(segment);
    // What fits whole has been returned above, unless it is long and takes few cells.
    if (used + more > width - 1) return cells(text) <= width ? text : `${kept}…`;
    kept += segment;
    used += more;
  }
  return kept;
}

/** The text in pieces of at most `width` cells, none of them cut short. Always one piece at least. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const more = cells(segment);
    if (used + more > width && line !== '') {
      lines.push(line);
      line = '';
      used = 0;
    }
    line += segment;
    used += more;
  }
  lines.push(line);
  return lines;
}
