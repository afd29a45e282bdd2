// Events on their way to the server: collected for a moment, sent together, and handed over when the page is left.

import { uuid } from './visitor.js';

const WAIT_MS = 1000;
const BATCH = 50;
const MOST_WAITING = 500;
const RETRY_MS = 5000;

/** A queue of events. `send(events, leaving)` resolves to true when the server has answered for good. */
export class EventQueue {
  #send;
  #waiting = [];
  #timer;
  #sending = false;

  constructor(send) {
    this.#send = send;
    addEventListener('pagehide', () => this.leave());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && this.leave());
  }

  /** Adds an event; it gets its `message_id` and `time` here, so that a second delivery counts once. */
  add(event) {
    this.#waiting.push({ message_id: uuid(), time: new Date().toISOString(), ...event });
    this.#waiting.splice(0, this.#waiting.length - MOST_WAITING);
    this.#wait(WAIT_MS);
  }

  /** Sends what waits; resolves when it has arrived, or will be tried again. */
  async flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending || !this.#waiting.length) return;
    this.#sending = true;
    const batch = this.#waiting.splice(0, BATCH);
    const done = await this.#send(batch, false).catch(() => false);
    this.#sending = false;
    if (!done) this.#waiting.unshift(...batch);
    if (!this.#waiting.length) return;
    if (done) return this.flush();
    this.#wait(RETRY_MS);
  }

  /** Hands everything that waits to the browser, which delivers it after the page is gone. */
  leave() {
    while (this.#waiting.length) this.#send(this.#waiting.splice(0, BATCH), true).catch(() => false);
  }

  #wait(ms) {
    this.#timer ??= setTimeout(() => this.flush(), ms);
  }
}
