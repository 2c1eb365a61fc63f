import { deriveForward } from '../../derivation.js';
import { BackpropError } from '../../errors.js';
import { normalise } from '../../image/normalise.js';
import { type PictureWarning, pictureWarnings, warningSentence } from '../../image/warnings.js';
import { pictureOf } from '../../images.js';
import { argmax } from '../../layers/floats.js';
import type { Copy } from './copy.js';
import { DATA } from './data.js';
import type { DerivationSection } from './derivation.js';
import { paintInk } from './draw.js';
import { Lesson } from './lesson.js';
import type { PageModel } from './model.js';
import { percent } from './numbers.js';
import { readPhoto } from './photo.js';
import { Sheet } from './sheet.js';
import { clearVectors, markRows, showVector } from './vectors.js';
import { fill, WORDS } from './words.js';

/** Milliseconds without a change after which a drawing is looked at more closely. */
const PAUSE = 150;

/**
 * The pad: draw or drop a picture, see it as the network does, read the answer, teach it.
 *
 * @param follow goes to the derivation
 */
export function startPad(
  model: PageModel,
  copy: Copy,
  derivation: DerivationSection,
  follow: () => void,
): void {
  const section = document.querySelector<HTMLElement>('#pad')!;
  const answer = section.querySelector('.answer')!;
  const toDerivation = section.querySelector<HTMLButtonElement>('#pad-follow')!;
  let pixels: Uint8Array | undefined;
  let warnings: readonly PictureWarning[] = [];
  const show = (): void => showAnswer(model, copy, answer, pixels);
  const tellDerivation = (): void => derivation.setDrawing(pixels, lesson.label);
  const lesson = new Lesson(model, copy, tellDerivation);
  copy.onChange(show);

  let waiting = false;
  /** Of the last file, until something else comes onto the sheet. */
  let refusal = '';
  let pause: ReturnType<typeof setTimeout> | undefined;
  const sheet: Sheet = new Sheet(model.shape, () => {
    clearTimeout(pause);
    refusal = '';
    warn('');
    pause = setTimeout(() => {
      const blank = sheet.picture && !pixels ? WORDS.noDigit : '';
      const unlike = warnings.length > 0 && warningSentence(warnings, WORDS.pictureWarnings);
      warn(refusal || unlike || blank);
      lesson.show();
      tellDerivation();
    }, PAUSE);
    // At most once a frame: normalising takes longer than two moves of a hand lie apart.
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      ({ pixels, warnings } = normalised(model, sheet));
      section.classList.toggle('empty', !sheet.picture);
      toDerivation.disabled = !pixels;
      show();
      lesson.take(pixels);
    });
  });
  toDerivation.addEventListener('click', () => {
    tellDerivation();
    derivation.chooseDrawing();
    follow();
  });
  takeFiles(section, async (file) => {
    try {
      sheet.showPhoto(await readPhoto(file));
    } catch {
      refusal = fill(WORDS.notAPicture, { name: file.name });
      warn(refusal);
    }
  });
}

/** One line beside the answer; '' for none. */
function warn(text: string): void {
  const warning = document.querySelector<HTMLElement>('#pad-warning')!;
  warning.textContent = text;
  warning.hidden = text === '';
}

/** Files that are chosen, or dropped anywhere in the section: beside the pad the browser would go to them. */
function takeFiles(section: HTMLElement, take: (file: File) => void): void {
  const input = section.querySelector<HTMLInputElement>('#pad-file')!;
  section.querySelector('#pad-choose')!.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    if (file) take(file);
    // So that the same file can be chosen again.
    input.value = '';
  });
  const sheet = section.querySelector('#pad-sheet')!;
  section.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    sheet.classList.add('over');
  });
  section.addEventListener('dragleave', () => sheet.classList.remove('over'));
  section.addEventListener('drop', (event) => {
    sheet.classList.remove('over');
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    take(file);
  });
}

/** The drawing as the network takes it, undefined while there is nothing to see, and what is odd about it. */
function normalised(
  { shape, trainedOn }: PageModel,
  { picture, edge }: Sheet,
): { pixels: Uint8Array | undefined; warnings: readonly PictureWarning[] } {
  if (!picture) return { pixels: undefined, warnings: [] };
  try {
    const normal = normalise(picture, shape);
    const layout = [...normal.layout, ...edge];
    const training = trainedOn === undefined ? undefined : { dataset: { name: trainedOn } };
    return {
      pixels: normal.pixels,
      warnings: pictureWarnings({ ...normal, layout }, { training }),
    };
  } catch (error) {
    if (error instanceof BackpropError) return { pixels: undefined, warnings: [] };
    throw error;
  }
}

function showAnswer(
  { shape }: PageModel,
  { parameters }: Copy,
  host: Element,
  pixels: Uint8Array | undefined,
): void {
  const seen = host.querySelector<HTMLCanvasElement>('#pad-seen')!;
  paintInk(seen, shape, pixels ?? new Uint8Array(shape.rows * shape.columns));
  const answer = host.querySelector('#pad-answer')!;
  const sure = host.querySelector('#pad-sure')!;
  if (!pixels) {
    answer.textContent = '–';
    sure.textContent = '';
    clearVectors(host, ['v', 'y']);
    markRows(host, { answer: -1 });
    return;
  }
  const { v, y } = deriveForward(parameters, pictureOf(pixels, shape));
  const best = argmax(v);
  answer.textContent = String(best);
  const share = fill(WORDS.sure, { share: percent(y[best]!, 1) });
  sure.textContent = DATA.classNames ? `${DATA.classNames[best]}\n${share}` : share;
  showVector(host, 'v', v);
  showVector(host, 'y', y);
  markRows(host, { answer: best });
}
