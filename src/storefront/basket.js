// The cart and the orders. They are the server's, so that a cart filled on the phone is there on the laptop; in a
// private window, where no profile is, they live in the tab and go with it.

import { shop } from '/tastemaker.js';
import { finalPrice, products } from './catalogue.js';
import { choices, isPrivate, sizes } from './shopper.js';

const TAB = 'fell.private';

/** Of this page; `change` tells that `items` (`[{product_id, quantity}]`) or `orders` did. */
class Basket extends EventTarget {
  items = [];
  orders = [];
  profile;
  ready = false;

  /** How many pieces are in it. */
  get count() {
    return this.items.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  /** Reads the cart again. */
  async load() {
    const asked = shop();
    const profile = isPrivate() ? tab() : await asked.profile().catch(() => undefined);
    if (asked !== shop()) return;
    Object.assign(this, { profile, items: profile?.cart ?? [], orders: profile?.orders ?? [], ready: true });
    this.#tell();
  }

  /** Changes how many there are of a product, by the difference. */
  async change(product, by, size) {
    if (size) sizes.set(product.id, size);
    const old = this.items.find((item) => item.product_id === product.id)?.quantity ?? 0;
    const quantity = Math.max(0, old + by);
    if (quantity === old) return;
    this.items = old ? this.items.map((item) => (item.product_id === product.id ? { ...item, quantity } : item))
      : [...this.items, { product_id: product.id, quantity }];
    this.items = this.items.filter((item) => item.quantity > 0);
    this.#tell();
    if (isPrivate()) return void keepTab(this);
    shop().track(by > 0 ? 'add_to_cart' : 'remove_from_cart', {
      products: [{ id: product.id, quantity: Math.abs(quantity - old), price: finalPrice(product) }],
    });
    await shop().flush();
  }

  /** Orders what is in the cart, and resolves to the order's id. */
  async order() {
    const known = await products(this.items.map((item) => item.product_id));
    const lines = this.items.filter((item) => known.has(item.product_id)).map(({ product_id: id, quantity }) => (
      { id, quantity, price: finalPrice(known.get(id)) }));
    const value = lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0);
    const order_id = `FH-${Date.now().toString(36).toUpperCase()}`;
    const currency = [...known.values()][0].currency;
    if (isPrivate()) {
      this.orders = [{ order_id, time: new Date().toISOString(), currency, value, products: this.items }, ...this.orders];
      this.items = [];
      keepTab(this);
    } else {
      shop().track('purchase', { order_id, currency, value, products: lines });
      await shop().flush();
    }
    return order_id;
  }

  #tell() {
    this.dispatchEvent(new Event('change'));
  }
}

function tab() {
  try { return JSON.parse(sessionStorage.getItem(TAB)) ?? {}; } catch { return {}; }
}

function keepTab({ items, orders }) {
  try { sessionStorage.setItem(TAB, JSON.stringify({ cart: items, orders })); } catch { /* gone with the page */ }
}

export const basket = new Basket();
choices.addEventListener('change', () => basket.load());
addEventListener('pageshow', (event) => event.persisted && basket.load());
basket.load();
