// <shop-missing>: the page for addresses that lead nowhere.

import { html } from '/tastemaker/lit.js';
import { Piece } from './piece.js';
import { entitle } from './shopper.js';

class ShopMissing extends Piece {
  render() {
    entitle('Nothing here');
    return html`<div class="wide message"><h1>There is nothing at this address</h1>
      <p>The link may be old, or have a slip of the pen in it. Search the shop, or begin with a category.</p>
      <tm-search action="/search" placeholder="What are you looking for?"></tm-search>
      <h2>Categories</h2><tm-navigation heading="All categories" limit="30"></tm-navigation>
      <tm-shelf kind="popular" why></tm-shelf></div>`;
  }
}

customElements.define('shop-missing', ShopMissing);
