/** One content type. */
export interface Serializer {
  /** The name used in settings: 'json', 'yaml'. */
  readonly name: string;
  readonly contentType: string;
  readonly contentEncoding: 'utf-8' | 'binary';
  encode(value: unknown): Uint8Array;
  /** Throws DecodeError on anything it did not expect. Never evaluates code. */
  decode(bytes: Uint8Array): unknown;
}

/** One compression, named in the `compression` header. */
export interface Compressor {
  /** The name used in settings: 'gzip', 'zstd'. */
  readonly name: string;
  /** The value of the `compression` header. */
  readonly contentType: string;
  compress(bytes: Uint8Array): Uint8Array;
  /** Throws DecodeError on damage, or when the output would exceed `maxBytes`. */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
}
