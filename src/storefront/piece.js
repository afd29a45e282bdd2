// The parent of the shop's own elements: they render into the page itself, and again when the shopper changes.

import { html, LitElement, nothing } from '/tastemaker/lit.js';
import { choices } from './shopper.js';

export class Piece extends LitElement {
  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.onChoice = () => (this.load ? this.reload() : this.requestUpdate());
    choices.addEventListener('change', this.onChoice);
    this.reload();
  }

  /** Loads what is shown. Where the server does not answer, <shop-reach> says so and asks again. */
  async reload() {
    await this.load?.().catch((error) => {
      if (!error.asked) throw error;
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    choices.removeEventListener('change', this.onChoice);
  }
}

export const productAddress = (id) => `/products/${encodeURIComponent(id)}`;
const blank = ({ type, target }) => target.classList.toggle('blank', type === 'error');
/** A picture, or an empty tile where there is none or it does not load. */
export const picture = (src, size, alt = '') => html`<img class=${src ? '' : 'blank'} src=${src ?? nothing} alt=${alt} width=${size} height=${size}
  @error=${blank} @load=${blank}>`;
export const categoryAddress = (path) => `/search?${new URLSearchParams({ category: path })}`;
