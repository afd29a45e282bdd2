// One product of a list: picture, name, price, variants, and why it is there.

import { money, say, shop } from './base.js';
import { css, html, nothing } from './lit.js';

const SWATCHES = 6;

/** CSS colours by the names that the catalogue uses; names that CSS knows need no entry. */
export const colours = {};

// Links of a feed lead to pages, never into the page.
const safe = (url) => (/^(?!https?:)[\w+.-]+:/i.test(url ?? '#') ? '#' : url ?? '#');

const paint = (name) => colours[name] ?? (CSS.supports('color', name) ? name : undefined);

/** The prices of a product, the lower one first; parts `price` and `old-price`. */
export function price({ price, sale_price: sale, currency }) {
  if (price === undefined || !currency) return nothing;
  if (sale === undefined || sale === null) return html`<span part="price">${money(price, currency)}</span>`;
  return html`<span part="price sale-price">${money(sale, currency)}</span>
    <s part="old-price"><span class="sr">${say('before')} </span>${money(price, currency)}</s>`;
}

/** Says that an item was clicked, so that what follows is credited to the list it stood in. */
export function clicked(item, list) {
  const product = { id: item.id, ...(list.position && { position: list.position }) };
  shop().track('click', { products: [product], query_id: list.queryId, ...(list.placement && { placement: list.placement }) });
}

/**
 * The card of a hit or of a recommended item. `list` says where it stands: `queryId`, `placement`, `position`,
 * `why` (a template beside the price), `note` (a text), `because` (the reason of the whole list, not said again), `buy` (a
 * function; shows a button).
 */
export function card(item, list) {
  const { product } = item;
  const soldOut = product.availability === 'out_of_stock';
  const variants = item.variants?.items ?? [];
  // Variants of one colour share a dot.
  const dots = new Map(variants.toReversed().map((variant) => [variant.attributes?.color, variant]).filter(([name]) => paint(String(name))));
  const swatches = [...dots.values()].reverse().slice(0, SWATCHES);
  const click = () => clicked(item, list);
  return html`<article part="card ${soldOut ? 'sold-out' : ''}">
    <a part="link" href=${safe(product.url)} @click=${click}>
      ${product.image ? html`<img @error=${(event) => { event.target.style.visibility = 'hidden'; }} @load=${(event) => { event.target.style.visibility = ''; }} part="image ${soldOut ? 'sold-out-image' : ''}" src=${product.image} alt="" width="400" height="400" decoding="async"
        loading=${list.position > 8 ? 'lazy' : 'eager'}>` : html`<span part="image"></span>`}
      ${product.brand ? html`<span part="brand">${product.brand}</span>` : nothing}
      <span part="title" dir="auto">${product.title}</span>
    </a>
    <p part="prices">${price(product)}${soldOut ? html`<span part="badge">${say('soldOut')}</span>` : nothing}</p>
    ${swatches.length > 1 ? html`<ul part="swatches" aria-label=${say('variants', { count: item.variants.count })}>
      ${swatches.map((variant) => html`<li><a part="swatch" href=${safe(variant.url ?? product.url)} @click=${click}
        aria-label=${variant.attributes.color} title=${variant.attributes.color} .style=${`background:${paint(variant.attributes.color)}`}></a></li>`)}
      ${dots.size > swatches.length ? html`<li class="quiet">+${dots.size - swatches.length}</li>` : nothing}
    </ul>` : variants.length > 1 ? html`<p part="swatches" class="quiet">${say('variants', { count: item.variants.count })}</p>` : nothing}
    ${list.note ? html`<p part="note">${list.note}</p>` : nothing}
    ${item.because && item.because !== list.because ? html`<p part="because">${item.because}</p>` : nothing}
    <div part="actions">
      ${list.buy && !soldOut && product.price !== undefined ? html`<button part="buy" class="button" @click=${() => list.buy(item)}>${say('addToCart')}</button>` : nothing}
      ${list.why ?? nothing}
    </div>
  </article>`;
}

/** The look of cards. */
export const cardLook = css`
  [part~='card'] { display: grid; gap: .4em; align-content: start; height: 100%; position: relative; }
  [part~='link'] { display: grid; gap: .3em; text-decoration: none; }
  [part~='link']:hover [part='title'] { text-decoration: underline; text-underline-offset: .2em; }
  [part~='image'] { width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; border-radius: var(--tm-radius, 8px); }
  [part~='sold-out-image'] { filter: contrast(.4) brightness(1.4); }
  [part='brand'], [part='because'] { font-size: .85em; color: var(--tm-dim); }
  [part='title'] { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; min-height: 2.6em; line-height: 1.3; }
  p { margin: 0; }
  [part='because']::first-letter { text-transform: uppercase; }
  [part='prices'] { display: flex; gap: .6em; align-items: baseline; font-variant-numeric: tabular-nums; }
  [part~='price'] { font-weight: 600; }
  [part~='sale-price'] { color: var(--tm-sale, #b3261e); }
  [part='old-price'] { color: var(--tm-dim); font-size: .9em; }
  [part='badge'] { margin-left: auto; font-size: .85em; color: var(--tm-dim); }
  [part='swatches'] { display: flex; gap: .35em; align-items: center; font-size: .85em; min-height: 24px; }
  [part='swatch'] { display: block; width: 24px; height: 24px; border-radius: 50%; border: 4px solid var(--tm-paper, Canvas); box-shadow: inset 0 0 0 1px #0003; background-clip: padding-box !important; }
  [part='actions'] { display: flex; gap: .6em; align-items: center; margin-top: auto; flex-wrap: wrap; }
`;
