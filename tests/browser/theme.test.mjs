// The page of docs/guide/storefront.md is a whole theme of at most 15 lines, and it works as printed, under the
// strictest policy.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { open } from './browser.mjs';
import { running } from './running.mjs';

const held = running();

test('the example of the guide searches, narrows and recommends', async () => {
  const guide = await readFile(new URL('../../docs/guide/storefront.md', import.meta.url), 'utf8');
  const [, theme] = /```html\n(<!doctype html>.*?)```/s.exec(guide);
  assert.ok(theme.trim().split('\n').length <= 15);
  const page = await open(held.browser, held.shop.url);
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname === '/favicon.ico') return request.respond({ status: 204 });
    if (pathname !== '/theme') return request.continue();
    return request.respond({ contentType: 'text/html', headers: { 'content-security-policy': "default-src 'self'" }, body: theme });
  });
  await page.visit('/theme');
  const count = () => page.$$eval('tm-results >>> article', (all) => all.length);
  assert.ok(await count() > 0);
  assert.ok((await page.$$('tm-shelf >>> article')).length > 0);
  assert.ok((await page.$$('tm-navigation >>> a')).length > 5);
  await page.focus('tm-search >>> input');
  await page.keyboard.type('headlamp');
  await page.waitForNetworkIdle({ idleTime: 400 });
  const first = await page.$eval('tm-results >>> [part="title"]', (title) => title.textContent);
  assert.match(first, /headlamp/i);
  await page.click('tm-results >>> tm-why >>> button');
  await page.waitForSelector('tm-results >>> tm-why >>> dialog[open] progress');
  // Layout may move here: the theme reserves no room for anything.
  assert.deepEqual((await page.faults()).filter((fault) => !fault.startsWith('layout shift')), []);
});
