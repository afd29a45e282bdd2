// <tm-navigation>: the category tree in the shopper's order.

import { look, say, shop, TmElement } from './base.js';
import { css, html, nothing } from './lit.js';

/**
 * Attributes: `href`, the address of a category's page, in which `{path}` stands for its path (`/search?category={path}`),
 * `under`, `depth` (1), `limit` (12), `heading` (its name for screen readers), `counts`, `neutral`. Parts: `list`, `item`, `count`.
 */
export class TmNavigation extends TmElement {
  static properties = { href: {}, under: {}, heading: {}, depth: { type: Number }, limit: { type: Number }, counts: { type: Boolean }, neutral: { type: Boolean }, tree: { state: true } };
  static styles = [look, css`
    [part='list'] { display: flex; flex-wrap: wrap; gap: var(--tm-navigation-gap, .4em 1.4em); }
    [part='list'] [part='list'] { flex-direction: column; padding-left: 1em; }
    a { text-decoration: none; display: inline-block; padding: .3em 0; }
    a:hover, a[aria-current] { text-decoration: underline; text-underline-offset: .35em; }
    [part='count'] { color: var(--tm-dim); font-size: .85em; }
  `];

  constructor() {
    super();
    Object.assign(this, { href: '/search?category={path}', depth: 1, limit: 12 });
  }

  connectedCallback() {
    super.connectedCallback();
    this.renew();
  }

  /** Asks again. */
  renew() {
    const under = this.under ? { under: this.under } : {};
    shop().navigation({ depth: this.depth, limit: this.limit, ...under }, this.neutral).then((answer) => {
      this.tree = answer.categories;
      this.updateComplete.then(() => this.tell('navigation', answer));
    }, () => { this.tree = []; });
  }

  render() {
    return this.tree?.length ? html`<nav aria-label=${this.heading ?? this.under ?? say('categories')}>${this.#list(this.tree)}</nav>` : nothing;
  }

  #list(categories) {
    return html`<ul part="list">${categories.map(({ value, title, count, children }) => {
      const href = this.href.replace('{path}', encodeURIComponent(value));
      const here = new URL(href, location.href).search === location.search && location.search !== '';
      return html`<li><a part="item" href=${href} aria-current=${here ? 'page' : nothing}>${title}</a>
        ${this.counts ? html`<span part="count">${count}</span>` : nothing}
        ${children?.length ? this.#list(children) : nothing}</li>`;
    })}</ul>`;
  }
}
