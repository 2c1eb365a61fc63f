import { UsageError } from '../errors.js';
import { sha256Of } from '../files/regular.js';
import type { LabelledImages } from '../images.js';
import {
  type CatalogueEntry,
  type CatalogueFile,
  CUSTOM_DATASET,
  catalogue,
  DEFAULT_DATASET,
  type Split,
} from './catalogue.js';
import { readFromFolder } from './data-folder.js';
import {
  checkSameSides,
  classesOf,
  type IdxImages,
  type IdxLabels,
  joinLabelled,
  parseIdxImages,
  parseIdxLabels,
} from './idx.js';
import { findFiles, findLocally, type Source, type SourceOptions } from './sources.js';

export interface LoadOptions extends SourceOptions {
  /** A name of the catalogue: mnist (the default), fashion-mnist, kmnist, mnist-mini. */
  readonly name?: string | undefined;
  /** Folder with the user's own four IDX files; takes the place of `name` and every other source. */
  readonly dataDir?: string | undefined;
  /** K for data from `dataDir`, such as a model's; by default its largest label plus one. */
  readonly classes?: number | undefined;
}

/** One file that was read: `sha256`, in hex, of the decompressed IDX bytes. */
export interface DatasetFile {
  readonly name: string;
  readonly sha256: string;
  readonly source: Source;
}

/** Which data were read. */
export interface DatasetIdentity {
  /** The catalogue's name, or `custom` for data from a folder that the catalogue does not know. */
  readonly name: string;
  /** Where the files came from; the last of the sources in use if they came from several. */
  readonly source: Source;
  /** Those that were read. */
  readonly files: readonly DatasetFile[];
  /**
   * Of the data set as a whole, whichever of its files were read: SHA-256 of the lines `hash␠␠name⏎`,
   * what `sha256sum FILES | sha256sum` prints for the four decompressed files in the order train images,
   * train labels, test images, test labels. Null where the hash of one is not known: it was not read,
   * is not in the catalogue, and does not lie on this machine.
   */
  readonly sha256: string | null;
}

export interface Dataset extends DatasetIdentity {
  readonly sha256: string;
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

export interface DatasetSplit extends DatasetIdentity {
  readonly images: LabelledImages;
}

interface ParsedSplit {
  readonly images: IdxImages;
  readonly labels: IdxLabels;
}

interface ReadFile extends DatasetFile {
  readonly bytes: Uint8Array;
  /** Name for messages. */
  readonly path: string;
}

/**
 * Training and test images of a data set, from the first source that has them.
 * @throws {DataError} missing, unreachable or damaged data; {@link UsageError} unknown name;
 *   {@link DiskError} the cache's disk is full
 */
export async function loadDataset(options: LoadOptions = {}): Promise<Dataset> {
  const { identity, classes, splits } = await loadSplits(['train', 'test'], options);
  const sha256 = dataHash(identity.files);
  const [train, test] = splits as [ParsedSplit, ParsedSplit];
  checkSameSides(train.images, test.images);
  return {
    ...identity,
    sha256,
    train: joinLabelled(train.images, train.labels, classes),
    test: joinLabelled(test.images, test.labels, classes),
  };
}

/**
 * One part of a data set. The other part's files are not needed; those of a folder are hashed if they
 * are there.
 * @throws as {@link loadDataset} does
 */
export async function loadSplit(split: Split, options: LoadOptions = {}): Promise<DatasetSplit> {
  const { identity, classes, splits } = await loadSplits([split], options);
  const [parsed] = splits as [ParsedSplit];
  return { ...identity, images: joinLabelled(parsed.images, parsed.labels, classes) };
}

async function loadSplits(wanted: readonly Split[], options: LoadOptions) {
  const { dataDir } = options;
  const entry = dataDir === undefined ? entryOf(options.name ?? DEFAULT_DATASET) : undefined;
  const files =
    entry === undefined
      ? await readFolder(dataDir!, wanted, options)
      : await readEntry(entry, wanted, options);
  const splits = wanted.map((_, index) => ({
    images: parseIdxImages(files[2 * index]!.bytes, files[2 * index]!.path),
    labels: parseIdxLabels(files[2 * index + 1]!.bytes, files[2 * index + 1]!.path),
  }));
  const classes =
    entry?.classes ?? options.classes ?? classesOf(...splits.map((split) => split.labels));
  const hashes = wanted.length === 2 ? files : await allHashes(entry, files, wanted[0]!, dataDir);
  const name = entry?.name ?? knownName(hashes ?? files);
  const sha256 = hashes ? dataHash(hashes) : null;
  return { identity: { ...identityOf(name, files), sha256 }, classes, splits };
}

type FileHash = Pick<DatasetFile, 'name' | 'sha256'>;

/**
 * The four files' hashes, of which those of one split are known by reading it; undefined if they cannot
 * all be had without the network.
 */
async function allHashes(
  entry: CatalogueEntry | undefined,
  read: readonly FileHash[],
  split: Split,
  folder: string | undefined,
): Promise<FileHash[] | undefined> {
  const other = split === 'train' ? 'test' : 'train';
  const hashes = await Promise.all(
    KINDS.map(async (kind) => {
      const { name } = (entry ?? catalogue[0]!).files[other][kind];
      const sha256 = entry
        ? await localHash(entry, entry.files[other][kind])
        : // Missing or damaged, it is no fault of the split that was asked for.
          (await readFromFolder(folder!, other, kind).catch(() => undefined))?.sha256;
      return sha256 === undefined ? [] : [{ name, sha256 }];
    }),
  );
  const others = hashes.flat();
  if (others.length < KINDS.length) return undefined;
  return split === 'train' ? [...read, ...others] : [...others, ...read];
}

async function localHash(entry: CatalogueEntry, file: CatalogueFile): Promise<string | undefined> {
  return file.sha256 ?? (await findLocally(entry, file, () => {}))?.sha256;
}

/** @throws {UsageError} with the known names */
export function entryOf(name: string): CatalogueEntry {
  const entry = catalogue.find((known) => known.name === name);
  if (entry) return entry;
  const names = catalogue.map((known) => known.name).join(', ');
  throw new UsageError(`unknown data set ${name}, expected one of ${names}`, {
    hint: 'use --data-dir for data of your own',
  });
}

async function readEntry(
  entry: CatalogueEntry,
  wanted: readonly Split[],
  options: SourceOptions,
): Promise<ReadFile[]> {
  const files = filesOf(entry, wanted);
  const found = await findFiles(entry, files, options);
  return found.map(({ bytes, sha256, source }, index) => {
    const { name } = files[index]!;
    return { name, path: `${entry.name}: ${name}`, bytes, sha256, source };
  });
}

/** The files of a split, in their order. */
const KINDS = ['images', 'labels'] as const;

async function readFolder(
  folder: string,
  wanted: readonly Split[],
  { onWarning }: SourceOptions,
): Promise<ReadFile[]> {
  const places = wanted.flatMap((split) => KINDS.map((kind) => ({ split, kind })));
  return Promise.all(
    places.map(async ({ split, kind }) => {
      const { path, bytes, sha256 } = await readFromFolder(folder, split, kind, onWarning);
      const { name } = catalogue[0]!.files[split][kind];
      return { name, path, bytes, sha256, source: 'data-dir' as const };
    }),
  );
}

/** The entry's files, images before labels. */
export function filesOf(entry: CatalogueEntry, wanted: readonly Split[]): CatalogueFile[] {
  return wanted.flatMap((split) => [entry.files[split].images, entry.files[split].labels]);
}

/** The same data get the same name in a model, whether by name or from a folder. */
function knownName(files: readonly FileHash[]): string {
  const isKnown = (entry: CatalogueEntry) => {
    const hashes = filesOf(entry, ['train', 'test']).map((file) => file.sha256);
    return files.every((file) => hashes.includes(file.sha256));
  };
  return catalogue.find(isKnown)?.name ?? CUSTOM_DATASET;
}

/** What is known of data from the files that were read. */
export function identityOf(
  name: string,
  read: readonly DatasetFile[],
): Omit<DatasetIdentity, 'sha256'> {
  const order: Source[] = ['data-dir', 'bundled', 'cache', 'package', 'mirror'];
  const used = new Set(read.map((file) => file.source));
  const files = read.map(({ name, sha256, source }) => ({ name, sha256, source }));
  return { name, source: order.findLast((source) => used.has(source))!, files };
}

/** `sha256` of a data set, from those of its four files in their order. */
export function dataHash(files: readonly FileHash[]): string {
  return sha256Of(files.map((file) => `${file.sha256}  ${file.name}\n`).join(''));
}
