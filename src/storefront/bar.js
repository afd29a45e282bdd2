// <shop-bar>: the quiet bar on top, with which whoever tries the shop becomes somebody else, elsewhere, at another time.

import { html, nothing } from '/tastemaker/lit.js';
import { closeIcon, filterIcon, moonIcon, sunIcon } from './icons.js';
import { Piece } from './piece.js';
import { closed, opened } from './sheet.js';
import { choice, choose, devices, isDemo, isNew, isPrivate, modeNow, modes, newStranger, people, personTitle, places, signedIn, signIn, signOut, times } from './shopper.js';
import { isDark, turn } from './theme.js';

const titled = (all) => Object.entries(all).map(([value, one]) => [value, one.title ?? one]);
// On other pages both orders beside each other would show nothing.
const SIDES = ['/', '/search'].includes(location.pathname);
const mode = () => (SIDES || modeNow() !== 'side' ? modeNow() : 'me');

class ShopBar extends Piece {
  static properties = { open: { state: true } };

  render() {
    return html`
      <section class="bar ${this.open ? 'open' : ''}" aria-label="Try the shop as somebody else" @keydown=${this.#key}>
        <button class="summary" aria-expanded=${Boolean(this.open)} aria-controls="bar-controls" @click=${this.#turn}>
          ${this.open ? closeIcon() : filterIcon()}<span>${this.#summary()}</span></button>
        <div class="controls" id="bar-controls">
          ${this.#person()}
          ${this.#radios('device', 'Device', devices)}
          ${this.#account()}
          ${this.#select('place', 'Place', places)}
          ${this.#select('time', 'Time', times)}
          ${this.#radios('mode', 'Order', SIDES ? modes : { neutral: modes.neutral, me: modes.me }, mode())}
        </div>
        <div class="tools">
          <button class="plain" aria-pressed=${document.documentElement.hasAttribute('data-requests')}
            @click=${() => { dispatchEvent(new Event('shop-requests')); this.requestUpdate(); }}>Requests</button>
          <button class="plain" popovertarget="bar-help">Help</button>
          <button class="plain square" aria-label=${isDark() ? 'Use light colours' : 'Use dark colours'}
            @click=${() => { turn(); this.requestUpdate(); }}>${isDark() ? sunIcon() : moonIcon()}</button>
        </div>
      </section>
      ${this.#help()}
      ${this.#ask('bar-sign-in', 'Sign in on this device?', 'Sign in on the other device too, with the same account, and the shop takes both for one person: one cart, one history.', 'Sign in', signIn)}
      ${this.#ask('bar-new', 'Begin as a new stranger?', 'The stranger of now is thrown away, with the cart, the orders and all that the shop has learned.', 'New stranger', newStranger)}`;
  }

  connectedCallback() {
    super.connectedCallback();
    addEventListener('shop-requests-changed', () => this.requestUpdate());
  }

  #summary() {
    const { title } = places[choice.place];
    return html`<span>${isPrivate() ? 'Private window' : personTitle()}<span class="more"> · ${isPrivate() ? '' : `${devices[choice.device]} · `}${title} · ${times[choice.time]}</span> · ${modes[mode()]}</span>`;
  }

  #turn() {
    this.open = !this.open;
    if (this.open) opened(() => { this.open = false; });
    else closed();
  }

  #key({ key, target }) {
    if (key !== 'Escape' || !this.open || target.closest('[popover]')) return;
    this.#turn();
    this.querySelector('.summary').focus();
  }

  #person() {
    if (isPrivate()) return html`<label class="pick"><span>Shopper</span><select disabled><option>Nobody known</option></select></label>`;
    return this.#select('person', 'Shopper', Object.fromEntries(Object.keys(isDemo() ? people : { stranger: 1 }).map((one) => [one, personTitle(one)])));
  }

  #select(name, title, all) {
    return html`<label class="pick ${name}"><span>${title}</span><select .value=${choice[name]}
      @change=${(event) => choose({ [name]: event.target.value })}>
      ${titled(all).map(([value, text]) => html`<option value=${value} ?selected=${value === choice[name]}>${text}</option>`)}</select></label>`;
  }

  #radios(name, title, all, chosen = choice[name]) {
    return html`<fieldset class="pick" ?disabled=${name === 'mode' && isPrivate()}><legend>${title}</legend><div class="segments">${titled(all).map(([value, text]) => html`
      <label><input type="radio" name="bar-${name}" value=${value} .checked=${chosen === value}
        @change=${() => choose({ [name]: value })}><span>${text}</span></label>`)}</div></fieldset>`;
  }

  #account() {
    if (isPrivate()) return nothing;
    return html`<div class="account">${signedIn() ? html`<button class="plain" @click=${signOut}>Sign out</button>`
    : html`<button class="plain" popovertarget="bar-sign-in">Sign in</button>`}
      ${choice.person === 'stranger' && !isNew() ? html`<button class="plain" popovertarget="bar-new">New stranger</button>` : nothing}</div>`;
  }

  #ask(id, title, text, yes, run) {
    return html`<div popover id=${id} class="help" role="dialog" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2><p>${text}</p>
      <div class="pills"><button class="button solid" popovertarget=${id} popovertargetaction="hide" @click=${() => run()}>${yes}</button>
        <button class="button" popovertarget=${id} popovertargetaction="hide">Cancel</button></div></div>`;
  }

  #help() {
    return html`<div popover id="bar-help" class="help" role="dialog" aria-labelledby="bar-help-title">
      <h2 id="bar-help-title">What these controls do</h2>
      <dl>
        <dt>Shopper</dt><dd>Each has a history in this shop. A stranger starts with none, and makes one by looking around.</dd>
        <dt>Device</dt><dd>Laptop and phone are two devices of the same person. Until a stranger signs in on both, the shop takes them for two people.
          A private window keeps nothing and sends no id, no event and nothing personal. The cart lives in the tab.</dd>
        <dt>Sign in, sign out</dt><dd>The account is the same on both devices. A device that was signed out starts with a new id, as somebody unknown.</dd>
        <dt>Place</dt><dd>Distances and stores, the merchant’s rules for a country, and what is on the rise there.</dd>
        <dt>Time</dt><dd>The merchant’s rules for a season, and the picture on the home page.</dd>
        <dt>Order</dt><dd>Neutral is what everybody sees. Side by side, on the home page and in search, tells how far each product moved.</dd>
        <dt>Requests</dt><dd>What this page asked the server, and what the server answered.</dd>
      </dl>
      <button class="button" popovertarget="bar-help" popovertargetaction="hide">Close</button></div>`;
  }
}

customElements.define('shop-bar', ShopBar);
