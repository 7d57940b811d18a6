/**
 * Whether a name matches a pattern of Python's `fnmatch`: `*`, `?`, `[abc]`, `[a-z]`, `[!a]`, the whole name, case
 * counts. Takes time in proportion to the lengths of the two multiplied, whatever the pattern: it comes over the wire.
 */
export function matchesGlob(name: string, pattern: string): boolean {
  const chars = [...name];
  const parts = partsOf(pattern);
  let at = 0;
  let part = 0;
  // Where the last star stands, and how much it has swallowed: no earlier star ever needs to be tried again.
  let star = -1;
  let swallowed = 0;
  while (at < chars.length) {
    const wanted = parts[part];
    if (wanted === '*') {
      star = part;
      swallowed = at;
      part += 1;
    } else if (wanted?.(chars[at]!)) {
      at += 1;
      part += 1;
    } else if (star >= 0) {
      swallowed += 1;
      at = swallowed;
      part = star + 1;
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === '*');
}

type Part = '*' | ((char: string) => boolean);

function partsOf(pattern: string): readonly Part[] {
  const chars = [...pattern];
  const parts: Part[] = [];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at]!;
    if (char === '*') {
      parts.push('*');
    } else if (char === '?') {
      parts.push(() => true);
    } else {
      const end = char === '[' ? endOfSet(chars, at) : -1;
      if (end === -1) {
        parts.push((other) => other === char);
      } else {
        parts.push(setOf(chars.slice(at + 1, end)));
        at = end;
      }
    }
  }
  return parts;
}

/** Of the closing bracket; one that stands first belongs to the set. -1: the bracket is a plain character. */
function endOfSet(chars: readonly string[], start: number): number {
  const first = chars[start + 1] === '!' ? start + 2 : start + 1;
  return chars.indexOf(']', first + 1);
}

function setOf(inside: readonly string[]): (char: string) => boolean {
  const negated = inside[0] === '!';
  const members = negated ? inside.slice(1) : inside;
  const ranges: (readonly [from: string, to: string])[] = [];
  for (let at = 0; at < members.length; at += 1) {
    const from = members[at]!;
    if (members[at + 1] === '-' && at + 2 < members.length) {
      ranges.push([from, members[at + 2]!]);
      at += 2;
    } else {
      ranges.push([from, from]);
    }
  }
  return (char) => ranges.some(([from, to]) => from <= char && char <= to) !== negated;
}
