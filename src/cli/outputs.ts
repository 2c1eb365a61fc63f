import { dirname } from 'node:path';
import { UsageError } from '../errors.js';
import { assertWritable, removeStaleTemporaries } from '../files/atomic.js';
import { clash, type Destination, destinationOf, isReplaced } from '../files/destination.js';

/** Paths by what a message calls them: a flag, or `the model`. */
type Paths = Readonly<Record<string, string | undefined>>;

/**
 * Removes what killed runs left beside the work's files, and finds out before it whether they can be
 * written at the end. In this order, so that however often a run is killed, one file is left at most.
 * @throws DiskError
 */
export async function prepareOutputs(paths: Paths): Promise<void> {
  const destinations = await destinationsOf(paths);
  const replaced = destinations.filter(({ destination }) => isReplaced(destination));
  for (const folder of new Set(replaced.map(({ destination }) => dirname(destination.path)))) {
    // Only tidying up: a folder that may be written but not listed is no reason to stop.
    await removeStaleTemporaries(folder).catch(() => {});
  }
  for (const path of Object.values(paths)) if (path !== undefined) await assertWritable(path);
}

/**
 * Compares what the paths lead to, and not how they are written.
 * @throws UsageError if two are one file, of which one would replace the other
 */
export async function assertDistinct(paths: Paths): Promise<void> {
  const destinations = await destinationsOf(paths);
  for (const [index, { name, path, destination }] of destinations.entries()) {
    const before = destinations.slice(0, index);
    const same = before.find((other) => clash(other.destination, destination));
    if (!same) continue;
    throw new UsageError(`${name} and ${same.name} are the same file, ${path}`, {
      hint: 'give each a file of its own',
    });
  }
}

/** Of the paths that lead somewhere: whoever reads or writes one of the others says what is wrong. */
async function destinationsOf(paths: Paths) {
  const found: { name: string; path: string; destination: Destination }[] = [];
  for (const [name, path] of Object.entries(paths)) {
    if (path === undefined) continue;
    const destination = await destinationOf(path).catch(() => undefined);
    if (destination) found.push({ name, path, destination });
  }
  return found;
}
