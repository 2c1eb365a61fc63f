import { CUSTOM_DATASET, DEFAULT_DATASET, type Split } from '../dataset/catalogue.js';
import type { DownloadProgress } from '../dataset/download.js';
import {
  type Dataset,
  type DatasetIdentity,
  type DatasetSplit,
  type LoadOptions,
  loadDataset,
  loadSplit,
} from '../dataset/load.js';
import type { Source } from '../dataset/sources.js';
import { UsageError } from '../errors.js';
import type { Training } from '../model/model.js';
import { fileSize } from '../text/numbers.js';
import { withoutRecord } from './assess.js';
import type { DataOptions, ModelDataOptions } from './options.js';
import type { Terminal } from './terminal.js';

interface Surroundings {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** K of a model that data from a folder belong to. */
  readonly classes?: number | undefined;
}

/**
 * The name of the data that a saved file's run had, to be loaded unless a folder is given.
 * @param path of that file, for messages
 * @throws UsageError if they were a folder's, which the file does not name
 */
export function savedDatasetOf(
  { dataset }: Training,
  path: string,
  { dataDir }: ModelDataOptions,
): string {
  if (dataDir !== undefined) return DEFAULT_DATASET;
  if (dataset.name !== CUSTOM_DATASET) return dataset.name;
  throw new UsageError(`${path} was made with data from a folder`, {
    hint: 'name the same folder with --data-dir',
  });
}

/** A data set's name in a sentence. */
export function nameInWords(name: string): string {
  return name === CUSTOM_DATASET ? 'data from a folder' : name;
}

/**
 * The data to measure a model on: those that the flags name, or else those that it was trained on.
 * @param training of the model; undefined where it has no record
 * @throws UsageError if they were a folder's
 */
export function dataFor(
  path: string,
  training: Training | undefined,
  flags: ModelDataOptions,
): DataOptions {
  const { dataset = training ? savedDatasetOf(training, path, flags) : DEFAULT_DATASET } = flags;
  return { ...flags, dataset };
}

/** Says it where these are not the data that the model was trained on, or nobody knows. */
export function warnOfData(
  path: string,
  { training }: { readonly training?: Training | undefined },
  data: DatasetIdentity,
  { dataset, dataDir }: ModelDataOptions,
  terminal: Terminal,
): void {
  const named = dataset !== undefined || dataDir !== undefined;
  const text = training
    ? otherData(path, training, data)
    : withoutRecord(path, named ? undefined : data.name);
  if (text !== undefined) terminal.warn(text);
}

function otherData(
  path: string,
  { dataset }: Training,
  { name, sha256 }: DatasetIdentity,
): string | undefined {
  if (name === dataset.name && (sha256 === null || sha256 === dataset.sha256)) return undefined;
  if (name !== dataset.name) {
    return `${path} was trained on ${nameInWords(dataset.name)}, not on ${nameInWords(name)}`;
  }
  return `${path} was trained on other ${nameInWords(name)}: SHA-256 ${dataset.sha256}, found ${sha256}`;
}

/** Reads training and test images by the data flags, with a spinner that follows a download. */
export function readDataset(flags: DataOptions, surroundings: Surroundings): Promise<Dataset> {
  return surroundings.terminal.wait(loading(flags), (say) =>
    loadDataset(loadOptions(flags, surroundings, say)),
  );
}

/** The same for one of the two. */
export function readSplit(
  split: Split,
  flags: DataOptions,
  surroundings: Surroundings,
): Promise<DatasetSplit> {
  return surroundings.terminal.wait(loading(flags), (say) =>
    loadSplit(split, loadOptions(flags, surroundings, say)),
  );
}

/** What is done while data are read, for a spinner. */
export function loading({ dataset, dataDir }: DataOptions): string {
  return `Loading ${dataDir ?? dataset}`;
}

/** @param say changes the spinner's text */
export function loadOptions(
  { dataset, dataDir, offline }: DataOptions,
  { terminal, signal, classes }: Surroundings,
  say: (text: string) => void,
): LoadOptions {
  let fetching = '';
  const onProgress = ({ file, received, total }: DownloadProgress): void => {
    if (file !== fetching) terminal.line([`fetching ${dataDir ?? dataset}: ${file}`]);
    fetching = file;
    const size = total === undefined ? '' : ` of ${fileSize(total)}`;
    say(`Fetching ${file}: ${fileSize(received)}${size}`);
  };
  const onWarning = (message: string): void => terminal.warn(message);
  return { name: dataset, dataDir, offline, classes, signal, onProgress, onWarning };
}

/** Where data came from, in words. */
export function sourceInWords(source: Source): string {
  const words: Record<Source, string> = {
    bundled: 'bundled',
    cache: 'cache',
    package: 'npm package',
    mirror: 'downloaded',
    'data-dir': 'own folder',
  };
  return words[source];
}
