import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  unzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { type Compressor, DecodeError } from '@lovage/contracts';
import { bzip2 } from './bzip2.ts';

type Inflate = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;

function compressor(
  name: string,
  contentType: string,
  compress: (bytes: Uint8Array) => Uint8Array,
  inflate: Inflate,
): Compressor {
  return {
    name,
    contentType,
    compress,
    decompress(bytes, maxBytes) {
      try {
        return inflate(bytes, { maxOutputLength: maxBytes });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
          throw new DecodeError(`the ${name} body is larger than ${maxBytes} bytes once decompressed`);
        }
        throw new DecodeError(`not ${name}: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}

/** Celery's 'gzip' and 'zlib' are one: both write a zlib stream under gzip's content type. A real gzip file is read too. */
const gzip = compressor('gzip', 'application/x-gzip', (bytes) => deflateSync(bytes), unzipSync);
const brotli = compressor(
  'brotli',
  'application/x-brotli',
  (bytes) => brotliCompressSync(bytes),
  brotliDecompressSync,
);
const zstd = compressor('zstd', 'application/zstd', (bytes) => zstdCompressSync(bytes), zstdDecompressSync);

const COMPRESSORS: readonly Compressor[] = [gzip, { ...gzip, name: 'zlib' }, bzip2, brotli, zstd];

/** The compression of a name in settings: 'gzip', 'zlib', 'bzip2', 'brotli', 'zstd'. */
export function compressorByName(name: string): Compressor | undefined {
  return COMPRESSORS.find((compressor) => compressor.name === name);
}

/** The compression that a `compression` header names. */
export function compressorByContentType(contentType: string): Compressor | undefined {
  return COMPRESSORS.find((compressor) => compressor.contentType === contentType);
}
