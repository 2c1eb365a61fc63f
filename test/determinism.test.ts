import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { finish, start, temporaryFolder } from './cli/process.js';
import { mnist } from './mnist.js';

/**
 * SHA-256 of model.json for fixed flags: part of what the program promises. Other bytes are a change of
 * that contract; whoever has a reason for one says so in the changelog.
 */
const GOLDEN = [
  {
    name: 'one epoch of the full MNIST',
    data: 'mnist',
    flags: '--epochs 1 --batch-size 64 --lr 0.5 --lr-schedule linear --seed 1',
    sha256: 'e9d5a1eb59446e5bed32dabb8147e2a28d2039c0f19d0cc3a2386ec0069270b0',
  },
  {
    name: 'momentum, weight decay, cosine, xavier and held-out images',
    data: 'mnist-mini',
    flags:
      '--epochs 20 --batch-size 7 --lr 0.1 --lr-schedule cosine --momentum 0.9 ' +
      '--weight-decay 0.001 --validation 0.2 --init xavier --seed 2',
    sha256: '7e3bb25dd293b080cf00768dcff4606a871c649be4757a534f1d25d2974632e0',
  },
  {
    name: 'a hidden layer on the full MNIST',
    data: 'mnist',
    flags: '--hidden 16 --epochs 1 --batch-size 64 --lr 0.5 --lr-schedule linear --seed 1',
    sha256: 'a6b25e1622973c9f323fb99adced8ad336a1d372f697efa6ba132d1b9ae654fe',
  },
  {
    name: 'two hidden layers, momentum, weight decay, cosine and held-out images',
    data: 'mnist-mini',
    flags:
      '--hidden 16,12 --epochs 20 --batch-size 7 --lr 0.02 --lr-schedule cosine --momentum 0.9 ' +
      '--weight-decay 0.001 --validation 0.2 --seed 2',
    sha256: '93bb3643ce4cd0c9b9b36bd30e183fcb09fbed33a2fa2e4bbf1a1df449fd2dd8',
  },
];

describe.each(GOLDEN)('model.json of $name', ({ data, flags, sha256 }) => {
  it.runIf(data !== 'mnist' || mnist).each(['1', '2', 'auto'])(
    'has its golden hash, with %s thread(s)',
    async (threads) => {
      const out = join(temporaryFolder(), 'model.json');
      const args = [...flags.split(' '), '--dataset', data, '--threads', threads];
      const { stdout, stderr } = await finish(
        start('backprop-train', [...args, '--json', '--offline', '--out', out]),
      );
      const result = stdout.trim().split('\n').at(-1) ?? '';
      expect(JSON.parse(result || '{}'), stderr).toMatchObject({ model: { sha256 } });
    },
  );
});
