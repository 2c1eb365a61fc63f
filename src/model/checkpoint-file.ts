import { writeFileAtomic } from '../files/atomic.js';
import { type Checkpoint, formatCheckpoint } from './checkpoint.js';
import { type Model, readText } from './file.js';

export type { Checkpoint } from './checkpoint.js';
export { assertFitsCheckpoint, formatCheckpoint } from './checkpoint.js';

/** What a run can go on from. */
export type Resumable =
  | { readonly model: Model; readonly sha256: string; readonly checkpoint?: undefined }
  | { readonly checkpoint: Checkpoint };

/**
 * Writes `checkpoint` to `path`: after a crash there is the old file or the new one, never a part.
 *
 * @throws {ModelError} if a number is not finite, before anything is written.
 * @throws {DiskError} if the file cannot be written.
 */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomic(path, formatCheckpoint(checkpoint));
}

/**
 * The model or the checkpoint at `path`, told apart by the file's `format`.
 *
 * @throws {ModelError} if it cannot be read or is neither, naming the field.
 */
export async function readResumable(path: string): Promise<Resumable> {
  const { text, sha256 } = await readText(path);
  const { parseResumable } = await import('./checkpoint-parse.js');
  const parsed = parseResumable(text, path);
  return 'state' in parsed ? { checkpoint: parsed } : { model: parsed, sha256 };
}
