// Tastemaker in a page: a client and six elements. Needs no build step and works under `default-src 'self'`.
//
//   <script type="module" src="/tastemaker.js"></script>
//   <tm-search></tm-search> <tm-facets fields="brand final_price"></tm-facets> <tm-results></tm-results>
//
// Docs: docs/guide/storefront.md. Licence: MIT or Apache-2.0; Lit, in tastemaker/vendor: BSD-3-Clause.

import { TmFacets } from './facets.js';
import { TmNavigation } from './navigation.js';
import { TmResults } from './results.js';
import { TmSearch } from './search.js';
import { TmShelf } from './shelf.js';
import { TmWhy } from './why.js';

export { colours } from './card.js';
export { configure, money, say, shop, state, words } from './base.js';
export { Latest, Tastemaker, TastemakerError } from './client.js';
export { TmFacets, TmNavigation, TmResults, TmSearch, TmShelf, TmWhy };

const elements = { 'tm-why': TmWhy, 'tm-facets': TmFacets, 'tm-search': TmSearch, 'tm-results': TmResults,
  'tm-shelf': TmShelf, 'tm-navigation': TmNavigation };

const define = () => Object.entries(elements).forEach(([name, element]) => {
  if (!customElements.get(name)) customElements.define(name, element);
});

// Every module of the page has run by then, so that `configure` comes before the first question.
const [page] = performance.getEntriesByType('navigation');
if (document.readyState === 'complete' || page?.domContentLoadedEventStart) define();
else addEventListener('DOMContentLoaded', define);
