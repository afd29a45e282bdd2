// <shop-requests>: the panel with what this page asked the server and what the server answered.

import { html, nothing } from '/tastemaker/lit.js';
import { closeIcon } from './icons.js';
import { Piece } from './piece.js';
import { closed, opened } from './sheet.js';
import { choices } from './shopper.js';

const MOST = 60;
const LONGEST = 120000;
const OPEN = 'fell.requests';
// A sheet from below where there is no room beside the page; a sheet does not stay open over the next page.
const narrow = matchMedia('(max-width: 900px)');
const root = document.documentElement;

function curl({ method, path, body }) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const data = body ? ` \\\n  -H 'content-type: application/json' \\\n  -d ${quoted(JSON.stringify(body))}` : '';
  const verb = method === (body ? 'POST' : 'GET') ? '' : ` -X ${method}`;
  return `curl -s${verb} ${quoted(location.origin + path)}${data}`;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

class ShopRequests extends Piece {
  static properties = { all: { state: true }, chosen: { state: true }, open: { state: true }, copied: { state: true } };

  constructor() {
    super();
    Object.assign(this, { all: [], open: false });
    try { this.open = !narrow.matches && sessionStorage.getItem(OPEN) === '1'; } catch { /* closed */ }
    root.toggleAttribute('data-requests', this.open);
  }

  connectedCallback() {
    super.connectedCallback();
    choices.addEventListener('exchange', ({ detail }) => {
      this.all = [{ ...detail, answer: structuredClone(detail.answer) }, ...this.all].slice(0, MOST);
      if (!this.pinned) this.chosen = this.all[0];
    });
    addEventListener('shop-requests', () => this.#turn(!this.open));
  }

  #turn(open) {
    this.open = open;
    root.toggleAttribute('data-requests', open);
    try { sessionStorage.setItem(OPEN, open ? '1' : '0'); } catch { /* closed on the next page */ }
    dispatchEvent(new Event('shop-requests-changed'));
    if (narrow.matches && open) opened(() => this.#turn(false));
    else if (narrow.matches) closed();
    if (open) this.updateComplete.then(() => this.querySelector('.close').focus());
    else document.querySelector('.tools [aria-pressed]').focus();
  }

  render() {
    if (!this.open) return nothing;
    return html`<aside class="requests" aria-label="Requests" @keydown=${(event) => event.key === 'Escape' && this.#turn(false)}>
      <header><h2>Requests of this page</h2><button class="plain square close" aria-label="Close the panel" @click=${() => this.#turn(false)}>${closeIcon()}</button></header>
      <ol tabindex="0" aria-label="Requests, newest first">${this.all.map((one) => html`<li><button aria-pressed=${one === this.chosen} @click=${() => this.#choose(one)}>
        <span>${one.method}</span><b>${one.path.split('?')[0]}</b><span class=${one.status < 400 ? '' : 'bad'}>${one.status}</span><span>${one.ms.toFixed(0)} ms</span></button></li>`)}</ol>
      ${this.chosen ? this.#shown(this.chosen) : html`<p class="quiet">Nothing was asked yet.</p>`}
    </aside>`;
  }

  #choose(one) {
    Object.assign(this, { chosen: one, copied: undefined, pinned: one !== this.all[0] });
  }

  #shown(one) {
    const answer = JSON.stringify(one.answer, null, 2) ?? '';
    return html`<div class="shown">
      <div class="row"><h3>Request</h3><button class="button small" @click=${async () => { this.copied = await copy(curl(one)) ? 'Copied' : 'Not copied'; }}>
        <span role="status">${this.copied ?? 'Copy as curl'}</span></button></div>
      <pre tabindex="0" aria-label="Request">${one.method} ${one.path}${one.body ? `\n${JSON.stringify(one.body, null, 2)}` : ''}</pre>
      <div class="row"><h3>Answer</h3><span class="quiet">${(answer.length / 1024).toFixed(1)} kB</span></div>
      <pre tabindex="0" aria-label="Answer">${answer.length > LONGEST ? `${answer.slice(0, LONGEST)}\n…` : answer}</pre></div>`;
  }

  updated(changed) {
    if (changed.has('chosen') && this.copied) this.copied = undefined;
  }
}

customElements.define('shop-requests', ShopRequests);
