// The cart and the orders. They are the server's, so that a cart filled on the phone is there on the laptop; in a
// private window, where no profile is, they live in the tab and go with it.

import { shop } from '/tastemaker.js';
import { finalPrice, limitOf, products } from './catalogue.js';
import { choices, isPrivate, sizes } from './shopper.js';

const TAB = 'fell.private';
const tabs = globalThis.BroadcastChannel && new BroadcastChannel('fell.basket');

/** Of this page; `change` tells that `items` (`[{product_id, quantity}]`) or `orders` did. */
class Basket extends EventTarget {
  items = [];
  orders = [];
  profile;
  ready = false;

  #turn = 0;
  #reading;
  #sent = Promise.resolve();

  /** How many pieces are in it. */
  get count() {
    return this.items.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  /** How many orders there were; `orders` holds the latest. */
  get orderCount() {
    return Math.max(this.profile?.value?.orders ?? 0, this.orders.length);
  }

  /** How many there are of a product. */
  quantityOf(id) {
    return this.items.find((item) => item.product_id === id)?.quantity ?? 0;
  }

  /** Reads the cart again; resolves to false when that failed. What overtakes a reading counts in its place. */
  load() {
    const turn = (this.#turn += 1);
    const reading = this.#read(turn).then((done) => done ?? (this.#reading === reading || this.#reading));
    this.#reading = reading;
    return reading;
  }

  async #read(turn) {
    try {
      await this.#sent;
      const profile = isPrivate() ? tab() : await shop().profile().catch(unknown);
      if (turn !== this.#turn) return undefined;
      const before = this.ready && JSON.stringify([this.items, this.orders, this.profile?.in_words]);
      Object.assign(this, { profile, items: profile?.cart ?? [], orders: profile?.orders ?? [], ready: true });
      if (before !== JSON.stringify([this.items, this.orders, profile?.in_words])) this.#tell();
      return true;
    } catch {
      return false;
    }
  }

  /** Changes how many there are of a product, by the difference, up to as many as the shop has. */
  async change(product, by, size) {
    if (size) sizes.set(product.id, size);
    const old = this.quantityOf(product.id);
    const quantity = Math.max(0, by > 0 ? Math.max(old, Math.min(old + by, limitOf(product))) : old + by);
    if (quantity === old) return;
    this.#turn += 1;
    this.items = old ? this.items.map((item) => (item.product_id === product.id ? { ...item, quantity } : item))
      : [...this.items, { product_id: product.id, quantity }];
    this.items = this.items.filter((item) => item.quantity > 0);
    this.#tell();
    if (isPrivate()) return void keepTab(this);
    shop().track(by > 0 ? 'add_to_cart' : 'remove_from_cart', {
      products: [{ id: product.id, quantity: Math.abs(quantity - old), price: finalPrice(product) }],
    });
    await this.#send();
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
      await this.#send();
    }
    return order_id;
  }

  // Changes are sent one after the other. Then all tabs read the cart again, this one too: what it asked before is overtaken.
  async #send() {
    const client = shop();
    this.#sent = this.#sent.then(() => client.flush());
    await this.#sent;
    tabs?.postMessage('changed');
    await this.load();
  }

  #tell() {
    this.dispatchEvent(new Event('change'));
  }
}

// A shopper of whom nothing is known has no profile; a server that does not answer says nothing of the cart.
function unknown(error) {
  if (!(error.status < 500)) throw error;
}

function tab() {
  try { return JSON.parse(sessionStorage.getItem(TAB)) ?? {}; } catch { return {}; }
}

function keepTab({ items, orders }) {
  try { sessionStorage.setItem(TAB, JSON.stringify({ cart: items, orders })); } catch { /* gone with the page */ }
}

export const basket = new Basket();
choices.addEventListener('change', () => basket.load());
tabs?.addEventListener('message', () => basket.load());
addEventListener('pageshow', ({ persisted }) => persisted && basket.load());
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && basket.load());
basket.load();
