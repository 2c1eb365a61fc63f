import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, the browser that the page is tested in. */
const CHROMIUM = '/usr/bin/chromium';

/** Without it the tests of the page are skipped. */
export const hasChromium: boolean = existsSync(CHROMIUM);

/** Starts it without a window and with none of its own traffic. */
export function launchChromium(): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath: CHROMIUM, args });
}
