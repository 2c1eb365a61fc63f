import { range } from '../layers/floats.js';
import { html, type Markup, NOTHING } from './html.js';
import type { PageWords } from './words/words.js';

/** A line of the chart: pairs of epoch and value, by rising epoch. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [epoch: number, value: number])[];
}

export interface ChartInput {
  readonly id: string;
  readonly title: string;
  readonly series: readonly Series[];
  /** A value as its axis shows it. */
  readonly tick: (value: number) => string;
  readonly words: Pick<PageWords, 'epoch' | 'curveAt' | 'curveFrom'>;
}

const [WIDTH, HEIGHT] = [480, 300];
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 16, 14, 38];

/** Values over epochs as an inline SVG, with a legend and a text for those who do not see it. */
export function chart({ id, title, series, tick, words }: ChartInput): Markup {
  const points = series.flatMap(({ points }) => points);
  const [, lastEpoch] = range(points.map(([epoch]) => epoch));
  const [least, most] = range(points.map(([, value]) => value));
  const ticks = niceTicks(least, most);
  const [low, high] = [ticks[0]!, ticks.at(-1)!];
  const x = (epoch: number): number =>
    lastEpoch === 1
      ? (LEFT + WIDTH - RIGHT) / 2
      : LEFT + ((epoch - 1) / (lastEpoch - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number =>
    HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const described = series.map(({ name, points }) => inWords(name, points, tick, words)).join('; ');
  return html`<figure class="chart">
<figcaption>${title}</figcaption>
${series.length > 1 ? legend(series) : NOTHING}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-words">
<title id="${id}-title">${title}</title><desc id="${id}-words">${described}.</desc>
<g class="grid">${ticks.map((value) => html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y(value))}" y2="${at(y(value))}"/>`)}</g>
<g class="ticks" text-anchor="end">${ticks.map((value) => html`<text x="${LEFT - 8}" y="${at(y(value) + 4)}">${tick(value)}</text>`)}</g>
<g class="ticks" text-anchor="middle">${epochTicks(lastEpoch).map((epoch) => html`<text x="${at(x(epoch))}" y="${HEIGHT - BOTTOM + 18}">${epoch}</text>`)}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}">${words.epoch}</text></g>
${series.map((line, s) => curve(line, s, x, y))}
</svg></figure>`;
}

function curve(
  { points }: Series,
  s: number,
  x: (epoch: number) => number,
  y: (value: number) => number,
): Markup {
  const path = points.map(([epoch, value]) => `${at(x(epoch))} ${at(y(value))}`).join('L');
  const dots = points.length > 30 ? points.slice(-1) : points;
  return html`<g class="line-${s}"><path d="M${path}"/>${dots.map(([epoch, value]) => html`<circle cx="${at(x(epoch))}" cy="${at(y(value))}" r="3.5"/>`)}</g>`;
}

function legend(series: readonly Series[]): Markup {
  return html`<ul class="legend">${series.map(({ name }, s) => html`<li class="line-${s}"><svg viewBox="0 0 24 10" aria-hidden="true"><path d="M0 5H24"/><circle cx="12" cy="5" r="3.5"/></svg>${name}</li>`)}</ul>`;
}

function inWords(
  name: string,
  points: Series['points'],
  tick: ChartInput['tick'],
  { curveAt, curveFrom }: ChartInput['words'],
): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  const rounded = (value: number): string => tick(Number(value.toPrecision(4)));
  if (points.length === 1) return curveAt(name, rounded(first[1]), first[0]);
  return curveFrom(name, rounded(first[1]), first[0], rounded(last[1]), last[0]);
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

function epochTicks(last: number): number[] {
  if (last <= 10) return Array.from({ length: last }, (_, epoch) => epoch + 1);
  const ticks = niceTicks(1, last).filter((epoch) => Number.isInteger(epoch) && epoch > 1);
  return [1, ...ticks.filter((epoch) => epoch <= last)];
}

/** A coordinate to a tenth. */
function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}
