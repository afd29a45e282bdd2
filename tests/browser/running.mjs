// What every test file needs: the demo shop and a browser, from before its first test to after its last.

import { after, before } from 'node:test';
import { launch } from './browser.mjs';
import { demo } from './server.mjs';

/** Holds `shop` and `browser` while the tests of a file run. */
export function running() {
  const held = {};
  before(async () => {
    [held.shop, held.browser] = await Promise.all([demo(), launch()]);
  });
  after(async () => {
    await held.browser?.close();
    await held.shop?.stop();
  });
  return held;
}
