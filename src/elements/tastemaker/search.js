// <tm-search>: the search box. It suggests while typing, moves by arrow keys, and says every change to screen readers.

import { look, say, shop, state, TmElement } from './base.js';
import { Latest } from './client.js';
import { css, html, nothing } from './lit.js';

/**
 * Attributes: `action`, the address of the page with results (without it the results are on this page and follow
 * every keystroke), `product`, the address of a product's page with `{id}` (without it a suggested product is searched
 * for), `placeholder`, `suggestions` (8; 0 for none). Parts: `input`, `submit`, `list`, `option`.
 */
export class TmSearch extends TmElement {
  static searches = true;
  static properties = {
    action: {}, product: {}, placeholder: {}, suggestions: { type: Number }, found: { state: true }, open: { state: true }, at: { state: true },
  };
  static styles = [look, css`
    :host { position: relative; }
    form { display: flex; align-items: center; border: 1px solid var(--tm-line, #8886); border-radius: var(--tm-radius, 8px);
      background: var(--tm-field, Field); padding-right: .3em; }
    form:focus-within { outline: 2px solid var(--tm-accent, #1a5fb4); outline-offset: 1px; }
    input { flex: 1; min-width: 0; border: 0; background: none; padding: .6em .8em; }
    input:focus-visible { outline: none; }
    button { border: 0; background: none; padding: .4em; line-height: 0; }
    ul { position: absolute; z-index: 20; left: 0; right: 0; top: calc(100% + 4px); max-height: 70vh; overflow: auto;
      background: var(--tm-paper, Canvas); border: 1px solid var(--tm-line, #8884); border-radius: var(--tm-radius, 8px);
      box-shadow: 0 12px 32px #0003; padding: .3em; }
    li { padding: .5em .7em; border-radius: calc(var(--tm-radius, 8px) - 3px); cursor: pointer; display: flex; gap: 1em; justify-content: space-between; }
    li[aria-selected='true'] { background: var(--tm-hover, #8882); }
    li small { color: var(--tm-dim); white-space: nowrap; }
    b { font-weight: 650; }
  `];

  #latest = new Latest();

  constructor() {
    super();
    Object.assign(this, { suggestions: 8, found: [], open: false, at: -1 });
  }

  renew() {
    if (this.input && this.input !== this.shadowRoot.activeElement) this.input.value = state().query;
  }

  firstUpdated() {
    this.input = this.renderRoot.querySelector('input');
    this.input.value = state().query;
  }

  /** Puts the cursor into the box. */
  focus() {
    this.input?.focus();
  }

  render() {
    const option = this.at >= 0 ? `option-${this.at}` : nothing;
    const shown = this.open && this.found.length > 0;
    return html`<form role="search" @submit=${this.#submit}>
        <input part="input" type="search" role="combobox" name="q" autocomplete="off" autocapitalize="off" spellcheck="false"
          maxlength="512" aria-label=${say('search')} placeholder=${this.placeholder ?? say('search')} aria-autocomplete="list" aria-expanded=${shown}
          aria-controls="list" aria-activedescendant=${option} @input=${this.#typed} @keydown=${this.#key}
          @focus=${this.#typed} @blur=${() => { this.open = false; }}>
        <button part="submit" aria-label=${say('search')}><svg width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><path d="m13 13 5 5M3 8.5a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0"/></svg></button>
      </form>
      <ul part="list" id="list" role="listbox" aria-label=${say('suggestions')} ?hidden=${!shown}>
        ${this.found.map((one, at) => html`<li part="option" id="option-${at}" role="option" aria-selected=${at === this.at}
          @mousedown=${(event) => { event.preventDefault(); this.#choose(one); }} @mousemove=${() => { this.at = at; }}>
          <span>${this.#marked(one.text)}</span>${one.kind === 'query' ? nothing : html`<small>${say(one.kind)}</small>`}</li>`)}
      </ul>
      <div class="sr" role="status">${shown ? `${this.found.length} ${say('suggestions')}` : ''}</div>`;
  }

  // What is not yet typed stands out: that is what the eye looks for. Words are matched from their beginning.
  #marked(text) {
    const at = this.written ? ` ${text}`.toLowerCase().indexOf(` ${this.written.toLowerCase()}`) : -1;
    if (at < 0) return text;
    const end = at + this.written.length;
    return html`<b>${text.slice(0, at)}</b>${text.slice(at, end)}<b>${text.slice(end)}</b>`;
  }

  #typed(event) {
    const typed = this.input.value;
    if (!this.action && event.type === 'input') this.#show(typed, {}, { typing: true });
    if (!this.suggestions) return;
    this.#latest.run(() => shop().suggest(typed, this.suggestions), (answer) => {
      Object.assign(this, { found: answer.suggestions, written: answer.prefix, at: -1, open: this.shadowRoot.activeElement === this.input });
    }, () => { this.found = []; });
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      event.preventDefault();
      this.open = true;
      const places = this.found.length + 1;
      this.at = ((this.at + 1 + step + places) % places) - 1;
    } else if (event.key === 'Escape' && this.open) {
      event.preventDefault();
      this.open = false;
    } else if (event.key === 'Enter' && this.open && this.at >= 0) {
      event.preventDefault();
      this.#choose(this.found[this.at]);
    }
  }

  #submit(event) {
    event.preventDefault();
    this.#go(this.input.value.trim());
  }

  #choose(suggestion) {
    this.open = false;
    if (!this.tell('suggestion', suggestion)) return;
    const { kind, text, product_id: id } = suggestion;
    if (kind === 'product' && this.product) location.assign(this.product.replace('{id}', encodeURIComponent(id)));
    else if (kind === 'category') this.#go('', { category: [text] });
    else this.#go(text);
  }

  #go(query, chosen = {}) {
    this.open = false;
    this.input.value = query;
    if (!this.tell('search', { query })) return;
    if (this.action) location.assign(`${this.action}?${new URLSearchParams({ ...(query && { q: query }), ...chosen })}`);
    else this.#show(query, chosen);
  }

  // A new search begins without the choices of the old one.
  #show(query, chosen, how) {
    state().chosen.forEach(([field]) => delete state().refinements[field]);
    state().set({ query, refinements: { ...state().refinements, ...chosen } }, how);
  }
}
