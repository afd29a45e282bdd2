// <tm-results>: the hits of the page's search, with their number, order, pages, and help where there are none.

import { look, money, say, shop, state, TmElement } from './base.js';
import { besideLook, instead, related } from './beside.js';
import { card, cardLook } from './card.js';
import { Latest } from './client.js';
import { css, html, nothing } from './lit.js';

const FIRST = 6;
const PAUSE_MS = 300;
const SLOW_MS = 500;

/**
 * Attributes: `filter` (always holds), `per-page` (24), `sorts` (names separated by blanks), `neutral` (leaves the
 * shopper out), `explain` (a why on every hit), `buy` (a button on every hit), `bare` (hits only). Property: `note`, a function of hit and position; its text stands on the card. Slots: `before`,
 * `empty`. Parts: `bar`, `list`, `related`, `instead` (with `spellings`, `without`, `categories` or `popular`), `pager`, those of cards. Event: `tm-results` with the answer, `tm-buy` with the item.
 */
export class TmResults extends TmElement {
  static searches = true;
  static properties = {
    filter: {}, perPage: { type: Number, attribute: 'per-page' }, sorts: {}, neutral: { type: Boolean },
    explain: { type: Boolean }, buy: { type: Boolean }, bare: { type: Boolean }, note: { attribute: false }, answer: { state: true }, failed: { state: true },
  };
  static styles = [look, cardLook, besideLook, css`
    [part='bar'] { display: flex; flex-wrap: wrap; gap: .5em 1.5em; align-items: center; min-height: 2.6em; margin-bottom: 1em; }
    [part='bar'] label { margin-left: auto; display: flex; gap: .5em; align-items: center; }
    [part='list'] { display: grid; gap: var(--tm-gap, 2em 1.5em); grid-template-columns: repeat(auto-fill, minmax(var(--tm-card, 200px), 1fr)); }
    [part='pager'] { display: flex; gap: 1em; justify-content: center; align-items: center; margin-top: 2.5em; }
    [part='list'] > li { content-visibility: auto; contain-intrinsic-size: auto 26em; }
    :host([explain]) [part='actions'] { min-height: 2.2em; }
    .chips { display: flex; flex-wrap: wrap; gap: .5em; }
    :host { min-height: var(--tm-results-height, 40vh); }
    :host([busy]) [part='list'] { opacity: .6; }
  `];

  #latest = new Latest();

  constructor() {
    super();
    Object.assign(this, { perPage: 24, sorts: 'final_price:asc final_price:desc released_at:desc rating:desc' });
  }

  connectedCallback() {
    super.connectedCallback();
    // Facets on the page say first what they want counted.
    setTimeout(() => this.renew());
  }

  /** Asks again. Between two keystrokes the first hits are enough; the rest and the reasons follow when typing pauses. */
  renew(settled) {
    const { filter, perPage, explain } = this;
    const light = state().typing && settled !== true;
    clearTimeout(this.pause);
    if (light) this.pause = setTimeout(() => this.renew(true), PAUSE_MS);
    const body = { ...state().body(), per_page: light ? Math.min(perPage, FIRST) : perPage, explain: Boolean(explain) && !light, ...((light || this.bare) && { help: false }),
      ...(filter && { filter }), ...(this.neutral && { personalize: false }) };
    this.#wait(true);
    this.#latest.run(() => shop().search(body), (answer) => this.#show(answer), (error) => this.#fail(error));
  }

  // Only an answer that is slow is waited for visibly: fading the list costs a frame.
  #wait(on) {
    clearTimeout(this.slow);
    if (on) this.slow = setTimeout(() => this.toggleAttribute('busy', true), SLOW_MS);
    else this.removeAttribute('busy');
  }

  #fail(error) {
    this.#wait(false);
    console.warn('tastemaker:', error.message);
    // A facet that this catalogue does not have is left out: themes are made for more shops than one.
    const unknown = error.field === 'facets' && /`(.+?)`/.exec(error.message)?.[1];
    if (state().facets.delete(unknown)) return this.renew(true);
    if (state()[error.field] && /page|sort/.test(error.field)) return state().set({ page: 1, sort: '' }, { replace: true });
    Object.assign(this, { failed: true, answer: undefined });
    return this.#publish();
  }

  #show(answer) {
    if (answer.redirect && this.tell('redirect', answer.redirect)) {
      location.assign(answer.redirect);
      return;
    }
    this.#wait(false);
    if (answer.total && answer.page > answer.pages) {
      state().set({ page: Math.max(1, answer.pages) }, { replace: true });
      return;
    }
    Object.assign(this, { answer, failed: false });
    this.#publish();
    this.updateComplete.then(() => this.tell('results', answer));
  }

  // Facets count what these results show.
  #publish() {
    if (this.bare) return;
    state().answer = this.answer;
    state().dispatchEvent(new Event('answer'));
  }

  render() {
    const { answer, failed } = this;
    if (failed) {
      return html`<p role="alert">${say('failed')}</p>
        <button class="button" @click=${() => location.reload()}>${say('retry')}</button>`;
    }
    if (!answer) return nothing;
    return html`${this.bare ? nothing : this.#bar(answer)}<slot name="before"></slot>
      ${answer.hits.length ? html`<ol part="list" aria-label=${say('results')}>${answer.hits.map((hit, at) => html`<li>${this.#card(hit, at)}</li>`)}</ol>` : this.#nothing()}
      ${related(answer, this.#buy)}
      ${this.bare ? nothing : this.#pager(answer)}`;
  }

  #card(hit, at) {
    const list = { queryId: this.answer.query_id, position: (this.answer.page - 1) * this.perPage + at + 1 };
    const why = hit.explain ? html`<tm-why exportparts="button: why, dialog, signal, bar" .item=${hit} .sort=${state().sort}></tm-why>` : nothing;
    return card(hit, { ...list, why, note: this.note?.(hit, list.position), buy: this.#buy });
  }

  get #buy() {
    return this.buy && ((item) => this.tell('buy', item));
  }

  #bar({ total, corrected_query: corrected }) {
    const count = total === 1 ? say('one') : say('count', { count: total });
    return html`<div part="bar">
      <span role="status">${count}</span>
      ${corrected ? html`<span part="corrected">${say('corrected', { query: corrected })}
        <button class="link" @click=${() => state().set({ exact: true })}>${say('instead', { query: state().query })}</button></span>` : nothing}
      ${this.#chips()}
      ${total > 1 ? html`<label><span class="quiet">${say('sort')}</span><select part="sort" .value=${state().sort} @change=${(event) => state().set({ sort: event.target.value })}>
        <option value="" ?selected=${!state().sort}>${say('relevance')}</option>
        ${this.sorts.split(' ').map((sort) => html`<option value=${sort} ?selected=${sort === state().sort}>${say(sort)}</option>`)}
      </select></label>` : nothing}
    </div>`;
  }

  #chips() {
    const chips = state().chosen.flatMap(([field, wanted]) => (Array.isArray(wanted)
      ? wanted.map((value) => [field, /^(true|false)$/.test(value) ? `${say(field)}: ${say(value)}` : value, () => state().toggle(field, value, false)])
      : [[field, `${say(field)} ${[wanted.min, wanted.max].map((end) => this.#amount(field, end)).join(' – ')}`, () => state().refine(field)]]));
    if (!chips.length) return nothing;
    return html`<div class="chips">${chips.map(([field, value, remove]) => html`<button part="chip chip-${field}" class="button"
      aria-label=${say('remove', { value })} @click=${remove}>${value} ×</button>`)}
      ${chips.length > 1 ? html`<button class="link" @click=${() => state().clear()}>${say('removeAll')}</button>` : nothing}</div>`;
  }

  #amount(field, end) {
    const { currency } = this.answer.hits[0]?.product ?? {};
    return end === undefined ? '' : field.endsWith('price') && currency ? money(end, currency) : end;
  }

  #nothing() {
    const { query, chosen } = state();
    const narrowed = chosen.length > 0;
    return html`<div part="empty"><p>${query && !narrowed ? say('noResults', { query }) : say('nothingHere')}</p>
      ${chosen.length === 1 ? html`<button class="button" @click=${() => state().clear()}>${say('removeAll')}</button>` : nothing}
      ${instead(this.answer, this.#buy)}<slot name="empty"></slot></div>`;
  }

  #pager({ page, pages, hits, total }) {
    if (pages < 2 || hits.length < Math.min(this.perPage, total) && page < pages) return nothing;
    const to = (number, text, rel) => html`<a class="button" rel=${rel} href=${state().address({ page: number })}
      @click=${(event) => { event.preventDefault(); state().set({ page: number }); scrollTo({ top: 0 }); }}>${text}</a>`;
    return html`<nav part="pager" aria-label=${say('results')}>
      ${page > 1 ? to(page - 1, say('previous'), 'prev') : nothing}
      <span>${say('page', { page })} / ${pages}</span>
      ${page < pages ? to(page + 1, say('next'), 'next') : nothing}</nav>`;
  }
}
