const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Fails readably, and alike for Buffer and Uint8Array. */
export function plain(bytes: Uint8Array): number[] {
  return [...bytes];
}
