// <tm-why>: why a hit or a recommended product is shown: its reason, every signal of its score, and the profile behind it.

import { look, say, shop, TmElement } from './base.js';
import { css, html, nothing } from './lit.js';

// Reasons that come from the shopper's own history.
const PERSONAL = new Set(['follows', 'reads_like', 'taste', 'recently_viewed', 'buy_again']);

/** Properties: `item`, a hit of a search with `explain`, or an item of a recommendation; `sort`, the order asked for. Parts: `button`, `dialog`, `bar`. */
export class TmWhy extends TmElement {
  static properties = { item: { attribute: false }, sort: { attribute: false }, profile: { state: true }, open: { state: true } };
  static styles = [look, css`
    :host { display: inline-block; }
    .button { font-size: .85em; padding: .3em .7em; }
    dialog { border: 1px solid var(--tm-line, #8884); border-radius: 14px; background: var(--tm-paper, Canvas); color: var(--tm-ink, CanvasText);
      width: min(34em, calc(100vw - 2em)); max-height: 85vh; padding: 1.5em; overflow: auto; }
    dialog::backdrop { background: #0006; }
    header { display: flex; gap: 1em; align-items: start; }
    h2 { font-size: 1.1em; margin: 0 0 .3em; }
    h3 { font-size: .95em; margin: 1.4em 0 .4em; }
    h3::first-letter { text-transform: uppercase; }
    header button { margin-left: auto; }
    li { padding: .45em 0; }
    .signal { display: grid; grid-template-columns: 1fr auto; gap: .1em 1em; align-items: baseline; }
    .signal b { font-variant-numeric: tabular-nums; font-weight: 600; }
    .signal p { grid-column: 1 / -1; }
    p { margin: 0; font-size: .92em; }
    progress { grid-column: 1 / -1; align-self: start; width: 100%; height: 6px; accent-color: var(--tm-accent, #1a5fb4); }
    .less { accent-color: var(--tm-sale, #b3261e); }
    dl { display: grid; grid-template-columns: auto 1fr; gap: .2em 1em; margin: .5em 0 0; font-size: .9em; }
    dd { margin: 0; font-variant-numeric: tabular-nums; }
  `];

  render() {
    return html`<button part="button" class="button" aria-haspopup="dialog" aria-label="${say('why')} ${this.item?.product?.title ?? ''}"
      @click=${this.#show}>${say('why')}</button>
      ${this.open ? html`<dialog part="dialog" aria-labelledby="title" @close=${() => { this.open = false; }}
        @click=${(event) => event.target === event.currentTarget && event.target.close()}>${this.#content()}</dialog>` : nothing}`;
  }

  async #show() {
    this.open = true;
    await this.updateComplete;
    this.renderRoot.querySelector('dialog').showModal();
    // Nobody asks for the profile of a shopper who took no part, and a page's key may read none.
    if (this.#isPersonal && !shop().key) this.profile ??= await shop().profile().catch(() => undefined);
  }

  get #isPersonal() {
    return this.item.explain?.personal || PERSONAL.has(this.item.reason?.kind);
  }

  #content() {
    const { item, profile } = this;
    const close = () => this.renderRoot.querySelector('dialog').close();
    return html`<header><div><h2 id="title">${say('whyTitle')}</h2><p class="quiet">${item.product?.title}</p></div>
        <button class="button" @click=${close}>${say('close')}</button></header>
      ${item.because ? html`<h3>${item.because}</h3>${this.#evidence(item.reason)}` : nothing}
      ${item.pinned ? html`<p>${say('pinned')}</p>` : nothing}
      ${this.sort ? html`<p>${say('sorted', { sort: say(this.sort) })}</p>` : nothing}
      ${item.explain ? this.#signals(item.explain) : nothing}
      ${profile?.in_words?.length ? html`<h3>${say('forYou')}</h3><ul>${profile.in_words.map((line) => html`<li><p>${line}</p></li>`)}</ul>` : nothing}`;
  }

  #evidence(reason) {
    const facts = Object.entries(reason ?? {}).filter(([name, value]) => name !== 'kind' && value !== null);
    if (!facts.length) return nothing;
    return html`<dl>${facts.map(([name, value]) => html`<dt class="quiet">${say(name)}</dt><dd>${
      typeof value === 'number' ? Math.round(value * 100) / 100 : value}</dd>`)}</dl>`;
  }

  #signals({ signals, score }) {
    const most = Math.max(...signals.map((signal) => Math.abs(signal.contribution)), 1e-9);
    return html`<h3>${say('score')} ${score.toFixed(2)}</h3><ul>${signals.filter((signal) => Math.abs(signal.contribution) >= 0.0005).map(
      ({ title, sentence, contribution }) => html`<li class="signal" part="signal"><span>${title}</span><b>${contribution > 0 ? '+' : '−'}${Math.abs(contribution).toFixed(3)}</b>
        <progress part="bar" class=${contribution < 0 ? 'less' : ''} max="1" value=${Math.abs(contribution) / most} aria-label=${title}></progress>
        <p class="quiet">${sentence}</p></li>`)}</ul>`;
  }
}
