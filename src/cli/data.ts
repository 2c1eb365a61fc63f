import type { DownloadProgress } from '../dataset/download.js';
import type { DatasetIdentity, LoadOptions } from '../dataset/load.js';
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

/** Reads data by the data flags, with a spinner that follows a download. */
export async function readData<T extends DatasetIdentity>(
  load: (options: LoadOptions) => Promise<T>,
  { dataset, dataDir, offline }: DataOptions,
  { terminal, signal, classes }: Surroundings,
): Promise<T> {
  const name = dataDir ?? dataset;
  return terminal.wait(`Loading ${name}`, (say) => {
    let fetching = '';
    const onProgress = ({ file, received, total }: DownloadProgress): void => {
      if (file !== fetching) terminal.line([`fetching ${name}: ${file}`]);
      fetching = file;
      const size = total === undefined ? '' : ` of ${fileSize(total)}`;
      say(`Fetching ${file}: ${fileSize(received)}${size}`);
    };
    const onWarning = (message: string): void => terminal.warn(message);
    return load({ name: dataset, dataDir, offline, classes, signal, onProgress, onWarning });
  });
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
