// What stands beside the hits and is none: products that are only loosely related, and help where nothing was found.

import { say, state } from './base.js';
import { card } from './card.js';
import { css, html, nothing } from './lit.js';

const cards = (items, list) => html`<ul class="cards">${items.map((item) => html`<li>${card(item, list)}</li>`)}</ul>`;

// A link that changes the search in place, and can be opened in another tab.
const change = (changes, text, label) => html`<a class="button" href=${state().address({ ...changes, page: 1 })} aria-label=${label ?? nothing}
  @click=${(event) => { event.preventDefault(); state().set(changes); scrollTo({ top: 0 }); }}>${text}</a>`;

const counted = (text, total) => html`${text} <span class="quiet">${total}</span>`;

/** Products that are only loosely related, under a heading of their own. */
export function related({ query_id: queryId, related: products = [] }, buy) {
  if (!products.length) return nothing;
  return html`<section part="related" aria-labelledby="related"><h2 id="related">${say('related')}</h2>
    <p class="quiet">${say('relatedNote')}</p>${cards(products, { queryId, buy })}</section>`;
}

/** Help where nothing was found: other spellings, the search without one thing, categories and popular products. */
export function instead({ query_id: queryId, instead: help }, buy) {
  if (!help) return nothing;
  const { spellings = [], categories = [], popular = [] } = help;
  // The filter is the page's, not the shopper's.
  const without = (help.without ?? []).filter(({ kind }) => kind !== 'filter');
  const { refinements } = state();
  // Where no single refinement helps, all of their fields are named.
  const less = (fields) => Object.fromEntries(Object.entries(refinements).filter(([other]) => !fields.split(', ').includes(other)));
  const chosenOf = (field) => (Array.isArray(refinements[field]) ? refinements[field].map((value) => value.split(' > ').at(-1)).join(', ') : say(field));
  const chosen = (fields) => fields.split(', ').map(chosenOf).join(', ');
  const group = (name, items) => (items.length ? html`<div part="instead ${name}"><h3>${say(name)}</h3><ul class="pills">${items.map((item) => html`<li>${item}</li>`)}</ul></div>` : nothing);
  return html`${group('spellings', spellings.map(({ query, total }) => change({ query }, counted(query, total))))}
    ${group('without', without.map(({ kind, text, query, total }) => (kind === 'refinement'
    ? change({ refinements: less(text) }, counted(chosen(text), total))
    : change({ query }, counted(`“${text.replaceAll('"', '')}”`, total)))))}
    ${group('categories', categories.map(({ category, total }) => change({ query: '', refinements: { ...refinements, category: [category] } },
    counted(category.split(' > ').at(-1), total), category)))}
    ${popular.length ? html`<div part="instead popular"><h3>${say('popular')}</h3>${cards(popular, { queryId, buy })}</div>` : nothing}`;
}

/** The look of both. */
export const besideLook = css`
  [part='related'] { margin-top: 3em; padding-top: 1.5em; border-top: 1px solid var(--tm-line, #8884); }
  [part='related'] h2 { font-size: 1.15em; margin: 0; }
  [part='related'] > p { margin: .2em 0 1.2em; }
  [part~='instead'] { margin-top: 1.4em; width: 100%; }
  [part~='instead'] h3 { font-size: 1em; margin: 0 0 .5em; }
  .pills { display: flex; flex-wrap: wrap; gap: .5em; }
  .pills a { display: inline-block; text-decoration: none; }
  .cards { display: grid; gap: var(--tm-gap, 2em 1.5em); grid-template-columns: repeat(auto-fill, minmax(var(--tm-card, 200px), 1fr)); }
`;
