import { nodeFormat } from '@lovage/protocol';

/** The path of a file that a node has one of: `%n` name, `%h` host, `%d` domain, `%p` the whole name of the node. */
export const nodePath = (template: string, node: string): string => nodeFormat(template, node);

/** The same for a file that each process of its pool has one of: `%i`, `%I` and `%%` stay, for whoever knows the process. */
export function poolPath(template: string, node: string): string {
  const kept = template.replace(/%([iI%])/g, (_, letter: string) =>
    letter === '%' ? '%%%%' : `%%${letter}`,
  );
  return nodeFormat(kept, node);
}
