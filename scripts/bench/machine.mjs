// What a reader needs to know of the machine: no host name, nothing that the system does not say.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';

/** @typedef {ReturnType<typeof machine>} Machine */

/** @param {readonly import('./measure.mjs').Sample[]} samples */
export function versionsOf(samples) {
  /** @type {Record<string, string>} */
  const versions = {};
  for (const { peer, version, blas } of samples) {
    // Threads differ from run to run; the library is the same.
    versions[peer] = blas ? `${version}, ${blas.replace(/, \d+ threads/g, '')}` : version;
  }
  return versions;
}

/** Taken before the first measurement: `load` is what others were doing. */
export function machine() {
  const wasm = readFileSync(new URL('../../dist/src/kernel/simd.wasm', import.meta.url));
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.version,
    v8: process.versions.v8,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    kernelSha256: createHash('sha256').update(wasm).digest('hex'),
  };
}
