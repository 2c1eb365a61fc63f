/** The formats of a model, each in its file. Nothing here touches a disk. */
import { header } from './c-header.js';
import { module } from './es-module.js';
import type { Format } from './format.js';
import { json } from './json.js';
import { npz } from './npz.js';
import { onnx } from './onnx.js';
import { safetensors } from './safetensors.js';

export type { Format };

export const FORMATS: readonly Format[] = [json, safetensors, npz, onnx, header, module];

/** The format that a file's name asks for; undefined for any other ending. */
export function formatFor(path: string): Format | undefined {
  const name = path.toLowerCase();
  return FORMATS.find(({ extension }) => name.endsWith(extension));
}
