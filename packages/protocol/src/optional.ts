import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * A package that is not installed with this one, loaded when first needed.
 * @throws Error that names the package to install and what needs it
 */
export function requireOptional(name: string, purpose: string): unknown {
  try {
    return require(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(`${purpose} needs the package '${name}': npm install ${name}`, { cause: error });
  }
}
