// <shop-cart>: what is in the cart, what goes with it, and the order.

import { money } from '/tastemaker.js';
import { html, nothing } from '/tastemaker/lit.js';
import { basket } from './basket.js';
import { canBuy, finalPrice, limitOf, products, scarce, sizesOf, soldOut } from './catalogue.js';
import { Piece, picture, productAddress } from './piece.js';
import { entitle, forgets, isPrivate, sizes } from './shopper.js';

class ShopCart extends Piece {
  static properties = { known: { state: true }, ordering: { state: true }, said: { state: true }, problem: { state: true }, sizing: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    basket.addEventListener('change', () => {
      // What was said last is not what happened now.
      if (JSON.stringify(basket.items) !== this.saidOf) this.said = '';
      this.reload();
    });
  }

  async load() {
    if (!basket.ready) return;
    this.known = await products(basket.items.map((item) => item.product_id), true);
  }

  get lines() {
    return basket.items.filter((item) => this.known.has(item.product_id)).map(({ product_id: id, quantity }) => ({ one: this.known.get(id), quantity }));
  }

  get seen() {
    return JSON.stringify(this.lines.map(({ one, quantity }) => [one.id, quantity, finalPrice(one), Math.min(limitOf(one), quantity)]));
  }

  render() {
    if (!this.known) return html`<div class="wide cart" aria-busy="true"><h1>Cart</h1></div>`;
    const { lines } = this;
    const count = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    const totals = new Map();
    lines.filter(({ one }) => one.price !== undefined).forEach(({ one, quantity }) => totals.set(one.currency, (totals.get(one.currency) ?? 0) + quantity * finalPrice(one)));
    const gone = lines.some(({ one }) => !canBuy(one));
    entitle('Cart');
    const tooMany = lines.some(({ one, quantity }) => quantity > limitOf(one));
    return html`<div class="wide cart"><h1>Cart</h1>
      <p class="unseen" role="status">${this.said ?? ''}</p>
      ${lines.length ? nothing : this.#problem()}
      ${isPrivate() ? html`<p class="notice">This is a private window. The cart is kept in this tab only, and nobody’s history learns of it.</p>` : forgets() ? html`<p class="notice">This browser lets the page keep nothing: the cart of a stranger is gone with the page.</p>` : nothing}
      ${lines.length ? html`<div class="columns">
        <ul class="lines">${lines.map((line) => this.#line(line))}</ul>
        <aside class="sum" aria-label="Sum">
          <dl><div><dt>Items</dt><dd>${count}</dd></div>
            ${[...totals].map(([currency, total]) => html`<div class="total"><dt>Total</dt><dd>${money(total, currency)}</dd></div>`)}</dl>
          ${this.#problem()}
          <button class="button solid" ?disabled=${this.ordering || tooMany} @click=${this.#order}>Place the order</button>
          <p class="quiet">${gone ? 'Remove what is not sold first.' : tooMany ? 'There is more in the cart than the shop has. Take the rest out first.'
    : 'This is a demo: nothing is charged, nothing is sent.'}</p>
        </aside></div>
        <tm-shelf kind="complementary" heading="Goes with your cart" product=${lines.map(({ one }) => one.id).join(',')} why buy @tm-buy=${this.#buy}></tm-shelf>`
    : html`<p>Nothing is in it yet.</p><p><a class="button solid" href="/search">Look around</a></p>
        <tm-shelf kind="recently-viewed" why></tm-shelf><tm-shelf kind="popular" why></tm-shelf>`}
      ${this.#askSize()}</div>`;
  }

  #problem() {
    return this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing;
  }

  #line({ one, quantity }) {
    const size = sizes.of(one.id);
    const limit = limitOf(one);
    return html`<li class="line ${canBuy(one) ? '' : 'sold-out'}">
      <a class="thumb" href=${productAddress(one.id)} tabindex="-1" aria-hidden="true">${picture(one.image, 112)}</a>
      <div class="what"><p class="quiet">${one.brand}</p><p><a href=${productAddress(one.id)}>${one.title}</a></p>
        ${size ? html`<p class="quiet">Size ${size}</p>` : nothing}${canBuy(one) ? nothing : html`<p class="gone">${soldOut(one) ? 'Sold out' : 'Not for sale'}</p>`}
        ${canBuy(one) && quantity > limit ? html`<p class="gone">Only ${limit} left. <button class="remove" aria-label="Take ${limit} ${one.title}" @click=${() => this.#change(one, limit - quantity)}>Take ${limit}</button></p>`
    : scarce(one) ? html`<p class="quiet">${scarce(one)}</p>` : nothing}</div>
      <div class="quantity" role="group" aria-label="Quantity of ${one.title}">
        <button aria-label="${quantity > 1 ? 'One less' : 'Remove'} ${one.title}" @click=${() => this.#change(one, -1)}>−</button><span>${quantity}</span>
        <button aria-label="One more ${one.title}" aria-disabled=${quantity >= limit} @click=${() => this.#change(one, 1)}>+</button></div>
      <p class="price">${one.price === undefined ? nothing : money(quantity * finalPrice(one), one.currency)}
        ${quantity > 1 && one.price !== undefined ? html`<span class="quiet">${money(finalPrice(one), one.currency)} each</span>` : nothing}</p>
      <button class="remove" aria-label="Remove ${one.title}" @click=${() => this.#change(one, -quantity)}>Remove</button></li>`;
  }

  #change(one, by, size) {
    const before = basket.quantityOf(one.id);
    basket.change(one, by, size);
    const now = basket.quantityOf(one.id);
    this.problem = undefined;
    this.said = !now ? `${one.title} removed` : now === before ? `${one.title}: there are no more than ${now}` : `${one.title}: ${now}`;
    this.saidOf = JSON.stringify(basket.items);
  }

  #buy({ detail: { product } }) {
    if (!sizesOf(product).length) return this.#change(product, 1);
    this.sizing = product;
    return this.updateComplete.then(() => this.querySelector('dialog.sizing').showModal());
  }

  #askSize() {
    const one = this.sizing;
    if (!one) return nothing;
    const take = (size) => {
      this.querySelector('dialog.sizing').close();
      this.#change(one, 1, size);
    };
    return html`<dialog class="help sizing" aria-labelledby="sizing-title" @close=${() => { this.sizing = undefined; }}
      @click=${(event) => event.target === event.currentTarget && event.target.close()}><div><h2 id="sizing-title">Which size?</h2><p>${one.title}</p>
      <div class="pills">${sizesOf(one).map((size) => html`<button class="button" @click=${() => take(size)}>${size}</button>`)}</div>
      <p><a href=${productAddress(one.id)}>See the product</a></p>
      <button class="button" @click=${() => this.querySelector('dialog.sizing').close()}>Cancel</button></div></dialog>`;
  }

  // Another tab or device may have changed the cart, and the shop its prices and its stock: ordered is what was seen.
  async #order() {
    if (this.ordering) return;
    const { seen } = this;
    Object.assign(this, { ordering: true, problem: undefined });
    const read = await basket.load() && await this.load().then(() => true, () => false);
    if (read && seen === this.seen) {
      const id = await basket.order().catch(() => undefined);
      if (id) return void location.assign(`/orders?placed=${encodeURIComponent(id)}`);
    }
    Object.assign(this, {
      ordering: false, problem: read && seen !== this.seen ? 'The cart has changed meanwhile. Look at it once more before you order: nothing is ordered yet.'
        : 'The shop does not answer just now. Nothing is ordered yet.',
    });
  }
}

customElements.define('shop-cart', ShopCart);
