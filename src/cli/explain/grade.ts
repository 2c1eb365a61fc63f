import { BackpropError, ExitCode } from '../../errors.js';
import { grade, type Mark } from '../../explain/grading.js';
import { createWorksheet, type WorksheetSize } from '../../explain/worksheet.js';
import { short } from '../../text/numbers.js';
import { type Page, wrap } from '../../text/page.js';
import { type Context, pageFor } from '../context.js';
import { printLines } from '../output.js';
import { readAnswers } from './answers.js';

/** The flags of `backprop-explain grade`. */
export interface GradeFlags {
  readonly seed: number;
  readonly size: WorksheetSize;
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
  { seed, size, json, color }: GradeFlags,
  context: Context,
): Promise<void> {
  const sheet = createWorksheet(seed, size);
  const marks = grade(sheet, await readAnswers(path));
  const right = marks.filter(({ verdict }) => verdict === 'right').length;
  const lines = json
    ? [JSON.stringify({ event: 'grade', seed, ...sheet.shape, right, of: marks.length, marks })]
    : gradeText(marks, pageFor(context, color));
  printLines(context.stdout, lines);
  if (right === marks.length) return;
  throw new BackpropError(`${marks.length - right} of ${marks.length} answers are not right`, {
    code: 'ERR_NOT_RIGHT',
    exitCode: ExitCode.belowMinimum,
    hint: 'correct them from the top down: later ones follow from earlier ones',
  });
}

const NAME_WIDTH = 'batch_dL_db'.length;
const VERDICT_WIDTH = 'missing'.length;

function gradeText(marks: readonly Mark[], { width, style }: Page): string[] {
  return marks.flatMap(({ quantity, verdict, likely, at }) => {
    const colour = verdict === 'right' ? 'green' : verdict === 'wrong' ? 'red' : 'yellow';
    const start = `${quantity.padEnd(NAME_WIDTH)}  ${verdict.padEnd(VERDICT_WIDTH)}`;
    const place = at
      ? `; first at ${quantity}${at.index.map((i) => `[${i}]`).join('')}, ${short(at.given)}`
      : '';
    const remark = likely === '' ? [] : wrap(likely + place, width - start.length - 2);
    const [first = '', ...rest] = remark;
    const indent = ' '.repeat(start.length + 2);
    const head =
      start.slice(0, NAME_WIDTH + 2) + style(colour, start.slice(NAME_WIDTH + 2).trimEnd());
    const padding = ' '.repeat(VERDICT_WIDTH - verdict.length + 2);
    return [first === '' ? head : head + padding + first, ...rest.map((line) => indent + line)];
  });
}
