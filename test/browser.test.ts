import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild-wasm';
import type { Browser } from 'playwright-core';
import * as vite from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, type Hyperparameters } from '../src/sgd.js';
import { finish, start, temporaryFolder } from './cli/process.js';
import { hasChromium, launchChromium } from './report/browser.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = readFileSync(join(root, 'test', 'browser-page.js'), 'utf8');

/** How a page comes by `backprop-train/browser`: each writes main.js into the page's folder. */
const ways: Record<string, (page: string) => Promise<void>> = {
  async 'a bare script module'(page) {
    copyFileSync(join(root, 'dist', 'src', 'browser.js'), join(page, 'library.js'));
    const main = program.replace("'backprop-train/browser'", "'./library.js'");
    writeFileSync(join(page, 'main.js'), main);
  },
  async 'a bundle by esbuild'(page) {
    const entryPoints = [join(page, 'program.js')];
    const outfile = join(page, 'main.js');
    const options = { bundle: true, minify: true, format: 'esm', logLevel: 'error' } as const;
    await esbuild.build({ entryPoints, outfile, ...options });
  },
  async 'a bundle by Vite'(page) {
    const lib = {
      entry: join(page, 'program.js'),
      formats: ['es' as const],
      fileName: () => 'main.js',
    };
    const build = { lib, outDir: page, emptyOutDir: false, minify: true };
    await vite.build({ root: page, configFile: false, logLevel: 'error', build });
  },
};

/** Flags of the command line, and what they are in the library. */
const runs: readonly (readonly [flags: string, Hyperparameters])[] = [
  ['', DEFAULTS],
  [
    '--hidden 16,12 --epochs 3 --batch-size 7 --lr 0.02 --lr-schedule cosine --momentum 0.9 ' +
      '--weight-decay 0.001 --validation 0.2 --seed 2',
    {
      ...DEFAULTS,
      hidden: [16, 12],
      init: 'he',
      epochs: 3,
      batchSize: 7,
      learningRate: 0.02,
      learningRateSchedule: 'cosine',
      momentum: 0.9,
      weightDecay: 0.001,
      validation: 0.2,
      seed: 2,
    },
  ],
];

describe.skipIf(!hasChromium)(
  'a page that trains, in Chromium (skipped where there is none)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'backprop-browser-'));
    let server: Server;
    let browser: Browser;

    beforeAll(async () => {
      // Asked for by every page.
      writeFileSync(join(folder, 'favicon.ico'), '');
      server = createServer((request, response) => {
        const { pathname } = new URL(request.url!, 'http://localhost');
        // A strict page, and no word of cross-origin isolation.
        const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
        response.setHeader('content-security-policy', policy);
        const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };
        response.setHeader('content-type', types[extname(pathname)] ?? 'application/octet-stream');
        response.end(readFileSync(join(folder, pathname)));
      });
      await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
      await new Promise((closed) => server.close(closed));
      rmSync(folder, { recursive: true, force: true });
    });

    it.each(Object.keys(ways))('by %s comes to the bytes of the command line', async (way) => {
      const name = way.replaceAll(' ', '-');
      const place = join(folder, name);
      mkdirSync(join(place, 'node_modules'), { recursive: true });
      symlinkSync(root, join(place, 'node_modules', 'backprop-train'), 'junction');
      cpSync(join(root, 'data', 'mnist-mini'), join(place, 'data'), { recursive: true });
      writeFileSync(join(place, 'program.js'), program);
      writeFileSync(
        join(place, 'index.html'),
        '<script type="module" src="main.js"></script><body>',
      );
      await ways[way]!(place);

      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      const { port } = server.address() as AddressInfo;
      for (const [flags, hyperparameters] of runs) {
        const query = encodeURIComponent(JSON.stringify(hyperparameters));
        await page.goto(`http://127.0.0.1:${port}/${name}/index.html?${query}`);
        await page.waitForSelector('output', { timeout: 20_000 }).catch(() => {});
        const shown = await page.locator('output').allTextContents();
        const sha256 = await trainedByCommand(flags);
        expect({ shown, complaints }).toEqual({ shown: [sha256], complaints: [] });
        expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
      }
      await page.close();
    });
  },
);

async function trainedByCommand(flags: string): Promise<string> {
  const out = join(temporaryFolder(), 'model.json');
  const args = ['--dataset', 'mnist-mini', '--offline', '--json', '--out', out];
  const chosen = flags === '' ? [] : flags.split(' ');
  const { stdout, stderr } = await finish(start('backprop-train', [...chosen, ...args]));
  const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
  expect(result, stderr).toHaveProperty('model.sha256');
  return result.model.sha256;
}
