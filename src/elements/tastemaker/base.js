// What all elements share: the page's client and search, their words, their look.

import { Tastemaker } from './client.js';
import { css, LitElement } from './lit.js';
import { SearchState } from './state.js';

let client;
let search;

/** Sets up the client of this page; call it before elements ask anything. Returns the client. */
export function configure(options) {
  return (client = options instanceof Tastemaker ? options : new Tastemaker(options));
}

/** The client of this page. */
export const shop = () => (client ??= new Tastemaker());
/** The search of this page. */
export const state = () => (search ??= new SearchState());

/**
 * The texts of the elements; assign to it to translate them. A text that is not here is its own name with a capital:
 * `search`, `suggestions`, `results`, `previous`, `next`, `close`, `score`, `all`, and names of fields (`brand`, `category`).
 */
export const words = {
  noResults: 'Nothing found for “{query}”.', nothingHere: 'Nothing here matches your choice.', removeAll: 'Remove all filters',
  remove: 'Remove {value}', count: '{count} products', one: '1 product', corrected: 'Results for “{query}”.',
  instead: 'Search for “{query}” instead', sort: 'Sort by', relevance: 'Best match', 'final_price:asc': 'Price, low to high',
  'final_price:desc': 'Price, high to low', 'released_at:desc': 'Newest', 'rating:desc': 'Best rated', page: 'Page {page}',
  from: 'from', to: 'to', soldOut: 'Sold out', variants: '{count} variants', addToCart: 'Add to cart', before: 'before',
  sorted: 'Sorted by: {sort}. The score decides between equals.', why: 'Why?', whyTitle: 'Why this is shown',
  forYou: 'What is known of you', failed: 'The search is not available just now.', retry: 'Try again', final_price: 'Price',
  true: 'Yes', false: 'No', spellings: 'Did you mean', without: 'Without', categories: 'Categories to look in', popular: 'Popular, not results of this search',
  related: 'Loosely related', relatedNote: 'Not what you typed, and not counted as results.',
};

/** A text of {@link words} with its gaps filled; what has no text is shown as it is, with blanks for underscores. */
export function say(name, gaps = {}) {
  const plain = String(name).replace(/^attributes\./, '').replaceAll('_', ' ');
  const text = Object.hasOwn(words, name) ? words[name] : plain.charAt(0).toUpperCase() + plain.slice(1);
  return text.replace(/\{(\w+)\}/g, (whole, gap) => gaps[gap] ?? whole);
}

/** Minor units of a currency as people read it. */
export const money = (minor, currency) => format(currency).format(minor / unit(currency));

const format = (currency) => new Intl.NumberFormat(document.documentElement.lang || undefined, { style: 'currency', currency });

/** How many minor units make one of the currency; 1 without one. */
export const unit = (currency) => (currency ? 10 ** format(currency).resolvedOptions().maximumFractionDigits : 1);

/** The parent of all elements. Subclasses are asked to `renew` when the search of the page changes. */
export class TmElement extends LitElement {
  connectedCallback() {
    super.connectedCallback();
    if (this.constructor.searches) {
      this.onChange = () => this.renew();
      state().addEventListener('change', this.onChange);
    }
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    state().removeEventListener('change', this.onChange);
  }

  /** Tells the page; `tm-` events leave the element and bubble. Returns false when the page prevented the default. */
  tell(name, detail) {
    return this.dispatchEvent(new CustomEvent(`tm-${name}`, { detail, bubbles: true, composed: true, cancelable: true }));
  }
}

/** Colours, sizes and shapes: each can be set from outside as a CSS variable. */
export const look = css`
  :host { --tm-dim: var(--tm-quiet, color-mix(in srgb, currentColor 72%, transparent)); display: block; color: var(--tm-ink, inherit); font: inherit; }
  :host([hidden]) { display: none; }
  * { box-sizing: border-box; }
  a { color: inherit; }
  button, input, select { font: inherit; color: inherit; }
  button { cursor: pointer; }
  ul, ol { list-style: none; margin: 0; padding: 0; }
  .button, select, input[type='number'] {
    border: 1px solid var(--tm-line, #8884); border-radius: var(--tm-radius, 8px); background: none; padding: .4em .8em;
  }
  .link { border: 0; background: none; padding: 0; text-decoration: underline; text-underline-offset: .2em; }
  .quiet { color: var(--tm-dim); }
  :focus-visible { outline: 2px solid var(--tm-accent, #1a5fb4); outline-offset: 2px; }
  .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
