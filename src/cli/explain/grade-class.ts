import { BackpropError, ExitCode, FileError } from '../../errors.js';
import { createWorksheet } from '../../explain/create-worksheet.js';
import { grade, type Mark } from '../../explain/grading.js';
import { wordsIn } from '../../explain/words/language.js';
import type { GradingWords } from '../../explain/words/words.js';
import type { AnswerName } from '../../explain/worksheet.js';
import { writeFileAtomic } from '../../files/atomic.js';
import { table, wrap } from '../../text/page.js';
import { type Context, pageFor } from '../context.js';
import { printable, printLines } from '../output.js';
import { assertDistinct } from '../outputs.js';
import { readAnswers } from './answers.js';
import type { GradeFlags } from './grade.js';

/** A student's marks, or why their file cannot be read. */
interface Row {
  readonly student: string;
  readonly file: string;
  readonly seed: number | undefined;
  readonly marks: readonly Mark[];
  readonly problem: string;
}

/** A mistake of the class: where, which, and who made it. */
interface CommonMistake {
  readonly quantity: AnswerName;
  readonly likely: string;
  readonly students: readonly string[];
}

const MOST_SHOWN = 10;

/**
 * Marks the files of a class, a row each, and counts its mistakes. A file that cannot be read does not
 * keep the others from being marked.
 * @throws FileError (exit 4), after the marks, if there was one; DiskError
 */
export async function gradeClass(
  files: readonly string[],
  flags: GradeFlags,
  context: Context,
): Promise<void> {
  const { table: csv, json, color } = flags;
  const { grading } = await wordsIn(flags.lang);
  for (const file of files) await assertDistinct({ '--table': csv, [file]: file });
  const rows: Row[] = [];
  for (const file of files) {
    context.signal.throwIfAborted();
    rows.push(await markFile(file, flags, grading, context));
  }
  const names = [...new Set(rows.flatMap(({ marks }) => marks.map(({ quantity }) => quantity)))];
  const mistakes = commonMistakes(rows);
  if (csv !== undefined) await writeFileAtomic(csv, csvText(rows, names, grading), context.signal);
  const lines = json
    ? [JSON.stringify({ event: 'grades', rows, mistakes })]
    : classText(rows, mistakes, pageFor(context, color).width, grading);
  printLines(context.stdout, lines);
  const unread = rows.filter(({ problem }) => problem !== '').length;
  if (unread === 0) return;
  throw new FileError(`${unread} of ${rows.length} files cannot be read as answers`, {
    hint: 'the others are marked',
  });
}

async function markFile(
  file: string,
  flags: GradeFlags,
  words: GradingWords,
  context: Context,
): Promise<Row> {
  try {
    const {
      student = file,
      seed,
      size,
      answers,
      unreadable,
    } = await readAnswers(file, flags, words, context);
    const marks = grade(createWorksheet(seed, size), answers, unreadable, words);
    return { student, file, seed, marks, problem: '' };
  } catch (error) {
    const isFile =
      error instanceof BackpropError &&
      ([ExitCode.model, ExitCode.usage] as number[]).includes(error.exitCode);
    if (!isFile) throw error;
    return { student: file, file, seed: undefined, marks: [], problem: error.message };
  }
}

/** The mistakes that were named, the commonest first; what follows from another is none of its own. */
function commonMistakes(rows: readonly Row[]): CommonMistake[] {
  const found = new Map<string, CommonMistake>();
  for (const { student, marks } of rows) {
    for (const { quantity, verdict, likely, from } of marks) {
      if (verdict !== 'wrong' || from !== undefined) continue;
      const name = `${quantity}: ${likely}`;
      const students = [...(found.get(name)?.students ?? []), student];
      found.set(name, { quantity, likely, students });
    }
  }
  return [...found.values()].sort((a, b) => b.students.length - a.students.length);
}

function rightOf({ marks }: Row): number {
  return marks.filter(({ verdict }) => verdict === 'right').length;
}

function classText(
  rows: readonly Row[],
  mistakes: readonly CommonMistake[],
  width: number,
  { verdicts, follows: followsHead, fileNotRead, commonest }: GradingWords,
): string[] {
  const cells = rows.map((row) => {
    const follows = row.marks.filter(({ from }) => from !== undefined).length;
    const count = (verdict: Mark['verdict']): number =>
      row.marks.filter((mark) => mark.verdict === verdict).length;
    const student = printable(row.student).slice(0, 28);
    if (row.problem !== '') return [student, fileNotRead];
    const wrong = count('wrong') - follows;
    const rest = [wrong, follows, count('unreadable'), count('missing')].map(String);
    return [student, `${rightOf(row)}/${row.marks.length}`, ...rest];
  });
  const { right, wrong, unreadable, missing } = verdicts;
  const head = ['', right, wrong, followsHead, unreadable, missing];
  const problems = rows.flatMap(({ problem }) =>
    problem === '' ? [] : wrap(printable(problem), width),
  );
  const common = mistakes.slice(0, MOST_SHOWN).flatMap(({ quantity, likely, students }) => {
    const [first = '', ...rest] = wrap(`${quantity}: ${likely}`, width - 6);
    return [`${String(students.length).padStart(4)}  ${first}`, ...rest.map((l) => `      ${l}`)];
  });
  return [
    ...table([head, ...cells]),
    ...(problems.length > 0 ? ['', ...problems] : []),
    ...(common.length > 0 ? ['', commonest, ...common] : []),
  ];
}

/** A row a student, a column a question: right, follows, missing, unreadable or what is wrong. */
function csvText(rows: readonly Row[], names: readonly AnswerName[], words: GradingWords): string {
  const head = ['student', 'file', 'seed', 'right', 'of', ...names, 'problem'];
  const lines = rows.map((row) => [
    row.student,
    row.file,
    row.seed === undefined ? '' : String(row.seed),
    String(rightOf(row)),
    String(row.marks.length),
    ...names.map((name) =>
      csvVerdict(
        row.marks.find(({ quantity }) => quantity === name),
        words,
      ),
    ),
    row.problem,
  ]);
  return [head, ...lines].map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

function csvVerdict(mark: Mark | undefined, { verdicts, followsFrom }: GradingWords): string {
  if (!mark) return '';
  if (mark.from !== undefined) return followsFrom(mark.from);
  const verdict = verdicts[mark.verdict];
  return mark.verdict === 'wrong' ? `${verdict}: ${mark.likely}` : verdict;
}

/** Quoted where needed; a spreadsheet must not take a name such as `=1+1` for a formula. */
function csvCell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
