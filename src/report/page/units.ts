import type { Floats } from '../../layers/floats.js';
import { paintMap, type Sides } from './draw.js';
import type { PageModel } from './model.js';
import { typeset } from './numbers.js';
import { strongest } from './vectors.js';
import { fill, grouped, WORDS } from './words.js';

/** Lets the pictures of the first hidden layer's units be sorted, and shows all of them on demand. */
export function startUnits({ shape, contributions }: PageModel): void {
  if (!contributions) return;
  const H = shape.hidden![0]!;
  const grid = document.querySelector<HTMLElement>('#units')!;
  const order = document.querySelector<HTMLSelectElement>('#units-order')!;
  const figures = [...grid.querySelectorAll('figure')];
  let shown = Number(grid.dataset.first);
  const sort = (): void => {
    const k = order.value === '' ? undefined : Number(order.value);
    const added =
      k === undefined ? largestOf(contributions, H) : contributions.subarray(k * H, (k + 1) * H);
    for (const [place, i] of strongest(added, H).entries()) {
      figures[i]!.hidden = place >= shown;
      const text = k === undefined ? '' : typeset(signedText(added[i]!));
      figures[i]!.querySelector('data')!.textContent = text;
      figures[i]!.querySelector('data')!.value = String(added[i]);
      grid.append(figures[i]!);
    }
  };
  // Browsers keep a form's choice over a reload.
  order.value = '';
  order.addEventListener('change', sort);
  sort();
  const button = document.querySelector('#units-all');
  button?.addEventListener('click', () => {
    const all = shown < H;
    shown = all ? H : Number(grid.dataset.first);
    button.setAttribute('aria-expanded', String(all));
    button.textContent = all ? WORDS.showFewer : fill(WORDS.showAll, { count: grouped(H) });
    sort();
  });
}

/** For each unit its largest contribution to any class. */
function largestOf(contributions: Floats, H: number): Float64Array {
  const largest = new Float64Array(H);
  for (const [at, added] of contributions.entries()) {
    largest[at % H] = Math.max(largest[at % H]!, Math.abs(added));
  }
  return largest;
}

function signedText(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(2)}`;
}

/** The cells in which a layer's units are shown, at most about twice as wide as high. */
export function cellsFor(units: number): Sides {
  const columns = Math.min(units, 2 ** Math.round(Math.log2(Math.sqrt(1.5 * units))));
  return { rows: Math.ceil(units / columns), columns };
}

/** Draws the numbers of a layer's units, a cell each. */
export function paintUnits(canvas: HTMLCanvasElement, values: Floats): void {
  const sides = cellsFor(values.length);
  const cells = new Float64Array(sides.rows * sides.columns);
  cells.set(values);
  paintMap(canvas, sides, cells);
}

/** Draws rows of the first layer's gradient in these canvases, the longest first, and says whose they are. */
export function paintStrongest(
  canvases: Iterable<HTMLCanvasElement>,
  shape: Sides,
  dL_dv: Floats,
  dL_dW: Floats,
  largest: number,
): void {
  const all = [...canvases];
  const D = shape.rows * shape.columns;
  for (const [at, i] of strongest(dL_dv, all.length).entries()) {
    const canvas = all[at]!;
    paintMap(canvas, shape, dL_dW.subarray(i * D, (i + 1) * D), largest);
    canvas.dataset.unit = String(i);
    canvas.ariaLabel = fill(WORDS.unitGradient, { i });
    canvas.closest('figure')!.querySelector('figcaption')!.textContent = String(i);
  }
}
