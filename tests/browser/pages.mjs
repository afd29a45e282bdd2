// The six pages that are looked at, and who looks.

/** Pages by name; `signedIn` ones are looked at by a shopper with a history. */
export const PAGES = {
  home: { path: '/', signedIn: true },
  category: { path: '/search?category=Shoes' },
  search: { path: '/search?q=rain+jacket', signedIn: true },
  product: { path: '/products/tn-larkhollow-2' },
  cart: { path: '/cart', signedIn: true },
  nothing: { path: '/search?q=tent&brand=Lumevane&category=Shoes' },
};

/** Makes the page that of the right shopper, before it is visited. */
export async function prepare(page, name) {
  if (!PAGES[name]?.signedIn) return;
  await page.visit('/');
  await page.evaluate(() => {
    localStorage.setItem('fell.choice', JSON.stringify({ ...JSON.parse(localStorage.getItem('fell.choice')), person: 'shopper-trail' }));
  });
  if (name === 'cart') {
    await page.evaluate(async () => {
      const { shop } = await import('/tastemaker.js');
      shop().userId = 'shopper-trail';
      for (const id of ['tn-wisp', 'st-gale']) shop().track('add_to_cart', { products: [{ id, quantity: 1 }] });
      await shop().flush();
    });
  }
}
