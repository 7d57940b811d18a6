/** Python's fnmatch, which Celery's routes use: `*` any text, `?` one character, `[abc]` and `[!abc]` one of a set. */
export function globToRegExp(glob: string): RegExp {
  const source = glob.replace(
    /\[(!?)([^\]]+)\]|[\s\S]/g,
    (whole, not: string | undefined, set: string | undefined) => {
      if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`;
      if (whole === '*') return '[\\s\\S]*';
      if (whole === '?') return '[\\s\\S]';
      return whole.replace(/[.+^${}()|[\]\\/]/g, '\\$&');
    },
  );
  return new RegExp(`^${source}$`);
}
