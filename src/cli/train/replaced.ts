import type { DatasetIdentity } from '../../dataset/load.js';
import { ModelError } from '../../errors.js';
import { destinationOf } from '../../files/destination.js';
import type { LabelledImages } from '../../images.js';
import { isReadable, readModel } from '../../model/file.js';
import { grouped, percent } from '../../text/numbers.js';

/**
 * What a run is going to replace at `path`: `replaces model.json (mnist, 92.55 %, 60,000 images)`, without
 * the images where they are not those of this run's data; undefined if no file is there.
 *
 * @param data of this run, with its training images
 */
export async function describeReplaced(
  path: string,
  data: DatasetIdentity & { readonly train: LabelledImages },
): Promise<string | undefined> {
  // What cannot be looked at is said by whoever writes there.
  const destination = await destinationOf(path).catch(() => undefined);
  if (!destination?.old?.isFile()) return undefined;
  if (!isReadable(path)) return `replaces ${path}`;
  try {
    const { training, metrics } = (await readModel(path)).model;
    if (!training) return `replaces ${path} (a model of another program)`;
    const { dataset, limit } = training;
    const images = limit ?? (dataset.sha256 === data.sha256 ? data.train.count : undefined);
    const facts = [
      dataset.name,
      percent(metrics.test.accuracy),
      ...(images === undefined ? [] : [`${grouped(images)} images`]),
    ];
    return `replaces ${path} (${facts.join(', ')})`;
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return `replaces ${path}, which cannot be read as a model`;
  }
}
