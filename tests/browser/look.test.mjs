// Every page at two widths, light and dark: no serious fault for people who use a screen reader or a keyboard, no
// broken picture, no error, no jumping layout.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { open } from './browser.mjs';
import { PAGES, prepare } from './pages.mjs';
import { running } from './running.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const held = running();

for (const [name, { path }] of Object.entries({ ...PAGES, missing: { path: '/storefront/missing.html' } })) {
  for (const width of ['wide', 'narrow']) {
    for (const dark of [false, true]) {
      test(`${name}, ${width}, ${dark ? 'dark' : 'light'}`, async () => {
        const page = await open(held.browser, held.shop.url, { width, dark });
        await prepare(page, name);
        await page.visit(path);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${overflow} px wider than the window`);
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.flat().join(' ')).slice(0, 3).join('; ')}`), []);
        assert.deepEqual(await page.faults(), []);
        await page.browserContext().close();
      });
    }
  }
}
