/**
 * The formats of a model by the ending of a file's name. Each is loaded when it is asked for: a run
 * that writes model.json needs no zip. Nothing here touches a disk.
 */
import type { Format, ReadableFormat } from './format.js';

export type { Format, ReadableFormat };

/** Written and read. */
export const READABLE: Readonly<Record<string, () => Promise<ReadableFormat>>> = {
  '.json': async () => (await import('./json.js')).json,
  '.safetensors': async () => (await import('./safetensors.js')).safetensors,
  '.npz': async () => (await import('./npz.js')).npz,
};

/** All that are written. */
export const FORMATS: Readonly<Record<string, () => Promise<Format>>> = {
  ...READABLE,
  '.onnx': async () => (await import('./onnx.js')).onnx,
  '.h': async () => (await import('./c-header.js')).header,
  '.mjs': async () => (await import('./es-module.js')).module,
};

/** The ending that names a format, in lower case; undefined for any other. */
export function endingOf(path: string): string | undefined {
  const name = path.toLowerCase();
  return Object.keys(FORMATS).find((ending) => name.endsWith(ending));
}
