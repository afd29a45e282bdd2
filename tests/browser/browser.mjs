// A real browser, and pages that remember everything a shop must not do.

import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome', '/usr/bin/chromium-browser'];

/** The widths the shop is looked at in. */
export const WIDTHS = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844, isMobile: true, hasTouch: true, deviceScaleFactor: 2 } };

/** Where Chromium is. */
export function chromium() {
  const found = PLACES.find((place) => place && existsSync(place));
  if (!found) throw new Error('no Chromium: install it (Debian: apt-get install chromium) or name it in CHROMIUM');
  return found;
}

/** Starts the browser. */
export function launch(more = []) {
  return puppeteer.launch({ executablePath: chromium(), args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', ...more] });
}

/**
 * A page of its own profile. `page.faults()` resolves with what went wrong since it was opened: errors on the
 * console, requests to other hosts, failed requests, pictures that do not show, layout shift above .1.
 */
export async function open(browser, url, { width = 'wide', dark = false } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport(WIDTHS[width]);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
  const faults = [];
  const { origin } = new URL(url);
  page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) faults.push(`asks another host: ${request.url()}`);
  });
  page.on('response', (response) => response.status() >= 400 && faults.push(`${response.status()}: ${response.url()}`));
  await page.evaluateOnNewDocument(() => {
    globalThis.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  page.faults = async () => {
    const seen = await page.evaluate(() => {
      const pictures = [];
      const walk = (root) => root.querySelectorAll('*').forEach((element) => {
        if (element.localName === 'img' && element.complete && element.currentSrc && !element.naturalWidth) pictures.push(element.src);
        if (element.shadowRoot) walk(element.shadowRoot);
      });
      walk(document);
      return { pictures, shift: globalThis.shift };
    });
    const shifted = seen.shift > 0.1 ? [`layout shift ${seen.shift.toFixed(3)} on ${page.url()}`] : [];
    return [...faults, ...seen.pictures.map((picture) => `broken picture: ${picture}`), ...shifted];
  };
  page.visit = async (path) => {
    await page.goto(new URL(path, url), { waitUntil: 'networkidle0' });
    return page;
  };
  return page;
}
