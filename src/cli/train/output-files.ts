import { dirname, resolve } from 'node:path';
import { UsageError } from '../../errors.js';
import { assertWritable, removeStaleTemporaries } from '../../files/atomic.js';

/** The files that a run writes, by flag. */
type OutputFiles = Readonly<Record<string, string | undefined>>;

/** @throws UsageError if two flags name one file */
export function assertDistinct(files: OutputFiles): void {
  const seen = new Map<string, string>();
  for (const [flag, path] of Object.entries(files)) {
    if (path === undefined) continue;
    const other = seen.get(resolve(path));
    if (other !== undefined) {
      throw new UsageError(`--${flag} and --${other} are the same file, ${path}`, {
        hint: 'give each a file of its own',
      });
    }
    seen.set(resolve(path), flag);
  }
}

/**
 * Finds out before the work whether its files can be written at the end, and removes what killed
 * runs left beside them.
 * @throws DiskError
 */
export async function prepareOutputs(files: OutputFiles): Promise<void> {
  const paths = Object.values(files).filter((path) => path !== undefined);
  for (const path of paths) await assertWritable(path);
  for (const folder of new Set(paths.map((path) => dirname(resolve(path))))) {
    // Only tidying up: a folder that may be written but not listed is no reason to stop.
    await removeStaleTemporaries(folder).catch(() => {});
  }
}
