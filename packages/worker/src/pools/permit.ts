import { readSync } from 'node:fs';

/** A permit is the number of its job, in four bytes: the kernel never splits them. */
export const PERMIT_BYTES = 4;

const permit = Buffer.alloc(PERMIT_BYTES);

/** The child's side of `Permits`: the number of the job it may begin now; undefined when there is none. */
export function takePermit(fd: number): number | undefined {
  try {
    return readSync(fd, permit) === PERMIT_BYTES ? permit.readUInt32LE() : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}
