/** Each cycle of a graph once, as the nodes one passes, the first repeated at the end. One per strongly linked group. */
export function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const cycles: string[][] = [];
  const finished = new Set<string>();

  /** Walk on from `node`; `path` is how we came. */
  function visit(node: string, path: string[]): void {
    const at = path.indexOf(node);
    if (at !== -1) {
      cycles.push([...path.slice(at), node]);
      return;
    }
    if (finished.has(node)) return;
    path.push(node);
    for (const next of graph.get(node) ?? []) visit(next, path);
    path.pop();
    finished.add(node);
  }

  for (const node of graph.keys()) visit(node, []);
  return cycles;
}
