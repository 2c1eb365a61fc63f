import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskError, FileError, UsageError } from '../../errors.js';
import { createWorksheet } from '../../explain/create-worksheet.js';
import { wordsIn } from '../../explain/words/language.js';
import type { WorksheetSize } from '../../explain/worksheet.js';
import { systemReason, writeFileAtomic } from '../../files/atomic.js';
import { statIfPresent } from '../../files/destination.js';
import { decodeText, type Refusal } from '../../files/json.js';
import { readRegularFile } from '../../files/regular.js';
import { Random } from '../../random.js';
import type { Context } from '../context.js';
import type { LanguageOptions } from '../options.js';
import { printable, printLines } from '../output.js';
import { keyPage, type Place, sheetPage } from './sheet-page.js';
import { formOf } from './worksheet.js';

/** Whose sheets, and where they go. */
export interface ClassFlags extends LanguageOptions {
  readonly seed: number;
  readonly size: WorksheetSize;
  /** A file of names, one a line. */
  readonly class?: string | undefined;
  readonly count?: number | undefined;
  readonly out: string;
}

export const MOST_STUDENTS = 1000;
const MOST_BYTES = 200_000;
const MOST_NAME = 100;
/** A stream of its own, beside those of `random.ts` and the worksheet's. */
const CLASS_STREAM = 17;
const REFUSAL: Refusal = { error: FileError, hint: 'give a text file with one name a line' };

/**
 * Writes a sheet and a form for every student, all sheets in one page to print, and the key apart.
 * @throws FileError if the names cannot be read; UsageError if a form is there already; DiskError
 */
export async function writeClass(flags: ClassFlags, context: Context): Promise<void> {
  const { out, seed, size, count, lang } = flags;
  const words = await wordsIn(lang);
  const names =
    flags.class === undefined
      ? Array.from({ length: count ?? 0 }, (_, n) => words.sheet.student(n + 1))
      : await readNames(flags.class);
  const places = placesOf(names, seed, size);
  for (const { file } of places) {
    if (!(await statIfPresent(join(out, `${file}.json`)).catch(() => undefined))) continue;
    throw new UsageError(`${join(out, `${file}.json`)} is there already, perhaps filled in`, {
      hint: 'give --out another folder',
    });
  }
  const key = join(out, 'key');
  try {
    await mkdir(key, { recursive: true });
  } catch (error) {
    throw new DiskError(`${key}: cannot be made (${systemReason(error)})`, { cause: error });
  }
  for (const place of places) {
    context.signal.throwIfAborted();
    const form = formOf(place.sheet, 100, place.student);
    await writeFileAtomic(join(out, `${place.file}.json`), `${form.join('\n')}\n`);
    await writeFileAtomic(join(out, `${place.file}.html`), sheetPage([place], lang, words));
  }
  await writeFileAtomic(join(out, 'all-sheets.html'), sheetPage(places, lang, words));
  await writeFileAtomic(join(key, 'key.html'), keyPage(places, lang, words));
  const folder = printable(join(out));
  printLines(context.stdout, [
    words.sheet.made(places.length, folder),
    words.sheet.madeKey(printable(join(key, 'key.html')), seed),
    words.sheet.madeMarks(`backprop-explain grade ${join(folder, '*.json')} --table marks.csv`),
  ]);
}

/** A student's sheet depends on the class's seed and their place in the list alone. */
export function placesOf(names: readonly string[], seed: number, size: WorksheetSize): Place[] {
  const random = new Random(seed, CLASS_STREAM);
  const taken = new Set<number>();
  const digits = String(names.length).length;
  return names.map((student, n) => {
    let code: number;
    do code = 100_000 + random.below(900_000);
    while (taken.has(code));
    taken.add(code);
    const slug = student.normalize('NFC').replace(/[^\p{L}\p{N}]+/gu, '-');
    const number = String(n + 1).padStart(Math.max(2, digits), '0');
    const file = `${number}-${slug.replace(/^-|-$/g, '').slice(0, 40)}`.replace(/-$/, '');
    return { student, sheet: createWorksheet(code, size), file };
  });
}

async function readNames(path: string): Promise<string[]> {
  const bytes = await readRegularFile(path, {
    what: 'a list of names',
    maximum: MOST_BYTES,
    ...REFUSAL,
  });
  const text = decodeText(bytes, path, REFUSAL).replace(/^\uFEFF/, '');
  const names = text
    .split(/\r\n|\r|\n/)
    .map((line) => printable(line).trim())
    .filter((line) => line !== '');
  if (names.length === 0 || names.length > MOST_STUDENTS) {
    throw new FileError(
      `${path}: expected 1 to ${MOST_STUDENTS} names, found ${names.length}`,
      REFUSAL,
    );
  }
  const long = names.findIndex((name) => name.length > MOST_NAME);
  if (long >= 0) {
    throw new FileError(`${path}: name ${long + 1} has more than ${MOST_NAME} letters`, REFUSAL);
  }
  return names;
}
