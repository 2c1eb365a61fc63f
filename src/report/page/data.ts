import { DATA_ELEMENT, type PageData } from '../page-data.js';

/** The page's data block. */
export const DATA: PageData = JSON.parse(document.getElementById(DATA_ELEMENT)!.textContent!);
