import { type FileHandle, open } from 'node:fs/promises';
import { cannotWrite, writeFileAtomic } from './atomic.js';
import { destinationOf, isReplaced } from './destination.js';

/**
 * A text file that grows while others read it. Whoever looks at it, also after this process was killed,
 * finds whole lines; a power cut may cost the last ones, since nothing is synced.
 */
export class GrowingFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #bytes: number;

  private constructor(path: string, handle: FileHandle, bytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /**
   * Puts `text` in the place of what is at `path`, as `writeFileAtomic` does.
   * @returns undefined, and nothing is written, where a device or a pipe is
   * @throws {DiskError} the old content is there still
   */
  static async create(path: string, text: string): Promise<GrowingFile | undefined> {
    try {
      if (!isReplaced(await destinationOf(path))) return undefined;
    } catch (error) {
      throw cannotWrite(path, error);
    }
    await writeFileAtomic(path, text);
    try {
      return new GrowingFile(path, await open(path, 'a'), Buffer.byteLength(text));
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  /** Adds whole lines. @throws {DiskError} what was written of them is removed again, if it can be */
  async append(lines: string): Promise<void> {
    try {
      await this.#handle.writeFile(lines);
      this.#bytes += Buffer.byteLength(lines);
    } catch (error) {
      await this.#handle.truncate(this.#bytes).catch(() => {});
      throw cannotWrite(this.#path, error);
    }
  }

  /** What is written has been written: a failure now could not matter. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }
}
