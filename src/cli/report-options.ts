import { extname } from 'node:path';
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';

/** The flag by which both commands write the page. */
export function reportOption(): Option<
  '--report <file>',
  undefined,
  undefined,
  string,
  false,
  undefined
> {
  return new Option('--report <file>', 'a page to open in a browser, .html').argParser(reportPath);
}

/** Another ending is a slip that could cost a model. */
function reportPath(text: string): string {
  if (['.html', '.htm'].includes(extname(text).toLowerCase())) return text;
  throw new InvalidArgumentError('expected a file name that ends in .html');
}
