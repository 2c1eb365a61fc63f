import { range } from '../layers/floats.js';
import { html, type Markup, NOTHING } from './html.js';
import { type Position, positionInWords, seesFirstEpoch, type TimeAxis } from './moments.js';
import type { PageWords } from './words/words.js';

/** A line of the chart, in the order of time. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly at: Position; readonly value: number }[];
}

export interface ChartInput {
  readonly id: string;
  readonly title: string;
  readonly series: readonly Series[];
  readonly time: TimeAxis;
  readonly batchesInEpoch: number;
  /** A value as its axis shows it. */
  readonly tick: (value: number) => string;
  readonly words: Pick<PageWords, 'epoch' | 'batchesOfFirst' | 'curveAt' | 'curveFrom' | 'script'>;
}

const [WIDTH, HEIGHT] = [480, 300];
const [LEFT, RIGHT, TOP, BOTTOM] = [62, 16, 14, 38];

/**
 * Values over time as an inline SVG, with a legend and a text for those who do not see it. The script
 * moves the line `.now`, which stands at 0 of a coordinate system whose width is that of the time axis.
 */
export function chart(input: ChartInput): Markup {
  const { id, title, series, time, tick, words } = input;
  const points = series.flatMap(({ points }) => points);
  const [least, most] = range(points.map(({ value }) => value));
  const ticks = niceTicks(least, most);
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  const x = (at: Position): number => LEFT + time(at) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const described = series.map(({ name, points }) => inWords(name, points, tick, words)).join('; ');
  return html`<figure class="chart">
<figcaption>${title}</figcaption>
${series.length > 1 ? legend(series) : NOTHING}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-words">
<title id="${id}-title">${title}</title><desc id="${id}-words">${described}.</desc>
<g class="grid">${ticks.map((value) => html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${rounded(y(value))}" y2="${rounded(y(value))}"/>`)}</g>
<g class="ticks" text-anchor="end">${ticks.map((value) => html`<text x="${LEFT - 8}" y="${rounded(y(value) + 4)}">${tick(value)}</text>`)}</g>
${timeTicks(input, x)}
${series.map((line, s) => curve(line, s, x, y))}
<svg class="time" aria-hidden="true" x="${LEFT}" y="${TOP}" width="${WIDTH - LEFT - RIGHT}" height="${HEIGHT - TOP - BOTTOM}" overflow="visible"><rect width="100%" height="100%"/><line class="now" y2="100%" visibility="hidden"/></svg>
</svg></figure>`;
}

/** The numbers of batches, those of epochs, and what they are. */
function timeTicks(
  { series, batchesInEpoch, words }: ChartInput,
  x: (at: Position) => number,
): Markup {
  const positions = series.flatMap(({ points }) => points.map(({ at }) => at));
  const lastEpoch = Math.max(...positions.map(({ epoch, batch }) => epoch + Math.sign(batch)));
  const early = seesFirstEpoch(positions);
  const end = { epoch: lastEpoch, batch: 0 };
  const epochs = lastEpoch > 1 || !early ? epochTicks(lastEpoch) : [];
  const middle = (from: Position, to: Position): number => (x(from) + x(to)) / 2;
  const [start, first] = [
    { epoch: 0, batch: 0 },
    { epoch: 1, batch: 0 },
  ];
  const batches = early ? batchTicks(batchesInEpoch).map((batch) => ({ epoch: 0, batch })) : [];
  const number = (at: Position, text: number): Markup =>
    html`<text x="${rounded(x(at))}" y="${HEIGHT - BOTTOM + 18}">${text}</text>`;
  const name = (at: number, text: string): Markup =>
    html`<text x="${rounded(at)}" y="${HEIGHT - 4}">${text}</text>`;
  return html`<g class="ticks" text-anchor="middle">${batches.map((at) => number(at, at.batch))}${epochs.length > 0 ? epochs.map((epoch) => number({ epoch, batch: 0 }, epoch)) : number(first, batchesInEpoch)}
${early ? name(middle(start, first), words.batchesOfFirst) : NOTHING}${epochs.length > 0 ? name(middle(first, end), words.epoch) : NOTHING}</g>
${early && lastEpoch > 1 ? html`<line class="epoch-1" x1="${rounded(x(first))}" x2="${rounded(x(first))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/>` : NOTHING}`;
}

function curve(
  { points }: Series,
  s: number,
  x: (at: Position) => number,
  y: (value: number) => number,
): Markup {
  const path = points.map(({ at, value }) => `${rounded(x(at))} ${rounded(y(value))}`).join('L');
  const dots = points.length > 40 ? points.slice(-1) : points;
  return html`<g class="line-${s}"><path d="M${path}"/>${dots.map(({ at, value }) => html`<circle cx="${rounded(x(at))}" cy="${rounded(y(value))}" r="3"/>`)}</g>`;
}

function legend(series: readonly Series[]): Markup {
  return html`<ul class="legend">${series.map(({ name }, s) => html`<li class="line-${s}"><svg viewBox="0 0 24 10" aria-hidden="true"><path d="M0 5H24"/><circle cx="12" cy="5" r="3.5"/></svg>${name}</li>`)}</ul>`;
}

function inWords(
  name: string,
  points: Series['points'],
  tick: ChartInput['tick'],
  { curveAt, curveFrom, script }: ChartInput['words'],
): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  const value = (point: { value: number }): string => tick(Number(point.value.toPrecision(4)));
  const place = ({ at }: { at: Position }): string => positionInWords(at, script.position);
  if (points.length === 1) return curveAt(name, value(first), place(first));
  return curveFrom(name, value(first), place(first), value(last), place(last));
}

/** Round values around the range: steps of 1, 2 or 5 times a power of ten, three to seven of them. */
export function niceTicks(minimum: number, maximum: number): number[] {
  const span = maximum - minimum || Math.abs(maximum) || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= 5)!;
  const first = Math.floor(minimum / step);
  const last = Math.max(Math.ceil(maximum / step), first + 1);
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
}

/** 0, then every third power of two, but none close to the epoch's end. */
function batchTicks(batchesInEpoch: number): number[] {
  const ticks = [0];
  for (let batch = 1; 3 * batch <= batchesInEpoch; batch *= 8) ticks.push(batch);
  return ticks;
}

function epochTicks(last: number): number[] {
  if (last <= 10) return Array.from({ length: last }, (_, epoch) => epoch + 1);
  const ticks = niceTicks(1, last).filter((epoch) => Number.isInteger(epoch) && epoch > 1);
  return [1, ...ticks.filter((epoch) => epoch <= last)];
}

/** A coordinate to a tenth. */
function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}
