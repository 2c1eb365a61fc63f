import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { finish, start, temporaryFolder } from './cli/process.js';
import models from './fixtures/models.json' with { type: 'json' };
import { mnist } from './mnist.js';

/**
 * SHA-256 of model.json for fixed flags: part of what the program promises. Other bytes are a change of
 * that contract; whoever has a reason for one says so in the changelog.
 */
describe.each(models)('model.json of $name', ({ data, flags, sha256 }) => {
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
