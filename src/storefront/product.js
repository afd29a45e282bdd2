// <shop-product>: one product with its variants, its facts, the stores that hold it, and the rows below it.

import { money, shop } from '/tastemaker.js';
import { html, nothing } from '/tastemaker/lit.js';
import { basket } from './basket.js';
import { canBuy, limitOf, product, scarce, sizesOf, soldOut, stores, variants } from './catalogue.js';
import { differences, facts, familyTitle, sentence } from './facts.js';
import { categoryAddress, Piece, picture, productAddress } from './piece.js';
import { choice, entitle, forgets, isDemo, places } from './shopper.js';

const STATES = { out_of_stock: 'Sold out', backorder: 'On its way to us: order now, it is sent when it arrives', preorder: 'Not out yet: order it ahead' };
const number = new Intl.NumberFormat('en');

class ShopProduct extends Piece {
  static properties = { one: { state: true }, all: { state: true }, size: { state: true }, asks: { state: true }, missing: { state: true }, failed: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    basket.addEventListener('change', () => this.requestUpdate());
  }

  async load() {
    let id;
    try { id = decodeURIComponent(location.pathname.split('/').at(-1)); } catch { /* not the address of a product */ }
    const one = this.one ?? (id && await product(id).catch((error) => {
      this.failed = error.status !== 401;
      throw error;
    }));
    if (!one) return void Object.assign(this, { missing: true });
    Object.assign(this, { one, all: this.all ?? [one] });
    if (this.viewed !== shop()) this.#view();
    this.all = await variants(one).catch(() => [one]);
  }

  #view() {
    this.viewed = shop();
    shop().track('view', { products: [{ id: this.one.id }] });
    shop().flush();
  }

  render() {
    if (this.missing) return this.#gone();
    if (!this.one && this.failed) return html`<div class="wide message"><h1>The shop does not answer just now</h1>
      <p><button class="button solid" @click=${this.reload}>Try again</button></p></div>`;
    if (!this.one) return html`<div class="wide product waiting" aria-busy="true"></div>`;
    const { one, all } = this;
    entitle(one.title);
    const difference = all.length > 1 ? differences(all) : undefined;
    const known = facts(one);
    const parts = one.categories?.[0]?.split(' > ') ?? [];
    return html`<article class="wide product">
      <nav class="crumbs" aria-label="Breadcrumb"><ol><li><a href="/">Home</a></li>${parts.map((part, at) => html`
        <li><a href=${categoryAddress(parts.slice(0, at + 1).join(' > '))}>${part}</a></li>`)}</ol></nav>
      <div class="picture">${picture(one.image, 800, one.title)}
        ${soldOut(one) ? html`<span class="badge">Sold out</span>` : nothing}</div>
      <div class="about">
        ${one.brand ? html`<p class="brand"><a href=${`/search?${new URLSearchParams({ brand: one.brand })}`}>${one.brand}</a></p>` : nothing}
        <h1>${difference ? familyTitle(one.title, difference.names.get(one.id)) : one.title}</h1>
        ${one.rating && one.rating_count ? html`<p class="rating"><span aria-hidden="true">★</span> <span class="unseen">Rated</span> ${one.rating.toFixed(1)}
          <span class="quiet">of 5, ${number.format(one.rating_count)} ratings</span></p>` : nothing}
        <p class="price">${one.price === undefined ? nothing : one.sale_price === undefined ? money(one.price, one.currency) : html`<b class="sale">${money(one.sale_price, one.currency)}</b>
          <s><span class="unseen">before </span>${money(one.price, one.currency)}</s> <span class="off">−${Math.round(100 - (100 * one.sale_price) / one.price)} %</span>`}</p>
        ${difference ? this.#variants(difference) : nothing}
        ${this.#sizes()}
        ${this.#buy()}
        <p class="description">${one.description}</p>
        ${this.#stores()}
        ${known.length ? html`<h2>Details</h2><dl class="facts">${known.map(([name, text]) => html`<div><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>` : nothing}
      </div></article>
      <div class="wide rows">
        ${['similar', 'complementary', 'viewed-then-bought', 'upsell'].map((kind) => html`<tm-shelf kind=${kind} product=${one.id} why></tm-shelf>`)}
      </div>`;
  }

  #variants({ names, colours }) {
    return html`<fieldset class="variants"><legend>${colours ? 'Colour' : 'Version'}: <b>${sentence(names.get(this.one.id))}</b></legend>
      <div class=${colours ? 'swatches' : 'pills'}>${this.all.map((other) => html`<label class="${canBuy(other) ? '' : 'gone'}" title=${sentence(names.get(other.id)) + (canBuy(other) ? '' : ', sold out')}>
        <input type="radio" name="variant" .checked=${other.id === this.one.id} @change=${() => this.#take(other)}>
        ${colours ? picture(other.image, 64) : nothing}
        <span class=${colours ? 'unseen' : ''}>${sentence(names.get(other.id))}${canBuy(other) ? '' : html`<span class="unseen">, sold out</span>`}</span></label>`)}</div></fieldset>`;
  }

  #take(other) {
    history.replaceState(history.state, '', productAddress(other.id));
    Object.assign(this, { one: other, asks: false });
    if (!sizesOf(other).includes(this.size)) this.size = undefined;
    this.#view();
  }

  #sizes() {
    const sizes = sizesOf(this.one);
    if (!sizes.length) return nothing;
    return html`<fieldset class="variants" aria-describedby=${this.asks ? 'size-asked' : nothing}><legend>Size${this.size ? html`: <b>${this.size}</b>` : nothing}</legend>
      <div class="pills sizes">${sizes.map((size) => html`<label><input type="radio" name="size" .checked=${size === this.size}
        @change=${() => Object.assign(this, { size, asks: false })} ?disabled=${!canBuy(this.one)}><span>${size}</span></label>`)}</div>
      ${this.asks ? html`<p class="asked" id="size-asked" role="alert">Choose a size first.</p>` : nothing}</fieldset>`;
  }

  #buy() {
    const { one } = this;
    if (one.price === undefined) return html`<p class="stock out_of_stock">Not for sale just now</p>`;
    const others = this.all.filter((other) => other.id !== one.id && canBuy(other));
    const inCart = basket.quantityOf(one.id);
    const full = canBuy(one) && inCart >= limitOf(one);
    return html`<div class="buy">
      <p class="stock ${one.availability}">${STATES[one.availability] ?? scarce(one) ?? 'In stock'}${!canBuy(one) && others.length ? html`. <span>Other versions are in stock.</span>` : nothing}</p>
      <button class="button solid" ?disabled=${!canBuy(one)} aria-disabled=${full} @click=${full ? undefined : this.#add}>${canBuy(one) ? 'Add to cart' : 'Sold out'}</button>
      <p class="added" role="status">${inCart ? html`In your cart: ${full ? `all ${inCart} there are` : inCart}. ${forgets() ? 'It is kept by this page only: the browser lets it keep nothing.' : html`<a href="/cart">View cart</a>`}` : nothing}</p></div>`;
  }

  #add() {
    if (sizesOf(this.one).length && !this.size) {
      this.asks = true;
      this.querySelector('.sizes input').focus();
      return;
    }
    basket.change(this.one, 1, this.size);
  }

  #stores() {
    const held = stores(this.one);
    if (!held.length && !isDemo()) return nothing;
    return html`<div class="stores"><h2>Where to get it</h2>${held.length ? html`<ul>${held.map(({ title, km }, at) => html`<li class=${at === 0 && km !== undefined ? 'nearest' : ''}>
        <span>${title}</span><span>${km === undefined ? 'In this store' : km < 1 ? 'In your city' : `${number.format(Math.round(km))} km from ${places[choice.place].title}`}</span></li>`)}</ul>
      ${choice.place === 'nowhere' ? html`<p class="quiet">Say where you are in the bar on top, and distances are shown.</p>` : nothing}`
    : html`<p class="quiet">Sent to your door. Not held in our stores.</p>`}</div>`;
  }

  #gone() {
    entitle('Not here');
    return html`<div class="wide message"><h1>This product is not here any more</h1><p>It may have been renamed or taken out of the shop.</p>
      <p><a class="button solid" href="/search">See all products</a></p><tm-shelf kind="popular" why></tm-shelf></div>`;
  }
}

customElements.define('shop-product', ShopProduct);
