// Help where nothing was found, after that of the answer: said to be help, never passed off as results.

import { shop, state } from '/tastemaker.js';
import { html, nothing } from '/tastemaker/lit.js';
import { Piece } from './piece.js';

class ShopHelp extends Piece {
  static properties = { popular: { state: true }, instead: { attribute: false } };

  async load() {
    const { suggestions } = await shop().suggest('', 8).catch(() => ({ suggestions: [] }));
    this.popular = suggestions.filter(({ kind }) => kind === 'query' || kind === 'recent');
  }

  render() {
    return html`<p>${state().chosen.length ? 'Take a filter away' : 'Check the spelling, use fewer words'}, or start from one of these. They are not results of your search.</p>
      ${this.popular?.length ? html`<h3>Popular searches</h3><ul class="pills">${this.popular.map(({ text }) => html`<li>
        <a class="button" href=${`/search?${new URLSearchParams({ q: text })}`}>${text}</a></li>`)}</ul>` : nothing}
      ${this.instead?.categories ? nothing : html`<h3>Categories</h3><tm-navigation heading="All categories"></tm-navigation>`}
      ${this.instead?.popular ? nothing : html`<tm-shelf kind="popular" heading="Popular products, not results${state().query ? ` for “${state().query}”` : ''}" why></tm-shelf>`}`;
  }
}

customElements.define('shop-help', ShopHelp);

export const help = ({ instead }) => html`<shop-help .instead=${instead}></shop-help>`;
