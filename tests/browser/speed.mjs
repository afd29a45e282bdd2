// How long from a keystroke to the first results on the screen, in the browser on loopback. `npm run speed`

import { launch, open } from './browser.mjs';
import { demo } from './server.mjs';

const QUERIES = ['waterproof boots', 'coffee grinder', 'rain jacket', 'headlamp', 'wool socks', 'drill bits', 'kettle', 'sleeping bag'];
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1);

const [shop, browser] = await Promise.all([demo(), launch()]);
console.log(`the demo was ready ${(shop.ms / 1000).toFixed(2)} s after it was started`);
const page = await open(browser, shop.url);
await page.visit('/search');
await page.evaluate(() => {
  globalThis.waits = [];
  let typed;
  document.addEventListener('keydown', () => { typed = performance.now(); }, true);
  document.addEventListener('tm-results', () => {
    const start = typed;
    // The frame after the next has the results on the screen.
    if (start) requestAnimationFrame(() => setTimeout(() => globalThis.waits.push(performance.now() - start)));
    typed = undefined;
  });
});
for (const query of QUERIES) {
  await page.focus('tm-search >>> input');
  await page.$eval('tm-search >>> input', (input) => { input.value = ''; });
  for (const letter of query) {
    await page.keyboard.type(letter);
    // A quick typist: eight keys a second.
    await new Promise((done) => setTimeout(done, 125));
  }
}
const waits = (await page.evaluate(() => globalThis.waits)).sort((a, b) => a - b);
console.log(`keystroke to results: median ${at(waits, 0.5)} ms, p95 ${at(waits, 0.95)} ms, ${waits.length} keystrokes answered of ${QUERIES.join('').length}`);
await browser.close();
await shop.stop();
