import { BackpropError, ExitCode } from '../../errors.js';
import { grade, type Mark } from '../../explain/grading.js';
import { createWorksheet } from '../../explain/worksheet.js';
import { short } from '../../text/numbers.js';
import { type Page, widest, wrap } from '../../text/page.js';
import { type Context, pageFor } from '../context.js';
import { printable, printLines } from '../output.js';
import { readAnswers, type SheetFlags } from './answers.js';

/** The flags of `backprop-explain grade`. */
export interface GradeFlags extends SheetFlags {
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
  const { seed, size, student, answers, unreadable } = await readAnswers(path, flags, context);
  const sheet = createWorksheet(seed, size);
  const marks = grade(sheet, answers, unreadable);
  const right = marks.filter(({ verdict }) => verdict === 'right').length;
  const { shape } = sheet;
  const of = marks.length;
  const lines = flags.json
    ? [JSON.stringify({ event: 'grade', student, seed, ...shape, right, of, marks })]
    : gradeText(marks, pageFor(context, flags.color));
  printLines(context.stdout, lines);
  if (right === marks.length) return;
  throw new BackpropError(`${marks.length - right} of ${marks.length} answers are not right`, {
    code: 'ERR_NOT_RIGHT',
    exitCode: ExitCode.belowMinimum,
    hint: 'correct them from the top down: later ones follow from earlier ones',
  });
}

const VERDICT_WIDTH = 'unreadable'.length;

function gradeText(marks: readonly Mark[], { width, style }: Page): string[] {
  const nameWidth = widest(marks.map(({ quantity }) => quantity));
  return marks.flatMap(({ quantity, verdict, likely, at }) => {
    const colour = verdict === 'right' ? 'green' : verdict === 'wrong' ? 'red' : 'yellow';
    const start = `${quantity.padEnd(nameWidth)}  ${verdict.padEnd(VERDICT_WIDTH)}`;
    const place = at
      ? `; first at ${quantity}${at.index.map((i) => `[${i}]`).join('')}, ${short(at.given)}`
      : '';
    const remark = likely === '' ? [] : wrap(printable(likely + place), width - start.length - 2);
    const [first = '', ...rest] = remark;
    const indent = ' '.repeat(start.length + 2);
    const head =
      start.slice(0, nameWidth + 2) + style(colour, start.slice(nameWidth + 2).trimEnd());
    const padding = ' '.repeat(VERDICT_WIDTH - verdict.length + 2);
    return [first === '' ? head : head + padding + first, ...rest.map((line) => indent + line)];
  });
}
