// What every page has: the bar, the header, the footer and the panel of requests.

import '/tastemaker.js';
import { words } from '/tastemaker.js';
import { html } from '/tastemaker/lit.js';
import './bar.js';
import './colours.js';
import { basket } from './basket.js';
import { cartIcon, mark, personIcon } from './icons.js';
import { categoryAddress, Piece, productAddress } from './piece.js';
import './reach.js';
import './requests.js';
import { isDemo } from './shopper.js';

Object.assign(words, {
  color: 'Colour', in_stock: 'In stock', seasons: 'Season', waterproof: 'Waterproof', recent: 'Searched before',
});

const name = () => (isDemo() ? 'Fell & Hearth' : 'Your shop');

// A product or a category that is suggested is a page of its own.
function open(event) {
  const { kind, product_id: product, text } = event.detail;
  if (kind !== 'product' && kind !== 'category') return;
  event.preventDefault();
  location.assign(kind === 'product' ? productAddress(product) : categoryAddress(text));
}

class ShopHeader extends Piece {
  connectedCallback() {
    super.connectedCallback();
    basket.addEventListener('change', () => this.requestUpdate());
  }

  render() {
    const here = location.pathname === '/search';
    const { count } = basket;
    return html`<header class="top">
      <div class="wide">
        <a class="logo" href="/" aria-label="${name()}, home page">${mark()}<span>${name()}</span></a>
        ${here ? html`<tm-search placeholder="Search the shop" @tm-suggestion=${open}></tm-search>`
    : html`<tm-search action="/search" placeholder="Search the shop" @tm-suggestion=${open}></tm-search>`}
        <nav class="mine" aria-label="Yours">
          <a href="/orders">${personIcon()}<span>Orders</span></a>
          <a href="/cart">${cartIcon()}<span>Cart</span> <b class="count ${count ? '' : 'none'}">${count}</b> <i class="unseen">${count === 1 ? 'item' : 'items'}</i></a>
        </nav>
      </div></header>
      <div class="categories"><div class="wide"><tm-navigation limit="12"></tm-navigation></div></div>
      <shop-reach></shop-reach>`;
  }
}

class ShopFooter extends Piece {
  render() {
    return html`<footer class="bottom"><div class="wide">
      <p class="logo">${mark()}<span>${name()}</span></p>
      <p>${isDemo() ? 'The demo shop of Tastemaker. Its products and shoppers are made up' : 'Your catalogue in the pages of Tastemaker’s demo shop'}: nothing is charged, nothing is sent.</p>
      <nav aria-label="Footer"><a href="/">Home</a><a href="/search">All products</a><a href="/orders">Orders</a><a href="/cart">Cart</a></nav>
    </div></footer>`;
  }
}

customElements.define('shop-header', ShopHeader);
customElements.define('shop-footer', ShopFooter);
