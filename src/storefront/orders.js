// <shop-orders>: the orders of the shopper, what goes with the latest, and what the shop knows of him.

import { money } from '/tastemaker.js';
import { html, nothing } from '/tastemaker/lit.js';
import { basket } from './basket.js';
import { products } from './catalogue.js';
import { Piece, picture, productAddress } from './piece.js';
import { entitle, isPrivate } from './shopper.js';

const FOLDED = 8;
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' });

class ShopOrders extends Piece {
  static properties = { known: { state: true }, unfolded: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    basket.addEventListener('change', () => this.reload());
  }

  async load() {
    if (!basket.ready) return;
    this.known = await products(basket.orders.flatMap((order) => order.products.map((line) => line.product_id)));
  }

  render() {
    if (!this.known) return html`<div class="wide orders" aria-busy="true"><h1>Orders</h1></div>`;
    const placed = basket.orders.find(({ order_id: id }) => id === new URLSearchParams(location.search).get('placed'));
    entitle(placed ? 'Thank you' : 'Orders');
    const words = basket.profile?.in_words;
    return html`<div class="wide orders">
      ${placed ? html`<section class="thanks"><h1>Thank you</h1><p>Order ${placed.order_id} over ${money(placed.value, placed.currency)} is placed. As this is a demo, nothing is on its way.</p></section>
        ${isPrivate() ? nothing : html`<tm-shelf kind="after-purchase" heading="Goes with what you bought" why></tm-shelf>`}
        <h2>Your orders</h2>` : html`<h1>Orders</h1>`}
      ${isPrivate() ? html`<p class="notice">This is a private window. Orders are kept in this tab only.</p>` : nothing}
      <div class="columns"><div>${basket.orders.length ? html`<ol class="list">${this.#shown().map((order) => this.#order(order, placed ? 'h3' : 'h2'))}</ol>${this.#more()}`
    : html`<p>There are no orders yet.</p><p><a class="button solid" href="/search">Look around</a></p>`}</div>
      ${words?.length ? html`<section class="known"><h2>What the shop knows of you</h2><ul>${words.map((line) => html`<li>${line}</li>`)}</ul></section>` : nothing}</div>
    </div>`;
  }

  #shown() {
    return this.unfolded ? basket.orders : basket.orders.slice(0, FOLDED);
  }

  #more() {
    const { orders: { length }, orderCount } = basket;
    const all = length < orderCount ? `the latest ${length} of ${orderCount} orders` : `all ${length} orders`;
    if (!this.unfolded && length > FOLDED) return html`<button class="button" @click=${() => { this.unfolded = true; }}>Show ${all}</button>`;
    return length < orderCount ? html`<p class="quiet">These are ${all}.</p>` : nothing;
  }

  #order({ order_id: id, time, currency, value, refunded, products: lines }, level) {
    const title = html`${day.format(new Date(time))}`;
    return html`<li class="order"><div class="row">${level === 'h2' ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`}<span class="quiet">${id}</span>
      ${refunded ? html`<span class="quiet">Refunded</span>` : nothing}<b>${money(value, currency)}</b></div>
      <ul>${lines.map(({ product_id: product, quantity }) => {
    const one = this.known.get(product);
    return html`<li>${one ? html`<a href=${productAddress(one.id)}>${picture(one.image, 72)}<span>${one.title}</span></a>` : html`<span>${product}</span>`}
          ${quantity > 1 ? html`<span class="quiet">× ${quantity}</span>` : nothing}</li>`;
  })}</ul></li>`;
  }
}

customElements.define('shop-orders', ShopOrders);
