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

  get count() {
    return this.items.reduce((sum, { quantity }) => sum + quantity, 0);
  }

  get orderCount() {
    return Math.max(this.profile?.value?.orders ?? 0, this.orders.length);
  }

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

  async order() {
    const known = await products(this.items.map((item) => item.product_id));
    const time = new Date();
    const currencies = new Set([...known.values()].map((one) => one.currency));
    const orders = [...currencies].map((currency) => {
      const products = this.items.filter(({ product_id: id }) => known.get(id)?.currency === currency)
        .map(({ product_id: id, quantity }) => ({ id, quantity, price: finalPrice(known.get(id)) }));
      const value = products.reduce((sum, { quantity, price }) => sum + quantity * price, 0);
      const order_id = `FH-${time.getTime().toString(36).toUpperCase()}${currencies.size > 1 ? currency : ''}`;
      return { order_id, currency, value, products };
    });
    if (isPrivate()) {
      this.orders = [...orders.map((order) => ({ ...order, time: time.toISOString(), products: order.products.map(({ id, quantity }) => ({ product_id: id, quantity })) })), ...this.orders];
      this.items = [];
      keepTab(this);
    } else {
      await shop().flush();
      for (const order of orders) await shop().buy(order);
      await this.#send();
    }
    return orders[0].order_id;
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
  let kept;
  try { kept = JSON.parse(sessionStorage.getItem(TAB)); } catch { /* as if it was empty */ }
  const list = (all) => (Array.isArray(all) ? all : []);
  const lines = (all) => list(all).filter((line) => line?.product_id && line.quantity > 0);
  return { cart: lines(kept?.cart), orders: list(kept?.orders).map((order) => ({ ...order, products: lines(order?.products) })) };
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
