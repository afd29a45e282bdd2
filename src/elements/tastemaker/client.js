// The client: one method a question, one queue of events, and an event of its own for whoever wants to watch.

import { EventQueue } from './events.js';
import { Visitor } from './visitor.js';

const PATIENCE_MS = 15_000;

/** An answer other than success; `status`, `code` and `field` are as the server said. */
export class TastemakerError extends Error {
  constructor(status, answer) {
    super(answer?.message ?? `the server answered ${status}`);
    Object.assign(this, { status, code: answer?.code, field: answer?.field });
  }
}

/**
 * A shop's Tastemaker. Options: `url` (default: where this file came from), `key` (a public key that
 * reads) and `eventsKey` (one that writes), `userId` with
 * `token` (its proof) for a shopper who is signed in, `storage` and `personalize` (consent, both true), `context`,
 * `lang`. Every exchange with the server is told as an `exchange` event.
 */
export class Tastemaker extends EventTarget {
  #queue = new EventQueue((events, leaving) => this.#deliver(events, leaving));
  #visitor;

  constructor({ url = new URL(import.meta.url).origin, key, eventsKey, userId, token, storage = true,
    personalize = true, context, lang, anonymousId } = {}) {
    super();
    Object.assign(this, { url: url.replace(/\/$/, ''), key, eventsKey, userId, token, personalize, context, lang });
    this.#visitor = new Visitor(storage);
    this.fixedDevice = anonymousId;
  }

  /** The id of this device. */
  get anonymousId() {
    return this.fixedDevice ?? this.#visitor.device;
  }

  /** The id of this visit. */
  get sessionId() {
    return this.#visitor.visit;
  }

  /** What is said of the shopper in every question. */
  get asker() {
    const asker = { anonymous_id: this.anonymousId, session_id: this.sessionId };
    if (this.userId) asker.user_id = this.userId;
    if (this.context) asker.context = this.context;
    return asker;
  }

  /** A page of hits; `query` is the body of `POST /v1/search`. */
  search(query) {
    const lang = this.lang ? { lang: this.lang } : {};
    return this.ask('POST', '/v1/search', { ...this.asker, ...lang, personalize: this.personalize, ...query });
  }

  /** Suggestions for what is typed. */
  suggest(typed, limit = 8) {
    const who = this.personalize ? { anonymous_id: this.anonymousId, ...(this.userId && { user_id: this.userId }) } : {};
    return this.ask('GET', `/v1/suggest?${new URLSearchParams({ q: typed, limit, ...who })}`);
  }

  /** Rows of one page: `[{kind, product_id, limit}]`. `neutral` leaves the shopper out, here and below. */
  recommend(placements, more, neutral) {
    return this.ask('POST', '/v1/recommend', { ...this.#whoever(neutral), placements, ...more });
  }

  /** The shelves of a home page. */
  home(more, neutral) {
    return this.ask('POST', '/v1/home', { ...this.#whoever(neutral), ...more });
  }

  /** The category tree in the shopper's order. */
  navigation(more, neutral) {
    return this.ask('POST', '/v1/navigation', { ...this.#whoever(neutral), ...more });
  }

  /** What is known of the shopper and why. */
  profile() {
    return this.ask('GET', this.#profile());
  }

  /** Notes what the shopper did: `track('view', {products: [{id}]})`. Sent with others within a second. */
  track(type, event) {
    const { anonymous_id, session_id, user_id } = this.asker;
    this.#queue.add({ type, channel: 'web', anonymous_id, session_id, ...(user_id && { user_id }), ...event });
  }

  /** Sends events that still wait. */
  flush() {
    return this.#queue.flush();
  }

  /** From now on this device is this shopper's; without an id the shopper is signed out. */
  async identify(userId, token) {
    Object.assign(this, { userId, token });
    if (userId) await this.ask('POST', '/v1/identify', { user_id: userId, anonymous_id: this.anonymousId });
  }

  /** What the shopper allows: `storage` of ids and events, `personalization` of answers. */
  async consent({ storage = true, personalization = true }) {
    this.personalize = personalization;
    await this.flush();
    // A yes is noted for the id that is kept from now on, a no for the one that was.
    if (storage) this.#visitor.storage = true;
    await this.ask('PUT', this.#profile('/consent'), { storage, personalization });
    if (!storage) this.#visitor.storage = false;
  }

  /** Any request to the server; `more` goes to `fetch`. Rejects with a {@link TastemakerError}. */
  async ask(method, path, body, more) {
    const started = performance.now();
    const { address, headers } = this.#addressed(path, body);
    const response = await fetch(address, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS), ...more });
    const answer = await response.json().catch(() => undefined);
    const { status } = response;
    this.dispatchEvent(new CustomEvent('exchange', { detail: { method, path, body, status, answer, ms: performance.now() - started } }));
    if (response.ok) return answer;
    if (answer?.code === 'invalid_shopper_token' && this.userId) {
      // The sign-in has run out: the shopper goes on as somebody unknown on a known device.
      this.userId = this.token = undefined;
      this.dispatchEvent(new Event('signed-out'));
      const { user_id, ...anonymous } = body ?? {};
      return this.ask(method, path, body && anonymous, more);
    }
    throw new TastemakerError(status, answer);
  }

  #whoever(neutral) {
    if (this.personalize && !neutral) return this.asker;
    return this.context ? { context: this.context } : {};
  }

  // The path of the shopper's profile, or of a part of it.
  #profile(part = '') {
    const [kind, id] = this.userId ? ['user', this.userId] : ['anonymous', this.anonymousId];
    return `/v1/profiles/${encodeURIComponent(id)}${part}?kind=${kind}`;
  }

  // The address with the right key: one that reads opens nothing that writes, and the other way round. It stands in
  // the address where there is nothing to send, because a request without headers needs no leave from another origin.
  #addressed(path, body) {
    const headers = body ? { 'content-type': 'application/json' } : {};
    const key = (/events|identify|consent/.test(path) && this.eventsKey) || this.key;
    if (this.token && this.userId) headers['x-tastemaker-shopper-token'] = this.token;
    if (key && body) headers['x-api-key'] = key;
    const asked = key && !body ? `${path.includes('?') ? '&' : '?'}api_key=${encodeURIComponent(key)}` : '';
    return { address: this.url + path + asked, headers };
  }

  // A beacon cannot carry headers: as plain text it needs no leave from another origin, for which a page that is
  // being left has no time. A token needs a request that outlives the page.
  async #deliver(events, leaving) {
    if (leaving && !this.token
      && navigator.sendBeacon(this.#addressed('/v1/events').address, new Blob([JSON.stringify({ events })], { type: 'text/plain' }))) return true;
    return this.ask('POST', '/v1/events', { events }, { keepalive: leaving }).then(() => true, (error) => {
      // Overloaded or broken: again, later. Refused: never, it would be refused again.
      const again = !error.status || error.status >= 500 || error.status === 429;
      if (!again) console.warn('tastemaker: events were not taken,', error.message);
      return !again;
    });
  }
}

/** Runs one question at a time; the newest that arrives meanwhile waits, and what it overtakes is dropped. */
export class Latest {
  #running = false;
  #next;

  /** Calls `show(answer)`, or `fail(error)`, unless a newer question has come. */
  async run(ask, show, fail) {
    this.#next = { ask, show, fail };
    if (this.#running) return;
    this.#running = true;
    while (this.#next) {
      const current = this.#next;
      this.#next = undefined;
      const [answer, error] = await current.ask().then((found) => [found], (problem) => [undefined, problem]);
      if (this.#next) continue;
      if (error) current.fail?.(error);
      else current.show(answer);
    }
    this.#running = false;
  }
}
