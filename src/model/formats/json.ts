import { decodeText } from '../../files/json.js';
import { formatModel } from '../model.js';
import { DAMAGED, parseModel } from '../read.js';
import type { ReadableFormat } from './format.js';

/** model.json, the program's own: all that there is to say. */
export const json: ReadableFormat = {
  extension: '.json',
  write: (model) => new TextEncoder().encode(formatModel(model)),
  read: (bytes, file) => parseModel(decodeText(bytes, file, DAMAGED), file),
};
