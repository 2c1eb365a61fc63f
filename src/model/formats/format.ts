import type { ForeignModel, Model } from '../model.js';

/** One way to write a model down. Equal models give equal bytes. */
export interface Format {
  /** How a file's name ends, in lower case. */
  readonly extension: string;
  /** @throws {ModelError} if a number is not finite or sizes do not fit */
  write(model: Model | ForeignModel): Uint8Array;
}

/** One that is also read. */
export interface ReadableFormat extends Format {
  /**
   * @param file name for error messages
   * @throws {ModelError} naming file and field or tensor, with what was expected and found
   */
  read(bytes: Uint8Array, file: string): Model | ForeignModel;
}
