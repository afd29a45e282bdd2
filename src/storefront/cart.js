// <shop-cart>: what is in the cart, what goes with it, and the order.

import { money } from '/tastemaker.js';
import { html, nothing } from '/tastemaker/lit.js';
import { basket } from './basket.js';
import { canBuy, finalPrice, products, sizesOf } from './catalogue.js';
import { Piece } from './piece.js';
import { isPrivate, sizes } from './shopper.js';

class ShopCart extends Piece {
  static properties = { known: { state: true }, ordering: { state: true }, said: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    basket.addEventListener('change', () => this.load());
  }

  async load() {
    if (!basket.ready) return;
    this.known = await products(basket.items.map((item) => item.product_id));
  }

  render() {
    if (!this.known) return html`<div class="wide cart" aria-busy="true"><h1>Cart</h1></div>`;
    const lines = basket.items.filter((item) => this.known.has(item.product_id));
    const currency = [...this.known.values()][0]?.currency;
    const total = lines.reduce((sum, item) => sum + item.quantity * finalPrice(this.known.get(item.product_id)), 0);
    const soldOut = lines.some((item) => !canBuy(this.known.get(item.product_id)));
    return html`<div class="wide cart"><h1>Cart</h1>
      <p class="unseen" role="status">${this.said ?? ''}</p>
      ${isPrivate() ? html`<p class="notice">This is a private window. The cart is kept in this tab only, and nobody’s history learns of it.</p>` : nothing}
      ${lines.length ? html`<div class="columns">
        <ul class="lines">${lines.map((item) => this.#line(this.known.get(item.product_id), item.quantity))}</ul>
        <aside class="sum" aria-label="Sum">
          <dl><div><dt>${basket.count === 1 ? '1 item' : `${basket.count} items`}</dt><dd>${money(total, currency)}</dd></div>
            <div class="total"><dt>Total</dt><dd>${money(total, currency)}</dd></div></dl>
          <button class="button solid" ?disabled=${this.ordering || soldOut} @click=${this.#order}>Place the order</button>
          <p class="quiet">${soldOut ? 'Remove what is sold out first.' : 'This is a demo: nothing is charged, nothing is sent.'}</p>
        </aside></div>
        <tm-shelf kind="complementary" heading="Goes with your cart" product=${lines.map((item) => item.product_id).join(',')} why buy @tm-buy=${this.#buy}></tm-shelf>`
    : html`<p>Nothing is in it yet.</p><p><a class="button solid" href="/search">Look around</a></p>
        <tm-shelf kind="recently-viewed" why></tm-shelf><tm-shelf kind="popular" why></tm-shelf>`}</div>`;
  }

  #line(one, quantity) {
    const size = sizes.of(one.id);
    const change = (by) => () => {
      basket.change(one, by);
      this.said = quantity + by > 0 ? `${one.title}: ${quantity + by}` : `${one.title} removed`;
    };
    return html`<li class="line ${canBuy(one) ? '' : 'sold-out'}">
      <a class="thumb" href=${one.url} tabindex="-1" aria-hidden="true"><img src=${one.image} alt="" width="112" height="112"></a>
      <div class="what"><p class="quiet">${one.brand}</p><p><a href=${one.url}>${one.title}</a></p>
        ${size ? html`<p class="quiet">Size ${size}</p>` : nothing}${canBuy(one) ? nothing : html`<p class="gone">Sold out</p>`}</div>
      <div class="quantity" role="group" aria-label="Quantity of ${one.title}">
        <button aria-label=${quantity > 1 ? 'One less' : 'Remove'} @click=${change(-1)}>−</button><span>${quantity}</span>
        <button aria-label="One more" ?disabled=${!canBuy(one) || quantity >= (one.stock ?? Infinity)} @click=${change(1)}>+</button></div>
      <p class="price">${money(quantity * finalPrice(one), one.currency)}
        ${quantity > 1 ? html`<span class="quiet">${money(finalPrice(one), one.currency)} each</span>` : nothing}</p>
      <button class="remove" aria-label="Remove ${one.title}" @click=${change(-quantity)}>Remove</button></li>`;
  }

  #buy({ detail }) {
    const { product } = detail;
    if (sizesOf(product).length) location.assign(product.url);
    else {
      basket.change(product, 1);
      this.said = `${product.title} added`;
    }
  }

  async #order() {
    this.ordering = true;
    const id = await basket.order();
    location.assign(`/orders?placed=${encodeURIComponent(id)}`);
  }
}

customElements.define('shop-cart', ShopCart);
