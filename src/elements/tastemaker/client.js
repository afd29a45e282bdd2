// The client: one method a question, one queue of events, and an event of its own for whoever wants to watch.

import { EventQueue } from './events.js';
import { Visitor } from './visitor.js';

/** An answer other than success; `status`, `code`, `field` and `retryAfter` (seconds) are as the server said. */
export class TastemakerError extends Error {
  constructor(status, answer, retryAfter) {
    super(answer?.message ?? `the server answered ${status}`);
    Object.assign(this, { name: 'TastemakerError', status, code: answer?.code, field: answer?.field, retryAfter });
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

  /** A product, by a key with the scope `catalogue`. */
  product(id) {
    return this.ask('GET', `/v1/products/${encodeURIComponent(id)}`).then((answer) => answer.product);
  }

  /** What is known of the shopper and why. */
  profile() {
    const [kind, id] = this.userId ? ['user', this.userId] : ['anonymous', this.anonymousId];
    return this.ask('GET', `/v1/profiles/${encodeURIComponent(id)}?kind=${kind}`);
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
    const [kind, id] = this.userId ? ['user', this.userId] : ['anonymous', this.anonymousId];
    await this.ask('PUT', `/v1/profiles/${encodeURIComponent(id)}/consent?kind=${kind}`, { storage, personalization });
    this.#visitor.storage = storage;
  }

  /** Any request to the server; rejects with a {@link TastemakerError}. */
  async ask(method, path, body) {
    const started = performance.now();
    const response = await fetch(this.url + path, { method, headers: this.#headers(path), body: body && JSON.stringify(body) });
    const answer = await response.json().catch(() => undefined);
    this.#tell({ method, path, body, status: response.status, answer, ms: performance.now() - started });
    if (response.ok) return answer;
    throw new TastemakerError(response.status, answer, Number(response.headers.get('retry-after')) || undefined);
  }

  #whoever(neutral) {
    if (this.personalize && !neutral) return this.asker;
    return this.context ? { context: this.context } : {};
  }

  // A key that reads opens nothing that writes, and the other way round.
  #keyFor(path) {
    return (/events|identify|consent/.test(path) && this.eventsKey) || this.key;
  }

  #headers(path) {
    const headers = { 'content-type': 'application/json' };
    const key = this.#keyFor(path);
    if (key) headers['x-api-key'] = key;
    if (this.token && this.userId) headers['x-tastemaker-shopper-token'] = this.token;
    return headers;
  }

  #tell(detail) {
    this.dispatchEvent(new CustomEvent('exchange', { detail }));
  }

  // A beacon cannot carry headers: a key goes into the address, and a token needs a request that outlives the page.
  async #deliver(events, leaving) {
    const body = JSON.stringify({ events });
    if (leaving && !this.token) {
      const own = this.#keyFor('/v1/events');
      const key = own ? `?api_key=${encodeURIComponent(own)}` : '';
      const blob = new Blob([body], { type: 'application/json' });
      if (navigator.sendBeacon(`${this.url}/v1/events${key}`, blob)) return true;
    }
    const started = performance.now();
    const response = await fetch(`${this.url}/v1/events`,
      { method: 'POST', headers: this.#headers('/v1/events'), body, keepalive: leaving });
    const answer = await response.json().catch(() => undefined);
    this.#tell({ method: 'POST', path: '/v1/events', body: { events }, status: response.status, answer,
      ms: performance.now() - started });
    // Overloaded or broken: again, later. Refused: never, it would be refused again.
    return response.status < 500 && response.status !== 429;
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
