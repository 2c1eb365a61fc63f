import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { writeFileAtomic } from '../files/atomic.js';
import type { PageAssets } from '../report/page-data.js';
import { type ReportInput, reportPage } from '../report/report.js';

/**
 * Writes the report's page, whole or not at all.
 * @throws DiskError; UsageError if the model does not fit into a page
 */
export async function writeReport(path: string, input: ReportInput): Promise<void> {
  await writeFileAtomic(path, reportPage(input, await readAssets()));
}

/** What `npm run build:page` has made. */
async function readAssets(): Promise<PageAssets> {
  const file = createRequire(import.meta.url).resolve('#report-page');
  return JSON.parse(await readFile(file, 'utf8')) as PageAssets;
}
