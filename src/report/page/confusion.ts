import type { PagePicture } from '../page-data.js';
import { paintInk } from './draw.js';
import { type PageModel, pixelsOf } from './model.js';
import { percent } from './numbers.js';
import { fill, nameOf, WORDS } from './words.js';

/** Opens the pictures behind a cell; `follow` takes one of them to the derivation. */
export function startConfusion(model: PageModel, follow: (at: number) => void): void {
  const table = document.querySelector<HTMLTableElement>('table.confusion')!;
  const dialog = document.querySelector<HTMLDialogElement>('#cell')!;
  moveWithArrows(table);
  table.addEventListener('click', (event) => {
    const cell = (event.target as Element).closest<HTMLButtonElement>('[data-cell]');
    if (cell) open(dialog, cell, model, follow);
  });
  document.querySelector('#cell-close')!.addEventListener('click', () => dialog.close());
  // A press beside the box lands on the dialog itself.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
}

/** One cell is in the tab order; arrows, Home and End move among those that have pictures. */
function moveWithArrows(table: HTMLTableElement): void {
  const cells = [...table.querySelectorAll<HTMLButtonElement>('[data-cell]')];
  let current = cells[0];
  if (current) current.tabIndex = 0;
  const focus = (cell: HTMLButtonElement | undefined): void => {
    if (!cell || !current) return;
    current.tabIndex = -1;
    current = cell;
    cell.tabIndex = 0;
    cell.focus();
  };
  table.addEventListener('keydown', (event) => {
    const from = (event.target as Element).closest<HTMLButtonElement>('[data-cell]');
    if (!from) return;
    const next = neighbour(cells, from, event.key);
    if (!next) return;
    event.preventDefault();
    focus(next);
  });
  table.addEventListener('focusin', (event) => {
    const cell = (event.target as Element).closest<HTMLButtonElement>('[data-cell]');
    if (cell && cell !== current) focus(cell);
  });
}

/** The next cell with pictures in the key's direction. */
function neighbour(
  cells: readonly HTMLButtonElement[],
  from: HTMLButtonElement,
  key: string,
): HTMLButtonElement | undefined {
  const [row, column] = placeOf(from);
  const inRow = cells.filter((cell) => placeOf(cell)[0] === row);
  const inColumn = cells.filter((cell) => placeOf(cell)[1] === column);
  if (key === 'ArrowRight') return inRow[inRow.indexOf(from) + 1];
  if (key === 'ArrowLeft') return inRow[inRow.indexOf(from) - 1];
  if (key === 'ArrowDown') return inColumn[inColumn.indexOf(from) + 1];
  if (key === 'ArrowUp') return inColumn[inColumn.indexOf(from) - 1];
  if (key === 'Home') return inRow[0];
  if (key === 'End') return inRow.at(-1);
  return undefined;
}

function placeOf(cell: HTMLElement): [row: number, column: number] {
  return cell.dataset.cell!.split(',').map(Number) as [number, number];
}

function open(
  dialog: HTMLDialogElement,
  cell: HTMLButtonElement,
  model: PageModel,
  follow: (at: number) => void,
): void {
  const [label, predicted] = placeOf(cell);
  const shown = [...model.pictures.entries()]
    .filter(([, picture]) => picture.label === label && picture.predicted === predicted)
    .sort(([, a], [, b]) =>
      label === predicted ? a.index - b.index : b.probability - a.probability,
    );
  const title = label === predicted ? WORDS.recognised : WORDS.takenFor;
  dialog.querySelector('#cell-title')!.textContent = fill(title, {
    label: nameOf(label),
    predicted: nameOf(predicted),
  });
  const all = Number(cell.dataset.count);
  const which = label === predicted ? WORDS.firstOfSet : WORDS.mostConfident;
  const { someImages, oneImage, allImages } = WORDS;
  const note = shown.length < all ? someImages : all === 1 ? oneImage : allImages;
  dialog.querySelector('#cell-note')!.textContent = fill(note, {
    shown: shown.length,
    all,
    which,
  });
  const items = shown.map(([at, picture]) =>
    thumbnail(picture, () => {
      dialog.close();
      follow(at);
    }),
  );
  dialog.querySelector('#cell-pictures')!.replaceChildren(...items);
  dialog.showModal();
  for (const [n, [, picture]] of shown.entries()) {
    paintInk(items[n]!.querySelector('canvas')!, model.shape, pixelsOf(model, picture));
  }
}

function thumbnail(picture: PagePicture, press: () => void): HTMLLIElement {
  const item = document.createElement('li');
  const button = document.createElement('button');
  const canvas = document.createElement('canvas');
  const words = document.createElement('span');
  const share = percent(picture.probability, 1);
  button.type = 'button';
  button.className = 'thumbnail';
  button.setAttribute('aria-label', fill(WORDS.thumbnail, { index: picture.index, share }));
  canvas.className = 'ink';
  canvas.setAttribute('aria-hidden', 'true');
  words.className = 'quiet';
  words.textContent = `${share} · №\u00a0${picture.index}`;
  button.append(canvas, words);
  button.addEventListener('click', press);
  item.append(button);
  return item;
}
