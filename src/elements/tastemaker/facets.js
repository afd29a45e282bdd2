// <tm-facets>: what the hits can be narrowed by. Counts are those of the answer shown by <tm-results>.

import { look, money, say, state, TmElement, unit } from './base.js';
import { css, html, nothing } from './lit.js';

const FOLDED = 6;

/**
 * Attributes: `fields`, names separated by blanks (`category brand final_price in_stock attributes.color`); numbers get two
 * boxes from and to, `category` a tree. `under` shows the tree below a category. Parts: `facet`, `name`, `value`, `count`.
 */
export class TmFacets extends TmElement {
  static properties = { fields: {}, under: {}, answer: { state: true }, unfolded: { state: true } };
  static styles = [look, css`
    fieldset { border: 0; margin: 0 0 1.6em; padding: 0; min-width: 0; }
    legend { font-weight: 600; padding: 0 0 .5em; }
    label, .value { display: flex; gap: .6em; align-items: baseline; padding: .18em 0; cursor: pointer; text-decoration: none; }
    .value[aria-current] { font-weight: 600; }
    [part='count'] { margin-left: auto; color: var(--tm-dim); font-size: .85em; font-variant-numeric: tabular-nums; }
    li li { padding-left: 1em; }
    .range { display: flex; gap: .5em; align-items: center; }
    .range input { flex: 1; min-width: 0; width: 0; appearance: textfield; }
    button.value { width: 100%; border: 0; background: none; text-align: left; }
  `];

  constructor() {
    super();
    Object.assign(this, { fields: 'category brand final_price in_stock', unfolded: new Set() });
  }

  connectedCallback() {
    super.connectedCallback();
    for (const field of this.fields.split(/\s+/)) state().facets.set(field, this.#request(field));
    this.onAnswer = () => { this.answer = state().answer; };
    state().addEventListener('answer', this.onAnswer);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    state().removeEventListener('answer', this.onAnswer);
  }

  #request(field) {
    if (field === 'category') return { field, depth: 3, ...(this.under && { under: this.under }) };
    return { field, limit: 100 };
  }

  render() {
    if (!this.answer) return nothing;
    const order = this.answer.facet_order ?? [];
    const fields = this.fields.split(/\s+/).sort((a, b) => (order.indexOf(a) + 1 || 99) - (order.indexOf(b) + 1 || 99));
    return fields.map((field) => this.#facet(field, this.answer.facets[field]));
  }

  #facet(field, facet) {
    if (!facet) return nothing;
    const chosen = [].concat(state().refinements[field] ?? []);
    const numbers = facet.stats && !facet.values?.some((value) => typeof value.value === 'boolean');
    if (numbers ? !facet.stats.count && !chosen.length : !facet.values.length) return nothing;
    return html`<fieldset part="facet"><legend part="name">${say(field)}</legend>
      ${numbers ? this.#numbers(field, facet.stats) : field === 'category' ? this.#tree(facet.values, chosen) : this.#values(field, facet.values, chosen)}</fieldset>`;
  }

  #values(field, values, chosen) {
    const all = this.unfolded.has(field) || values.length <= FOLDED + 1;
    const shown = all ? values : values.filter((value, at) => at < FOLDED || value.selected);
    return html`<ul>${shown.map(({ value, count }) => html`<li><label part="value"><input type="checkbox" .checked=${chosen.includes(String(value))}
        @change=${(event) => state().toggle(field, String(value), event.target.checked)}><span dir="auto">${/^(true|false)$/.test(value) ? say(value) : value}</span><span part="count">${count}</span></label></li>`)}</ul>
      ${all ? nothing : html`<button class="link" @click=${() => { this.unfolded = new Set([...this.unfolded, field]); }}>${say('all')} (${values.length})</button>`}`;
  }

  #tree(values, chosen) {
    if (!values?.length) return nothing;
    return html`<ul>${values.map(({ value, count, children }) => {
      const name = value.split(' > ').at(-1);
      const on = chosen.includes(value);
      const open = chosen.some((path) => path === value || path.startsWith(`${value} > `));
      return html`<li><button class="value" part="value" aria-current=${on ? 'true' : nothing}
        @click=${() => state().refine('category', on ? undefined : [value])}><span>${name}</span><span part="count">${count}</span></button>
        ${open || values.length === 1 ? this.#tree(children, chosen) : nothing}</li>`;
    })}</ul>`;
  }

  // Money is shown in whole units of the currency and kept in minor ones.
  #numbers(field, stats) {
    const currency = field.endsWith('price') ? this.answer.hits[0]?.product.currency ?? 'EUR' : undefined;
    const one = unit(currency);
    const wanted = state().refinements[field] ?? {};
    const change = (end) => (event) => {
      const number = event.target.valueAsNumber;
      // What the other box said may not be answered yet: the state knows it.
      let { min, max } = { ...state().refinements[field], [end]: number >= 0 ? Math.round(number * one) : undefined };
      if (min > max) [min, max] = [max, min];
      state().refine(field, min === undefined && max === undefined ? undefined : { min, max });
    };
    const box = (end, word, limit) => html`<input type="number" min="0" step="any" aria-label="${say(field)} ${say(word)} ${currency ?? ''}"
      placeholder=${currency ? money(limit, currency) : limit} .value=${wanted[end] === undefined ? '' : String(wanted[end] / one)} @change=${change(end)}>`;
    return html`<div class="range">${box('min', 'from', stats.min)}<span>–</span>${box('max', 'to', stats.max)}</div>`;
  }
}
