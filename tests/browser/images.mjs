// Writes docs/images: six pages of the demo shop at two widths, light and dark. `npm run images`

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, open } from './browser.mjs';
import { PAGES, prepare } from './pages.mjs';
import { demo } from './server.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../docs/images');
await mkdir(folder, { recursive: true });
const [shop, browser] = await Promise.all([demo(), launch()]);
for (const [name, { path }] of Object.entries(PAGES)) {
  for (const width of ['wide', 'narrow']) {
    for (const dark of [false, true]) {
      const page = await open(browser, shop.url, { width, dark });
      await prepare(page, name);
      await page.visit(path);
      const file = `${name}-${width}-${dark ? 'dark' : 'light'}.webp`;
      await page.screenshot({ path: join(folder, file), type: 'webp', quality: 82 });
      console.log(file, ...await page.faults());
      await page.browserContext().close();
    }
  }
}
await browser.close();
await shop.stop();
