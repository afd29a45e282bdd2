// Lighthouse's scores of the shop's pages on this machine. `npm run lighthouse`; fails below 95.

import lighthouse, { desktopConfig } from 'lighthouse';
import { launch } from './browser.mjs';
import { PAGES } from './pages.mjs';
import { demo } from './server.mjs';

const LEAST = 95;
const categories = ['performance', 'accessibility', 'best-practices'];

const [shop, browser] = await Promise.all([demo(), launch(['--remote-debugging-port=0'])]);
const { port } = new URL(browser.wsEndpoint());
let failed = false;
for (const [name, { path }] of Object.entries(PAGES)) {
  const { lhr } = await lighthouse(shop.url + path, { port, output: 'json', onlyCategories: categories, logLevel: 'error' }, desktopConfig);
  const scores = categories.map((category) => [category, Math.round(100 * lhr.categories[category].score)]);
  console.log(name.padEnd(10), ...scores.map(([category, score]) => `${category} ${score}`.padEnd(20)));
  for (const [category, score] of scores.filter(([, points]) => points < LEAST)) {
    failed = true;
    const refs = lhr.categories[category].auditRefs.filter(({ id, weight }) => weight > 0 && (lhr.audits[id].score ?? 1) < 0.9);
    refs.forEach(({ id }) => console.log(`  ${score}: ${lhr.audits[id].title} ${lhr.audits[id].displayValue ?? ''}`));
  }
}
await browser.close();
await shop.stop();
process.exitCode = failed ? 1 : 0;
