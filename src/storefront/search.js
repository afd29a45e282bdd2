// <shop-search>: results and category pages.

import { say, shop, state } from '/tastemaker.js';
import { html, nothing } from '/tastemaker/lit.js';
import { help } from './empty.js';
import { filterIcon } from './icons.js';
import { moved } from './moves.js';
import { categoryAddress, Piece } from './piece.js';
import { closed, movedOn, opened } from './sheet.js';
import { entitle, modeNow, personName } from './shopper.js';

const FIELDS = 'category final_price brand color size fit seasons waterproof in_stock';

// The parts of the query that were refused are kept in the address like refinements, and sent as `ignore`.
const refused = () => [].concat(state().refinements.ignore ?? []).filter((text) => typeof text === 'string').slice(0, 20);
const body = state().body.bind(state());
state().body = () => ({ ...body(), ...(refused().length && { ignore: refused() }) });

const PARTS = { price: 'price', low_price: 'low price', person: 'for', either: 'either' };

class ShopSearch extends Piece {
  static properties = { answer: { state: true }, before: { state: true }, unknown: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    const { page, refinements, refinements: { category } } = state();
    if (Array.isArray(category)) {
      const tidy = category.map((path) => path.split('>').map((part) => part.trim()).filter(Boolean).join(' > ')).filter(Boolean);
      if (String(tidy) !== String(category)) state().set({ refinements: { ...refinements, category: tidy }, page }, { replace: true });
    }
    state().addEventListener('change', () => {
      movedOn();
      this.requestUpdate();
    });
  }

  get category() {
    const [chosen, ...others] = [].concat(state().refinements.category ?? []);
    return others.length || !chosen ? undefined : this.#find(chosen)?.value ?? chosen;
  }

  #find(name, values = this.answer?.facets?.category?.values) {
    return values?.find(({ value }) => value.toLowerCase() === name.toLowerCase()) ?? values?.map(({ children }) => this.#find(name, children ?? [])).find(Boolean);
  }

  get heading() {
    const { query, refinements } = state();
    if (query.trim()) return `Results for “${query}”`;
    if (this.unknown && this.unknown === this.category) return `Nothing is in a category “${this.category}”`;
    if (this.category) return this.category.split(' > ').at(-1);
    const one = ['brand', 'seasons'].map((field) => [].concat(refinements[field] ?? [])).find((values) => values.length === 1);
    return one ? say(one[0]) : 'All products';
  }

  render() {
    const side = modeNow() === 'side';
    entitle(this.heading);
    const categoryPage = this.category && !state().query;
    return html`<div class="wide search ${side ? 'both' : ''} ${categoryPage ? 'category-page' : ''}">
      ${this.#crumbs()}
      <div class="heading"><h1>${this.heading}</h1>
        <button class="button open-facets" aria-haspopup="dialog" @click=${this.#openFacets}>${filterIcon()} Filters</button></div>
      ${this.category ? html`<nav class="below" aria-label="Within ${this.category}"><ul>${this.#below()}</ul></nav>` : nothing}
      <div class="columns">
        <dialog class="facets" aria-label="Filters" @click=${(event) => event.target === event.currentTarget && event.target.close()} @close=${closed}>
          <div class="drawer"><header><h2>Filters</h2><button class="plain" @click=${this.#closeFacets}>Close</button></header>
            <tm-facets fields=${FIELDS}></tm-facets>
            <button class="button solid show" @click=${this.#closeFacets}>${this.answer ? `Show ${say(this.answer.total === 1 ? 'one' : 'count', { count: this.answer.total })}` : 'Show products'}</button></div>
        </dialog>
        ${side ? html`<section class="side" aria-labelledby="side-neutral"><h2 class="side-title" id="side-neutral">Neutral</h2><p class="quiet">What everybody sees</p>
            <tm-results class="left" bare neutral explain @tm-results=${({ detail }) => { this.before = detail; }}></tm-results></section>` : nothing}
        <section class="side mine-side" aria-labelledby="side-me">
          <h2 id="side-me" tabindex="-1" class=${side ? 'side-title' : 'unseen'}>${side ? `For ${personName()}` : 'Products'}</h2>
          ${side ? html`<p class="quiet">${this.#sideCount()}</p>` : nothing}
          <tm-results class="right" explain .note=${side ? this.#note : undefined} @tm-results=${this.#shown}>
            <div slot="before">${this.#understood()}${this.#closest()}${this.#banners()}</div>
            <div slot="empty">${this.answer?.hits.length === 0 ? help(this.answer) : nothing}</div>
          </tm-results></section>
      </div></div>`;
  }

  #crumbs() {
    const parts = this.category?.split(' > ') ?? [];
    return html`<nav class="crumbs" aria-label="Breadcrumb"><ol><li><a href="/">Home</a></li>
      ${parts.slice(0, -1).map((part, at) => html`<li><a href=${categoryAddress(parts.slice(0, at + 1).join(' > '))}>${part}</a></li>`)}
      <li aria-current="page">${parts.at(-1) ?? (state().query ? 'Search' : this.heading)}</li></ol></nav>`;
  }

  #sideCount() {
    const moves = this.answer?.hits.filter((hit, at) => this.#note(hit, at + 1)).length ?? 0;
    return moves ? `${moves} of ${this.answer.hits.length} moved` : 'In the same order';
  }

  #note = (hit, position) => {
    if (!this.before) return undefined;
    // A family may be shown by another variant: it is the same hit.
    const family = ({ product }) => product.group_id ?? product.id;
    const at = this.before.hits.findIndex((other) => family(other) === family(hit));
    return moved(at < 0 ? undefined : (this.before.page - 1) * 24 + at + 1, position);
  };

  // Where the tree of categories is behind a button: the next level of it, with the search and the filters as they are.
  #below() {
    return this.#find(this.category)?.children?.map(({ value }) => {
      const refinements = { ...state().refinements, category: [value] };
      return html`<li><a href=${state().address({ refinements, page: 1 })} @click=${(event) => {
        event.preventDefault();
        state().set({ refinements });
      }}>${value.split(' > ').at(-1)}</a></li>`;
    });
  }

  async #shown({ detail }) {
    // Who goes to another page reads on at its beginning.
    if (this.answer && this.answer.page !== detail.page && document.activeElement.matches('body, tm-results')) this.querySelector('#side-me').focus();
    this.answer = detail;
    const { category } = this;
    if (!category || detail.total || this.unknown === category) return;
    // A category that is empty under these filters is one all the same.
    const all = await shop().search({ query: '', filter: `category UNDER ${JSON.stringify(category)}`, per_page: 1, personalize: false }).catch(() => undefined);
    if (all?.total === 0) this.unknown = category;
  }

  // What the query was understood to mean besides its words; a cross makes plain words of a part again.
  #understood() {
    const parts = this.answer?.understood?.filter(({ kind }) => kind !== 'both') ?? [];
    if (!parts.length) return nothing;
    return html`<ul class="understood" aria-label="Understood">${parts.map(({ kind, text, excluded, relaxed }) => html`<li>
      <button class="button" aria-label="Take “${text}” as plain words" @click=${() => state().refine('ignore', [...refused(), text])}>
        ${excluded ? html`without <b>${excluded}</b>` : html`${PARTS[kind] ?? kind} <b>${text}</b>`}${relaxed ? ' (nothing fits)' : nothing} ×</button></li>`)}</ul>`;
  }

  #closest() {
    if (!this.answer?.hits.length || !state().query) return nothing;
    if (this.answer.matched === 'meaning') return html`<p class="notice">No product has the words “${state().query}”. These are the closest in meaning.</p>`;
    if (this.answer.matched === 'some_words') return html`<p class="notice">No product has all of these words. These have some of them.</p>`;
    return nothing;
  }

  #banners() {
    return this.answer?.banners?.filter(({ data }) => data?.text).map(({ link, data }) => (
      html`<p class="notice">${link ? html`<a href=${link}>${data.text}</a>` : data.text}</p>`)) ?? nothing;
  }

  #openFacets() {
    const sheet = this.querySelector('dialog.facets');
    sheet.showModal();
    opened(() => sheet.close());
  }

  #closeFacets() {
    this.querySelector('dialog.facets').close();
  }

  // What was chosen in the neutral column counts for both.
  updated() {
    const right = this.querySelector('.right');
    if (modeNow() === 'side' && right?.answer && this.notedBefore !== this.before) {
      this.notedBefore = this.before;
      right.requestUpdate();
    }
  }
}

customElements.define('shop-search', ShopSearch);
