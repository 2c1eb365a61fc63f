import type { Language } from '../../explain/words/language.js';
import type { Words } from '../../explain/words/words.js';
import {
  type Answer,
  hiddenLayersOf,
  inWords,
  type WholeLayer,
  type Worksheet,
} from '../../explain/worksheet.js';
import { html, joined, type Markup, markup } from '../../report/html.js';
import { askedOf, inDecimals, introduction, lettersOf } from './worksheet.js';

/** A student and their sheet. */
export interface Place {
  readonly student: string;
  readonly sheet: Worksheet;
  /** Of the sheet and its form, without the ending. */
  readonly file: string;
}

const STYLE = `
@page { size: A4; margin: 14mm 15mm 12mm }
* { box-sizing: border-box }
body { font: 10.5pt/1.35 "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; color: #000; margin: 0 auto; max-width: 180mm }
math { font-size: 1.08em; margin: 0 .05em }
/* Borders and not parentheses, which stretch only in a font made for mathematics. */
.matrix { border: solid; border-width: 0 .9pt; border-radius: 5pt; padding: 0 .25em } mtd { padding: .12em .3em }
article { break-after: page } article:last-child { break-after: auto }
header { display: flex; justify-content: space-between; border-bottom: 1.2pt solid; padding-bottom: 1.5mm; margin-bottom: 2mm }
h1 { font-size: 14pt; margin: 0 } h2 { font-size: 11pt; margin: 3.5mm 0 1mm } p { margin: 1mm 0 }
.given { display: flex; flex-wrap: wrap; gap: 2mm 8mm; align-items: center; margin: 2mm 0 }
ol { margin: 0; padding: 0 } li { list-style: none; break-inside: avoid; border-top: .4pt solid #999; padding: 1mm 0 0 }
li > div { display: flex; justify-content: space-between; gap: 4mm } li b { display: inline-block; min-width: 6mm }
.field { color: #444; font-family: "DejaVu Sans Mono", monospace; font-size: 8pt; white-space: nowrap; padding-top: 1mm }
.key li { padding: 1mm 0 1.5mm } .key li > div + div { margin-top: 1mm; flex-wrap: wrap }
`;

/** One printable page of everybody's sheet, each beginning on a new leaf of A4. */
export function sheetPage(places: readonly Place[], lang: Language, words: Words): string {
  const { worksheet, worksheets, find } = words.sheet;
  const title = places.length === 1 ? `${worksheet} ${places[0]!.sheet.seed}` : worksheets;
  const sheets = places.map(
    (place) =>
      html`<article>${head(place, worksheet, words)}${given(place.sheet, words)}<h2>${find}</h2><ol>${questions(place.sheet, words)}</ol></article>`,
  );
  return document(title, lang, joined(sheets));
}

/** The key to everybody's sheet. */
export function keyPage(places: readonly Place[], lang: Language, words: Words): string {
  const { key } = words.sheet;
  const keys = places.map(
    (place) =>
      html`<article class="key">${head(place, key, words)}<ol>${answers(place.sheet, words)}</ol></article>`,
  );
  return document(key, lang, joined(keys));
}

function document(title: string, lang: Language, body: Markup): string {
  const page = html`<!doctype html>
<html lang="${lang}"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width"><style>${markup(STYLE)}</style></head>
<body>${body}</body></html>
`;
  return page.text;
}

function head({ student, sheet }: Place, what: string, words: Words): Markup {
  return html`<header><h1>${what} ${sheet.seed}</h1><span>${words.sheet.name}: <strong>${student}</strong></span></header>`;
}

function given(sheet: Worksheet, words: Words): Markup {
  const { hidden, pictures, M, c } = sheet;
  const last = hiddenLayersOf(sheet);
  const [first, second] = pictures;
  const layers: readonly (readonly [WholeLayer, boolean])[] = hidden
    ? [
        [hidden, false],
        [{ M, c }, true],
      ]
    : [[{ M, c }, true]];
  const matrices = layers.flatMap(([{ M, c }, ln2], l) => {
    const { W, b } = lettersOf(l, last);
    return [
      equation(W, matrix(M.map(String), M.length / c.length), ln2),
      equation(b, matrix(c.map(String), 1), ln2),
    ];
  });
  const picture = (name: string, { values, columns }: (typeof first)['x']): Markup => {
    const cells = Array.from(values, (value) => (value === 0.5 ? '1/2' : String(value)));
    return equation(name, matrix(cells, columns), false);
  };
  const about = introduction(sheet, words);
  return html`<p>${withMath(about.network)} ${withMath(about.exact)}</p>
<h2>${words.sheet.given}</h2><div class="given">${joined([...matrices, picture('x', first.x), picture('x′', second.x)])}</div>
<p>${withMath(about.pictures)}</p>`;
}

/** Millimetres of two leaves that are there to write on, a little less than there are. */
const TO_WRITE_ON = 425;

/** Room for so many rows of so many numbers, in millimetres, before there is more to share out. */
function leastRoom(shape: readonly number[]): number {
  const [rows = 1, columns = 1] = shape;
  return 13 + (shape.length === 2 ? 4.5 * rows : 0.6 * rows * columns);
}

function questions(sheet: Worksheet, words: Words): Markup {
  const asked = askedOf(sheet, words);
  const least = asked.reduce((sum, { answer }) => sum + leastRoom(answer.shape), 0);
  const room = (shape: readonly number[]): number =>
    leastRoom(shape) * Math.max(1, TO_WRITE_ON / least);
  const items = asked.map(
    ({ name, text, answer }, n) =>
      html`<li style="min-height:${room(answer.shape).toFixed(1)}mm"><div><span><b>${n + 1}.</b>${withMath(text)}</span><span class="field">${name}: ${words.sheet.size(answer.shape)}</span></div></li>`,
  );
  return joined(items);
}

function answers(sheet: Worksheet, words: Words): Markup {
  const items = askedOf(sheet, words).map(
    ({ name, answer, formula }, n) =>
      html`<li><div><span><b>${n + 1}.</b>${withMath(formula)}</span><span class="field">${name}</span></div>${value(answer, words)}</li>`,
  );
  return joined(items);
}

function value(answer: Answer, { numbers: { decimal } }: Words): Markup {
  const { shape, values } = answer;
  const columns = shape[1] ?? values.length;
  const exact = Array.from(values, (one) => decimal(inWords(one, answer)));
  const decimals = Array.from(values, (one) => decimal(inDecimals(one)));
  const isExact = exact.some((word) => /[/n]/.test(word));
  const both = isExact
    ? [matrix(exact, columns), matrix(decimals, columns)]
    : [matrix(exact, columns)];
  return html`<div>${joined(both.map((one) => html`<span><math displaystyle="true">${one}</math></span>`))}</div>`;
}

const LN_2 = markup('<mi>ln</mi><mspace width="0.2em"/><mn>2</mn>');

/** `name = ln 2 · matrix` */
function equation(name: string, right: Markup, ln2: boolean): Markup {
  const factor = ln2 ? html`${LN_2}<mo>·</mo>` : html``;
  return html`<math>${symbol(name)}<mo>=</mo>${factor}${right}</math>`;
}

function matrix(cells: readonly string[], columns: number): Markup {
  const rows = Array.from(
    { length: cells.length / columns },
    (_, r) =>
      html`<mtr>${joined(cells.slice(r * columns, (r + 1) * columns).map((cell) => html`<mtd>${entry(cell)}</mtd>`))}</mtr>`,
  );
  return html`<mtable class="matrix">${joined(rows)}</mtable>`;
}

/** `-5/14 ln 2` */
function entry(text: string): Markup {
  const [, sign = '', above = '', below, ln2] =
    /^(-?)([\d.,]*)(?:\/(\d+))?( ?ln 2)?$/.exec(text) ?? [];
  const minus = sign === '' ? html`` : html`<mo>−</mo>`;
  const number =
    below === undefined
      ? above === ''
        ? html``
        : html`<mn>${above}</mn>`
      : html`<mfrac><mn>${above}</mn><mn>${below}</mn></mfrac>`;
  return html`<mrow>${minus}${number}${ln2 ? html`<mspace width="0.2em"/>${LN_2}` : html``}</mrow>`;
}

const DERIVATIVE = String.raw`∂([A-Za-z])([¹²]?)(_[ij])?\/∂([A-Za-z])([¹²]?)(_[ij])?`;
const LETTER = String.raw`(?<![\p{L}\d])([xuvhyLWb]|labels(?=_))([¹²′]?ᵀ?)(_[ij])?(?![\p{L}\d])`;
const MATHS = new RegExp(`${DERIVATIVE}|${LETTER}`, 'gu');

/** A sentence with its derivatives and letters as MathML. */
function withMath(text: string): Markup {
  const pieces: Markup[] = [];
  let end = 0;
  for (const match of text.matchAll(MATHS)) {
    const [all, a, na = '', ia = '', b, nb = '', ib = '', single, n = '', index = ''] = match;
    pieces.push(html`${text.slice(end, match.index)}`);
    pieces.push(
      single === undefined
        ? html`<math displaystyle="true"><mfrac><mrow><mo>∂</mo>${symbol(a! + na + ia)}</mrow><mrow><mo>∂</mo>${symbol(b! + nb + ib)}</mrow></mfrac></math>`
        : html`<math>${symbol(single + n + index)}</math>`,
    );
    end = match.index + all.length;
  }
  return joined([...pieces, html`${text.slice(end)}`]);
}

/** `W¹`, `x′`, `y_i` */
function symbol(name: string): Markup {
  const [, letter = name, mark, index] = /^(\p{L}|labels)([¹²′]?ᵀ?)(?:_([ij]))?$/u.exec(name) ?? [];
  const isPrime = mark === '′';
  const above = mark && !isPrime ? marks(mark) : undefined;
  const base = isPrime
    ? html`<mrow><mi>${letter}</mi><mo lspace="0" rspace="0">′</mo></mrow>`
    : html`<mi>${letter}</mi>`;
  if (above && index) return html`<msubsup>${base}<mi>${index}</mi>${above}</msubsup>`;
  if (above) return html`<msup>${base}${above}</msup>`;
  return index ? html`<msub>${base}<mi>${index}</mi></msub>` : base;
}

/** `²ᵀ` above a letter. */
function marks(text: string): Markup {
  const digit = text.replace('¹', '1').replace('²', '2').replace('ᵀ', '');
  const number = digit === '' ? html`` : html`<mn>${digit}</mn>`;
  return html`<mrow>${number}${text.includes('ᵀ') ? html`<mi mathvariant="normal">T</mi>` : html``}</mrow>`;
}
