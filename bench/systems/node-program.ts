import { fileURLToPath } from 'node:url';
import type { Command } from '../program.ts';

const programs = new URL('../programs/', import.meta.url);

/** The absolute path of a file below programs/. */
export const programPath = (name: string): string => fileURLToPath(new URL(name, programs));

/** A measured program on this Node. */
export const nodeProgram = (
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Command => ({ file: process.execPath, args: [...flags, programPath(name), ...args], env });
