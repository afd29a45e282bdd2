// <shop-reach>: says that the server does not answer, and asks everything again as soon as it does.

import { html, nothing } from '/tastemaker/lit.js';
import { shop } from '/tastemaker.js';
import { Piece } from './piece.js';
import { choices, reached, renew } from './shopper.js';

const AGAIN_MS = 3000;

class ShopReach extends Piece {
  connectedCallback() {
    super.connectedCallback();
    choices.addEventListener('reach', () => {
      clearInterval(this.timer);
      if (reached() === 'up') renew();
      else if (reached() === 'down') this.timer = setInterval(this.#try, AGAIN_MS);
      this.requestUpdate();
    });
  }

  #try = () => shop().navigation({ depth: 1, limit: 1 }).catch(() => {});

  render() {
    if (reached() === 'keys') return html`<div class="reach keys" role="alert"><p>This server asks for keys. The demo shop’s pages need a server without keys.</p></div>`;
    return reached() === 'up' ? nothing : html`<div class="reach" role="alert"><p>The shop does not answer just now. It is tried again every few seconds.</p>
      <button class="button small" @click=${this.#try}>Try now</button></div>`;
  }
}

customElements.define('shop-reach', ShopReach);
