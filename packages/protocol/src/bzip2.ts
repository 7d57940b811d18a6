import { type Compressor, DecodeError } from '@lovage/contracts';
import { EncodeError } from './errors.ts';
import { requireOptional } from './optional.ts';

/** The part of the package `seek-bzip` that is used. */
interface SeekBzip {
  decode(input: Uint8Array, output: { writeByte(byte: number): void }): unknown;
}

/** Reads what Python compressed with bzip2, through the package `seek-bzip`, loaded on first use. Does not write it. */
export const bzip2: Compressor = {
  name: 'bzip2',
  contentType: 'application/x-bz2',
  compress() {
    throw new EncodeError([], 'cannot be compressed with bzip2 here; use gzip, zstd or brotli');
  },
  decompress(bytes, maxBytes) {
    const output = new GrowingOutput(maxBytes);
    try {
      const library = requireOptional('seek-bzip', 'reading bzip2') as SeekBzip;
      library.decode(Buffer.from(bytes), output);
    } catch (error) {
      if (error instanceof DecodeError) throw error;
      throw new DecodeError(`cannot read bzip2: ${(error as Error).message}`, { cause: error });
    }
    return output.bytes();
  },
};

/** Takes bytes one by one, up to a limit. */
class GrowingOutput {
  readonly #maxBytes: number;
  #buffer = new Uint8Array(4096);
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  writeByte(byte: number): void {
    if (this.#length === this.#maxBytes) {
      throw new DecodeError(`the bzip2 body is larger than ${this.#maxBytes} bytes once decompressed`);
    }
    if (this.#length === this.#buffer.length) {
      const larger = new Uint8Array(this.#buffer.length * 2);
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#buffer[this.#length++] = byte;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}
