// The demo shop as a shopper uses it, in a real browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from './browser.mjs';
import { running } from './running.mjs';

const held = running();

/** A page in the shop; afterwards nothing may have gone wrong in it. */
async function shopping(path, run, how) {
  const page = await open(held.browser, held.shop.url, how);
  await page.visit(path);
  await run(page);
  assert.deepEqual(await page.faults(), []);
  await page.browserContext().close();
}

const titles = (page, inside = 'tm-results') => page.$$eval(`${inside} >>> [part="list"] [part="title"]`, (all) => all.map((one) => one.textContent));
const become = (page, name, value) => page.evaluate((field, wanted) => {
  localStorage.setItem('fell.choice', JSON.stringify({ ...JSON.parse(localStorage.getItem('fell.choice')), [field]: wanted }));
}, name, value);
const settled = (page) => page.waitForNetworkIdle({ idleTime: 400 });

async function type(page, text) {
  await page.focus('tm-search >>> input');
  await page.keyboard.type(text);
  await settled(page);
}

test('results follow every keystroke, and the address can be shared', () => shopping('/search', async (page) => {
  await type(page, 'head');
  assert.match((await titles(page)).join(), /headlamp/i);
  await type(page, 'lamp');
  assert.equal(new URL(page.url()).searchParams.get('q'), 'headlamp');
  const found = await titles(page);
  await page.reload({ waitUntil: 'networkidle0' });
  assert.deepEqual(await titles(page), found);
}));

test('suggestions are chosen with the keyboard and lead to results', () => shopping('/', async (page) => {
  await type(page, 'coff');
  assert.ok((await page.$$('tm-search >>> [role="option"]')).length > 2);
  await page.keyboard.press('ArrowDown');
  const chosen = await page.$eval('tm-search >>> [aria-selected="true"] span', (option) => option.textContent);
  await Promise.all([page.waitForNavigation({ waitUntil: 'networkidle0' }), page.keyboard.press('Enter')]);
  assert.equal(new URL(page.url()).pathname, '/search');
  assert.equal(new URL(page.url()).searchParams.get('q'), chosen);
  assert.ok((await titles(page)).length > 0);
}));

test('a facet narrows, its chip takes it back, and so does the back button', () => shopping('/search?q=jacket', async (page) => {
  const all = await titles(page);
  const brand = await page.evaluateHandle(() => [...document.querySelector('tm-facets').shadowRoot.querySelectorAll('label')]
    .find((label) => label.textContent.includes('Tarnholt')));
  await brand.click();
  await settled(page);
  const narrowed = await titles(page);
  assert.ok(narrowed.length > 0 && narrowed.length < all.length);
  assert.match(page.url(), /brand=Tarnholt/);
  await page.click('tm-results >>> [part~="chip"]');
  await settled(page);
  assert.deepEqual(await titles(page), all);
  await page.goBack();
  await settled(page);
  assert.deepEqual(await titles(page), narrowed);
}));

test('sorting by price sorts by the price that is shown', () => shopping('/search?q=boots&sort=final_price:asc', async (page) => {
  const prices = await page.$$eval('tm-results >>> [part="list"] [part="card "]', (cards) => cards.map((card) => Number(
    card.querySelector('[part~="price"]').textContent.replace(/[^\d.]/g, ''))));
  assert.ok(prices.length > 3);
  assert.deepEqual(prices, [...prices].sort((a, b) => a - b));
}));

test('nothing found says so and helps, without pretending', () => shopping('/search?q=tent&brand=Lumevane&category=Shoes', async (page) => {
  assert.equal((await page.$$('tm-results >>> [part="list"]')).length, 0);
  const said = await page.$eval('tm-results >>> [part="empty"]', (empty) => empty.textContent);
  assert.match(said, /Nothing/);
  const help = await page.$eval('tm-results [slot="empty"]', (slot) => slot.textContent);
  assert.ok(help.trim().length > 20, help);
}));

test('an empty page offers other spellings, categories and popular products, and each leads on', () => shopping('/search?q=rise', async (page) => {
  const parts = await page.$$eval('tm-results >>> [part~="instead"] h3', (all) => all.map((heading) => heading.textContent));
  assert.deepEqual(parts, ['Did you mean', 'Categories to look in', 'Popular, not results of this search']);
  assert.equal(await page.$eval('tm-results >>> [role="status"]', (status) => status.textContent), '0 products');
  assert.ok((await page.$$('tm-results >>> [part~="popular"] [part~="card"]')).length > 0);
  await page.click('tm-results >>> [part~="spellings"] a');
  await settled(page);
  assert.notEqual(new URL(page.url()).searchParams.get('q'), 'rise');
  assert.ok((await titles(page)).length > 0);
}));

test('what empties a page is offered to be left out', () => shopping('/search?q=tent&brand=Lumevane&category=Shoes', async (page) => {
  await page.click('tm-results >>> [part~="without"] a');
  await settled(page);
  assert.ok((await titles(page)).length > 0);
}));

test('related products stand apart from the results and are not counted', () => shopping('/search?q=candle', async (page) => {
  const heading = await page.$eval('tm-results >>> [part="related"] h2', (related) => related.textContent);
  assert.equal(heading, 'Loosely related');
  const found = await titles(page);
  assert.match(await page.$eval('tm-results >>> [role="status"]', (status) => status.textContent), new RegExp(`^${found.length} product`));
  const related = await page.$$eval('tm-results >>> [part="related"] [part="title"]', (all) => all.map((one) => one.textContent));
  assert.ok(related.length > 0 && related.every((title) => !found.includes(title)));
}));

test('why? tells the reason, the signals and the profile', () => shopping('/search?q=tent', async (page) => {
  await become(page, 'person', 'shopper-trail');
  await page.reload({ waitUntil: 'networkidle0' });
  await page.click('tm-results >>> tm-why >>> button');
  await page.waitForSelector('tm-results >>> tm-why >>> dialog[open] li.signal');
  const bars = await page.$$eval('tm-results >>> tm-why >>> dialog progress', (all) => all.length);
  assert.ok(bars >= 3);
  await page.waitForFunction(() => {
    const why = document.querySelector('tm-results.right, tm-results').shadowRoot.querySelector('tm-why');
    return why.shadowRoot.querySelectorAll('dialog ul').length === 2;
  });
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('tm-results').shadowRoot.querySelector('tm-why').shadowRoot.querySelector('dialog'));
}));

test('what a stranger looks at counts in the next search and on the home page', () => shopping('/', async (page) => {
  const home = () => page.$$eval('tm-shelf >>> [part="heading"]', (all) => all.map((one) => one.textContent));
  const before = await home();
  await page.visit('/search?q=coffee');
  const neutral = await titles(page);
  for (const id of ['gr-hand-silver', 'gr-fine-black', 'gr-home-black']) await page.visit(`/products/${id}`);
  await page.visit('/search?q=coffee');
  assert.notDeepEqual(await titles(page), neutral);
  await page.visit('/');
  assert.notDeepEqual(await home(), before);
}));

test('a cart filled on the phone is on the laptop after signing in, and can be ordered', () => shopping('/', async (page) => {
  await become(page, 'person', 'shopper-nest');
  await become(page, 'device', 'phone');
  await page.visit('/products/bu-filament');
  await page.evaluate(() => [...document.querySelectorAll('shop-product button')].find((button) => /add/i.test(button.textContent)).click());
  await settled(page);
  await become(page, 'device', 'laptop');
  await page.visit('/cart');
  assert.match(await page.$eval('shop-cart .lines', (lines) => lines.textContent), /Filament/);
  await Promise.all([page.waitForNavigation({ waitUntil: 'networkidle0' }), page.click('shop-cart .sum button')]);
  assert.equal(new URL(page.url()).pathname, '/orders');
  assert.match(await page.$eval('main', (main) => main.textContent), /Filament/);
  await page.visit('/cart');
  assert.doesNotMatch(await page.$eval('shop-cart', (cart) => cart.textContent), /Filament.*Place the order/s);
}));

test('a cart changed in another tab is followed, and not ordered unseen', () => shopping('/', async (page) => {
  await become(page, 'person', 'shopper-garden');
  await page.visit('/products/bu-filament');
  await page.click('shop-product .buy button');
  await page.waitForSelector('shop-product .added a');
  await page.visit('/cart');
  const other = await page.browserContext().newPage();
  await other.goto(new URL('/products/es-lever', held.shop.url), { waitUntil: 'networkidle0' });
  const count = (tab) => tab.$eval('shop-header .count', (one) => Number(one.textContent));
  const before = await count(page);
  await other.click('shop-product .buy button');
  await settled(other);
  // A tab in the background draws nothing, but it knows.
  const polling = 50;
  await page.waitForFunction((wanted) => Number(document.querySelector('shop-header .count').textContent) === wanted, { polling }, before + 1);
  await page.waitForFunction(() => document.querySelectorAll('shop-cart .line').length > 1, { polling });
  await page.bringToFront();
  await settled(page);
  // As if the message of the other tab were still on its way.
  await page.evaluate(async () => {
    const { basket } = await import('/storefront/basket.js');
    basket.items = basket.items.slice(0, 1);
    document.querySelector('shop-cart').requestUpdate();
  });
  await page.click('shop-cart .sum button');
  await page.waitForSelector('shop-cart [role="alert"]');
  assert.match(await page.$eval('shop-cart [role="alert"]', (said) => said.textContent), /changed/);
  assert.equal(new URL(page.url()).pathname, '/cart');
  await other.bringToFront();
  await other.select('shop-bar .person select', 'shopper-runner');
  await settled(other);
  await page.bringToFront();
  await page.waitForFunction(() => document.querySelector('shop-bar .person select').value === 'shopper-runner');
  await other.close();
  // What others change moves the page; that is not counted against it.
  await page.visit('/cart');
}));

test('no more is sold than there is', () => shopping('/products/es-lever', async (page) => {
  const add = () => page.click('shop-product .buy button');
  assert.match(await page.$eval('shop-product .stock', (stock) => stock.textContent), /Only 3 left/);
  for (let time = 0; time < 5; time += 1) await add();
  await settled(page);
  assert.match(await page.$eval('shop-product .added', (added) => added.textContent), /In your cart: all 3 there are/);
  // Another shopper's page, or an app, may have said more.
  await page.evaluate(async () => {
    const { shop: client } = await import('/tastemaker.js');
    client().track('add_to_cart', { products: [{ id: 'es-lever', quantity: 2 }] });
    await client().flush();
  });
  await page.visit('/cart');
  assert.equal(await page.$eval('shop-cart .sum button', (button) => button.disabled), true);
  assert.match(await page.$eval('shop-cart .lines', (lines) => lines.textContent), /Only 3 left/);
  await page.click('shop-cart .gone button');
  await settled(page);
  assert.equal(await page.$eval('shop-cart .sum button', (button) => button.disabled), false);
  assert.match(await page.$eval('shop-cart [role="status"]', (said) => said.textContent), /: 3$/);
}));

test('what has sizes asks for one in the cart, which stays', () => shopping('/products/es-lever', async (page) => {
  await page.click('shop-product .buy button');
  await settled(page);
  await page.visit('/cart');
  await page.evaluate(async () => {
    const { product } = await (await fetch('/v1/products/hb-ridgeway-brown')).json();
    document.querySelector('shop-cart tm-shelf').dispatchEvent(new CustomEvent('tm-buy', { detail: { product } }));
  });
  await page.locator('dialog.sizing button ::-p-text(43)').click();
  await settled(page);
  assert.match(await page.$eval('shop-cart .lines', (lines) => lines.textContent), /Ridgeway.*Size 43/s);
  assert.equal(new URL(page.url()).pathname, '/cart');
}));

test('a private window sends no id and no event', async () => {
  const page = await open(held.browser, held.shop.url);
  await page.visit('/');
  await become(page, 'person', 'shopper-brew');
  await become(page, 'device', 'private');
  const sent = [];
  page.on('request', (request) => request.method() === 'POST' && sent.push([request.url(), request.postData() ?? '']));
  await page.visit('/products/cb-morning-250');
  await page.visit('/search?q=coffee');
  assert.ok(sent.length > 0);
  assert.deepEqual(sent.filter(([url, body]) => url.includes('/v1/events') || /user_id|anonymous_id|session_id/.test(body)), []);
  assert.deepEqual(await page.faults(), []);
  await page.browserContext().close();
});

test('side by side shows both orders and how far products moved', () => shopping('/', async (page) => {
  await become(page, 'person', 'shopper-trail');
  await become(page, 'mode', 'side');
  await page.visit('/search?q=jacket');
  const [left, right] = await Promise.all([titles(page, 'tm-results.left'), titles(page, 'tm-results.right')]);
  assert.equal(left.length, right.length);
  assert.notDeepEqual(left, right);
  const notes = await page.$$eval('tm-results.right >>> [part="note"]', (all) => all.map((one) => one.textContent));
  assert.ok(notes.some((note) => /^up \d/.test(note)), notes.join());
}));

test('the panel shows requests and answers as curl', () => shopping('/search?q=tent', async (page) => {
  await page.locator('shop-bar button ::-p-text(Requests)').click();
  await page.waitForFunction(() => document.querySelector('shop-requests').textContent.includes('/v1/search'));
  const text = await page.$eval('shop-requests', (panel) => panel.textContent);
  assert.match(text, /copy as curl/i);
}));

test('a category’s page says what it is, and the next level keeps the search', () => shopping('/search?q=tent&category=Camping', async (page) => {
  await page.waitForSelector('nav.below a');
  const link = await page.$eval('nav.below a', (one) => one.href);
  assert.equal(new URL(link).searchParams.get('q'), 'tent');
  await page.visit('/search?category=Nope');
  await page.waitForFunction(() => document.querySelector('h1').textContent.includes('Nothing is in a category “Nope”'));
  assert.match(await page.title(), /Nothing is in a category/);
}, { width: 'narrow' }));

test('back closes a sheet on a phone, and escape the bar', () => shopping('/search?q=tent', async (page) => {
  const isOpen = () => page.$eval('dialog.facets', (sheet) => sheet.open);
  await page.click('.open-facets');
  assert.equal(await isOpen(), true);
  await page.goBack();
  assert.equal(await isOpen(), false);
  assert.equal(new URL(page.url()).searchParams.get('q'), 'tent');
  await page.click('shop-bar .summary');
  await page.waitForSelector('.bar.open');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.bar:not(.open)');
  await page.waitForFunction(() => !history.state?.sheet);
  await page.locator('shop-bar button ::-p-text(Requests)').click();
  await page.waitForSelector('.requests');
  await page.goBack();
  await page.waitForFunction(() => !document.querySelector('.requests'));
  assert.equal(new URL(page.url()).searchParams.get('q'), 'tent');
}, { width: 'narrow' }));

test('a stranger signs in and out, and is not thrown away unasked', () => shopping('/products/es-lever', async (page) => {
  await page.click('shop-product .buy button');
  await page.visit('/');
  const press = (text) => page.locator(`shop-bar button ::-p-text(${text})`).click();
  const count = () => page.$eval('shop-header .count', (one) => one.textContent);
  await page.click('[popovertarget="bar-sign-in"]');
  await page.click('#bar-sign-in .solid');
  await page.waitForFunction(() => document.querySelector('shop-bar option:checked').textContent === 'A stranger, signed in');
  await page.locator('shop-bar label ::-p-text(Phone)').click();
  await page.waitForFunction(() => document.querySelector('shop-header .count').textContent === '0');
  await page.click('[popovertarget="bar-sign-in"]');
  await page.click('#bar-sign-in .solid');
  await page.waitForFunction(() => document.querySelector('shop-header .count').textContent === '1');
  await press('Sign out');
  await page.waitForFunction(() => document.querySelector('shop-header .count').textContent === '0');
  await page.locator('shop-bar label ::-p-text(Laptop)').click();
  await page.waitForFunction(() => document.querySelector('shop-header .count').textContent === '1');
  await page.click('[popovertarget="bar-new"]');
  assert.equal(await count(), '1');
  await page.click('#bar-new .solid');
  await page.waitForFunction(() => document.querySelector('shop-header .count').textContent === '0');
}));

test('orders beyond the latest fifty are counted', () => shopping('/orders', async (page) => {
  await become(page, 'person', 'shopper-brew');
  await page.visit('/orders');
  assert.match(await page.$eval('shop-orders', (orders) => orders.textContent), /Show the latest 50 of \d\d orders/);
}));

test('a page opened while the server does not answer says so, and recovers', async () => {
  const page = await open(held.browser, held.shop.url);
  let down = true;
  await page.setRequestInterception(true);
  page.on('request', (request) => (down && request.url().includes('/v1/') ? request.abort() : request.continue()));
  await page.visit('/products/es-lever');
  await page.waitForSelector('.reach');
  assert.match(await page.$eval('shop-product h1', (heading) => heading.textContent), /does not answer/);
  down = false;
  await page.click('.reach button');
  await page.waitForSelector('shop-product .about h1');
  await page.waitForFunction(() => !document.querySelector('.reach'));
  assert.ok((await page.$$('tm-navigation >>> a')).length > 5);
  await page.browserContext().close();
});

test('what was kept and is not understood counts as absent', async () => {
  const page = await open(held.browser, held.shop.url);
  const kept = { person: '__proto__', place: 'mars', time: 'never', mode: 7, device: null, ids: { stranger: { account: 7 }, 'shopper-brew': null }, seen: 'all', sizes: null };
  for (const value of [kept, { ...kept, ids: null, person: 'shopper-brew' }, [], 'x']) {
    await page.visit('/cart');
    await page.evaluate((text) => localStorage.setItem('fell.choice', text), JSON.stringify(value));
    await page.visit('/products/es-lever');
    assert.equal(await page.$eval('shop-bar .place select', (one) => one.value), 'copenhagen');
    assert.ok(await page.$('shop-product .about h1'));
  }
  assert.deepEqual(await page.faults(), []);
  await page.browserContext().close();
});

test('a page that may keep nothing works', async () => {
  const page = await open(held.browser, held.shop.url);
  await page.evaluateOnNewDocument(() => ['localStorage', 'sessionStorage'].forEach((name) => Object.defineProperty(globalThis, name, {
    get() { throw new DOMException('forbidden', 'SecurityError'); },
  })));
  await page.visit('/products/es-lever');
  await page.click('shop-product .buy button');
  await settled(page);
  assert.match(await page.$eval('shop-product .added', (added) => added.textContent), /keep nothing/);
  await page.locator('shop-bar button ::-p-text(Requests)').click();
  await page.waitForSelector('.requests');
  assert.deepEqual(await page.faults(), []);
  await page.browserContext().close();
});

test('an order that does not arrive is told, and clicks make one order', () => shopping('/', async (page) => {
  await become(page, 'person', 'shopper-family');
  await page.visit('/products/bu-filament');
  await page.click('shop-product .buy button');
  await settled(page);
  await page.visit('/cart');
  const orders = [];
  let down = true;
  const whenDown = (request) => {
    const order = request.url().includes('/v1/events') && request.postData()?.includes('purchase');
    if (order && !down) orders.push(request);
    return order && down ? request.respond({ status: 200, body: '{"rejected":1}' }) : request.continue();
  };
  await page.setRequestInterception(true);
  page.on('request', whenDown);
  const press = () => page.$eval('shop-cart .sum button', (button) => [1, 2, 3].forEach(() => button.click()));
  await press();
  await page.waitForSelector('shop-cart [role="alert"]');
  assert.match(await page.$eval('shop-cart .lines', (lines) => lines.textContent), /Filament/);
  down = false;
  await Promise.all([page.waitForNavigation({ waitUntil: 'networkidle0' }), press()]);
  assert.equal(orders.length, 1);
}));

test('what a product lacks is left out', async () => {
  const page = await open(held.browser, held.shop.url);
  await page.setRequestInterception(true);
  const product = { id: 'bare', title: 'W'.repeat(120), sale_price: 900, price: 500 };
  page.on('request', (request) => (request.url().endsWith('/v1/products/bare')
    ? request.respond({ status: 200, contentType: 'application/json', body: JSON.stringify({ product }) }) : request.continue()));
  await page.goto(`${held.shop.url}/products/bare`, { waitUntil: 'networkidle0' });
  assert.match(await page.$eval('shop-product .about', (about) => about.textContent), /Not for sale/);
  assert.equal(await page.$('shop-product .buy'), null);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await page.browserContext().close();
});

test('a server with keys is told of', async () => {
  const page = await open(held.browser, held.shop.url);
  await page.setRequestInterception(true);
  page.on('request', (request) => (request.url().includes('/v1/') ? request.respond({ status: 401, body: '{}' }) : request.continue()));
  await page.visit('/products/es-lever');
  assert.match(await page.$eval('.reach', (said) => said.textContent), /without keys/);
  await page.browserContext().close();
});

test('addresses that are not quite right', () => shopping('/search?q=%20%20', async (page) => {
  const heading = () => page.$eval('main h1', (one) => one.textContent);
  assert.equal(await heading(), 'All products');
  await page.visit('/search?category=shoes%20%3E%20boots%20%3E%20');
  assert.equal(await heading(), 'Boots');
}));

test('the page without a product says so', async () => {
  const page = await open(held.browser, held.shop.url);
  await page.visit('/products/no-such-thing');
  assert.match(await page.$eval('main', (main) => main.textContent), /not/i);
  await page.browserContext().close();
});
