// <shop-bar>: the quiet bar on top, with which whoever tries the shop becomes somebody else, elsewhere, at another time.

import { html, nothing } from '/tastemaker/lit.js';
import { closeIcon, filterIcon, moonIcon, sunIcon } from './icons.js';
import { Piece } from './piece.js';
import { choice, choose, devices, isPrivate, modes, people, places, signedIn, signIn, times } from './shopper.js';
import { isDark, turn } from './theme.js';

const titled = (all) => Object.entries(all).map(([value, one]) => [value, one.title ?? one]);

class ShopBar extends Piece {
  static properties = { open: { state: true } };

  render() {
    return html`
      <section class="bar ${this.open ? 'open' : ''}" aria-label="Try the shop as somebody else">
        <button class="summary" aria-expanded=${Boolean(this.open)} aria-controls="bar-controls" @click=${() => { this.open = !this.open; }}>
          ${this.open ? closeIcon() : filterIcon()}<span>${this.#summary()}</span></button>
        <div class="controls" id="bar-controls">
          ${this.#select('person', 'Shopper', people)}
          ${this.#radios('device', 'Device', devices)}
          ${this.#account()}
          ${this.#select('place', 'Place', places)}
          ${this.#select('time', 'Time', times)}
          ${this.#radios('mode', 'Order', modes)}
        </div>
        <div class="tools">
          <button class="plain" aria-pressed=${document.documentElement.hasAttribute('data-requests')}
            @click=${() => { dispatchEvent(new Event('shop-requests')); this.requestUpdate(); }}>Requests</button>
          <button class="plain" popovertarget="bar-help">Help</button>
          <button class="plain square" aria-label=${isDark() ? 'Use light colours' : 'Use dark colours'}
            @click=${() => { turn(); this.requestUpdate(); }}>${isDark() ? sunIcon() : moonIcon()}</button>
        </div>
      </section>
      ${this.#help()}`;
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener('shop-requests-changed', () => this.requestUpdate());
  }

  #summary() {
    return `${isPrivate() ? 'Private window' : people[choice.person]} · ${modes[choice.mode]}`;
  }

  #select(name, title, all) {
    return html`<label class="pick ${name}"><span>${title}</span><select .value=${choice[name]} ?disabled=${name === 'person' && isPrivate()}
      @change=${(event) => choose({ [name]: event.target.value })}>
      ${titled(all).map(([value, text]) => html`<option value=${value} ?selected=${value === choice[name]}>${text}</option>`)}</select></label>`;
  }

  #radios(name, title, all) {
    return html`<fieldset class="pick"><legend>${title}</legend><div class="segments">${titled(all).map(([value, text]) => html`
      <label><input type="radio" name="bar-${name}" value=${value} .checked=${choice[name] === value}
        @change=${() => choose({ [name]: value })}><span>${text}</span></label>`)}</div></fieldset>`;
  }

  #account() {
    if (isPrivate()) return nothing;
    if (!signedIn()) return html`<button class="plain account" @click=${() => signIn()}>Sign in here</button>`;
    if (choice.person === 'stranger') return html`<button class="plain account" @click=${() => choose({ person: 'stranger' })}>New stranger</button>`;
    return nothing;
  }

  #help() {
    return html`<div popover id="bar-help" class="help" aria-label="What these controls do">
      <h2>What these controls do</h2>
      <dl>
        <dt>Shopper</dt><dd>Each has a history in this shop. A stranger starts with none, and makes one by looking around.</dd>
        <dt>Device</dt><dd>Laptop and phone are two devices of the same person. Until a stranger signs in, the shop takes them for two people.
          A private window keeps nothing: no ids, no events, nothing personal; the cart lives in the tab.</dd>
        <dt>Place</dt><dd>Distances and stores, the merchant’s rules for a country, and what is on the rise there.</dd>
        <dt>Time</dt><dd>The merchant’s rules for a season, and the picture on the home page.</dd>
        <dt>Order</dt><dd>Neutral shows what everybody sees. Side by side shows both on the home page and in search, and how far each product moved.</dd>
        <dt>Requests</dt><dd>What this page asked the server, and what the server answered.</dd>
      </dl>
      <button class="button" popovertarget="bar-help" popovertargetaction="hide">Close</button></div>`;
  }
}

customElements.define('shop-bar', ShopBar);
