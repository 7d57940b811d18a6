// biome-ignore-all lint/suspicious/noExplicitAny: what a signature from elsewhere takes is not known here
import type { SignatureDict } from '@lovage/protocol';
import { readSignature } from '@lovage/protocol';
import type { App } from '../app.ts';
import type { CallOptions } from '../call/options.ts';
import { Signature } from '../call/signature.ts';
import { Canvas } from './workflow.ts';

/** The ways to make a signature without its task: by its name, or from its plain form. */
export interface MakeSignature {
  <Value = any>(name: string, args?: readonly unknown[], options?: CallOptions): Signature<Value, any>;
  <Value = any>(dict: SignatureDict): Canvas<Value, any, any>;
}

export function makeSignature(
  app: App,
  given: string | SignatureDict,
  args: readonly unknown[] = [],
  options: CallOptions = {},
): Signature<unknown, any> | Canvas<unknown, any, any> {
  if (typeof given !== 'string') return new Canvas(app, readSignature(given, 'signature'));
  return new Signature(app, { task: given, args, options });
}
