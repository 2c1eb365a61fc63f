import { BackpropError, ExitCode } from '../../errors.js';
import { createWorksheet } from '../../explain/create-worksheet.js';
import { grade, type Mark } from '../../explain/grading.js';
import { wordsIn } from '../../explain/words/language.js';
import type { GradingWords } from '../../explain/words/words.js';
import { type Page, widest, wrap } from '../../text/page.js';
import { type Context, pageFor } from '../context.js';
import type { LanguageOptions } from '../options.js';
import { printable, printLines } from '../output.js';
import { readAnswers, type SheetFlags } from './answers.js';

/** The flags of `backprop-explain grade`. */
export interface GradeFlags extends SheetFlags, LanguageOptions {
  /** Where the marks of a class go. */
  readonly table?: string | undefined;
  readonly json?: true | undefined;
  readonly color: boolean;
}

/**
 * Checks a file of answers and says of each what it is.
 * @throws FileError (exit 4) if it cannot be read; BackpropError (exit 7), after the marks, unless
 *   all is right
 */
export async function gradeAnswers(
  path: string,
  flags: GradeFlags,
  context: Context,
): Promise<void> {
  const { grading } = await wordsIn(flags.lang);
  const file = await readAnswers(path, flags, grading, context);
  const { seed, size, student, answers, unreadable } = file;
  const sheet = createWorksheet(seed, size);
  const marks = grade(sheet, answers, unreadable, grading);
  const right = marks.filter(({ verdict }) => verdict === 'right').length;
  const { shape } = sheet;
  const of = marks.length;
  const lines = flags.json
    ? [JSON.stringify({ event: 'grade', student, seed, ...shape, right, of, marks })]
    : gradeText(marks, pageFor(context, flags.color), grading);
  printLines(context.stdout, lines);
  if (right === marks.length) return;
  throw new BackpropError(`${marks.length - right} of ${marks.length} answers are not right`, {
    code: 'ERR_NOT_RIGHT',
    exitCode: ExitCode.belowMinimum,
    hint: 'correct them from the top down: later ones follow from earlier ones',
  });
}

function gradeText(
  marks: readonly Mark[],
  { width, style }: Page,
  { verdicts, firstAt }: GradingWords,
): string[] {
  const verdictWidth = widest(Object.values(verdicts));
  const nameWidth = widest(marks.map(({ quantity }) => quantity));
  return marks.flatMap(({ quantity, verdict, likely, at }) => {
    const colour = verdict === 'right' ? 'green' : verdict === 'wrong' ? 'red' : 'yellow';
    const said = verdicts[verdict];
    const start = `${quantity.padEnd(nameWidth)}  ${said.padEnd(verdictWidth)}`;
    const index = at?.index.map((i) => `[${i}]`).join('');
    const place = at ? `; ${firstAt(`${quantity}${index}`, at.given)}` : '';
    const remark = likely === '' ? [] : wrap(printable(likely + place), width - start.length - 2);
    const [first = '', ...rest] = remark;
    const indent = ' '.repeat(start.length + 2);
    const head =
      start.slice(0, nameWidth + 2) + style(colour, start.slice(nameWidth + 2).trimEnd());
    const padding = ' '.repeat(verdictWidth - said.length + 2);
    return [first === '' ? head : head + padding + first, ...rest.map((line) => indent + line)];
  });
}
