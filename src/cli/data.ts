import type { Split } from '../dataset/catalogue.js';
import type { DownloadProgress } from '../dataset/download.js';
import {
  type Dataset,
  type DatasetSplit,
  type LoadOptions,
  loadDataset,
  loadSplit,
} from '../dataset/load.js';
import type { Source } from '../dataset/sources.js';
import { fileSize } from '../text/numbers.js';
import type { DataOptions } from './options.js';
import type { Terminal } from './terminal.js';

interface Surroundings {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** K of a model that data from a folder belong to. */
  readonly classes?: number | undefined;
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
