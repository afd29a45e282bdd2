// <tm-shelf>: a row of recommendations. All rows of a page are asked for together, so that no product stands in two.

import { look, shop, TmElement } from './base.js';
import { card, cardLook } from './card.js';
import { css, html, nothing } from './lit.js';

let waiting = [];

// One request for all rows that were connected in the same moment, in the order of the page.
function together(shelf) {
  if (!waiting.length) setTimeout(ask);
  waiting.push(shelf);
}

// Asks for rows at once; where one of them is wrong, for each alone, so that the others are shown.
function fill(rows) {
  const [{ filter, neutral }] = rows;
  shop().recommend(rows.map((row) => row.placement), filter && { filter }, neutral).then((answer) => rows.forEach((row, at) => {
    const found = answer.placements[at];
    row.show([{ ...found, placement: found.kind }], answer);
  }), (error) => {
    console.warn('tastemaker:', error.message);
    if (rows.length > 1 && error.status === 400) rows.forEach((row) => fill([row]));
    else rows.forEach((row) => row.show([], {}));
  });
}

function ask() {
  const shelves = waiting.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  waiting = [];
  const groups = Map.groupBy(shelves.filter((shelf) => shelf.kind !== 'home'), (shelf) => `${shelf.neutral} ${shelf.filter ?? ''}`);
  for (const rows of groups.values()) fill(rows);
  for (const home of shelves.filter((shelf) => shelf.kind === 'home')) {
    shop().home({ items: home.limit, ...(home.filter && { filter: home.filter }) }, home.neutral).then((answer) => home.show(answer.shelves.map(
      (shelf) => ({ ...shelf, placement: `home/${shelf.name}` })), answer), () => home.show([], {}));
  }
}

/**
 * Attributes: `kind` (a placement such as `similar`, or `home` for a whole page of rows), `product` (ids separated by
 * commas), `category`, `limit` (10), `filter`, `heading`, `why`, `buy`, `neutral` (leaves the shopper out). Property: `note`. A row without products takes no room.
 * Parts: `shelf`, `heading`, `reason`, `list`, those of cards. Events: `tm-shelf`, `tm-buy`.
 */
export class TmShelf extends TmElement {
  static properties = {
    kind: {}, product: {}, category: {}, limit: { type: Number }, filter: {}, heading: {}, why: { type: Boolean },
    buy: { type: Boolean }, neutral: { type: Boolean }, note: { attribute: false }, rows: { state: true },
  };
  static styles = [look, cardLook, css`
    section + section { margin-top: var(--tm-shelf-gap, 3em); }
    h2 { font-size: 1.25em; line-height: 1.3; margin: 0; }
    [part='reason'] { margin: .2em 0 1em; color: var(--tm-dim); font-size: .9em; }
    [part='list'] { display: grid; grid-auto-flow: column; grid-auto-columns: var(--tm-shelf-card, minmax(160px, 190px)); gap: 1.2em;
      overflow-x: auto; scroll-snap-type: x proximity; padding: 2px 2px 1em; }
    [part='reason']::first-letter { text-transform: uppercase; }
    li { scroll-snap-align: start; }
    :host([empty]) { display: none; }
  `];

  constructor() {
    super();
    Object.assign(this, { limit: 10, neutral: false });
  }

  /** The placement as `POST /v1/recommend` takes it. */
  get placement() {
    const ids = this.product?.split(',').filter(Boolean);
    return { kind: this.kind, limit: this.limit, ...(ids?.length && { product_ids: ids }), ...(this.category && { category: this.category }) };
  }

  connectedCallback() {
    super.connectedCallback();
    this.renew();
  }

  /** Asks again. */
  renew() {
    together(this);
  }

  updated(changed) {
    if (this.rows && ['kind', 'product', 'category', 'filter', 'neutral'].some((name) => changed.has(name))) this.renew();
  }

  /** Shows rows of an answer. */
  show(rows, answer) {
    this.rows = rows.map((row) => ({ ...row, items: row.items?.length ? row.items : row.categories?.flatMap((category) => category.items ?? []) ?? [] }))
      .filter((row) => row.items.length);
    this.queryId = answer.query_id;
    this.toggleAttribute('empty', !this.rows.length);
    this.updateComplete.then(() => this.tell('shelf', { rows: this.rows, answer }));
  }

  render() {
    return this.rows?.map((row) => html`<section part="shelf">
      <h2 part="heading">${this.heading ?? row.title}</h2>
      ${row.because && row.because !== row.title ? html`<p part="reason">${row.because}</p>` : nothing}
      <ul part="list" tabindex="0" aria-label=${this.heading ?? row.title}>${row.items.map((item, at) => html`<li>${this.#card(item, at, row)}</li>`)}</ul>
    </section>`) ?? nothing;
  }

  #card(item, at, { placement, because }) {
    const why = this.why ? html`<tm-why exportparts="button: why, dialog, signal, bar" .item=${item}></tm-why>` : nothing;
    return card(item, { queryId: this.queryId, placement, because, position: at + 1, why, note: this.note?.(item), buy: this.buy && ((bought) => this.tell('buy', bought)) });
  }
}
