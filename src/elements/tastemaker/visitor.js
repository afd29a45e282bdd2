// Who is asking: the device's anonymous id, the visit, and whether the browser may keep either.

const DEVICE = 'tastemaker.device';
const VISIT = 'tastemaker.visit';
const VISIT_MS = 30 * 60 * 1000;

/** A random id of at least 32 characters; on pages that are not served over HTTPS there is no `randomUUID`. */
export function uuid() {
  return crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The ids of one browser. With consent to storage the device's id lies in `localStorage` and the visit's in
 * `sessionStorage`, until 30 minutes pass without a request; without consent both live as long as the page.
 */
export class Visitor {
  #store;
  #memory = {};

  constructor(store) {
    this.#store = store;
  }

  /** The id of the device. */
  get device() {
    return this.#keep('localStorage', DEVICE, (old) => old || uuid());
  }

  /** The id of the visit. */
  get visit() {
    const now = Date.now();
    const kept = this.#keep('sessionStorage', VISIT, (old) => {
      const [id, last] = (old || '').split(' ');
      return `${id && now - last < VISIT_MS ? id : uuid()} ${now}`;
    });
    return kept.split(' ')[0];
  }

  /** Allows or forbids storage: allowing it keeps the ids of this page, forbidding it removes them and starts anew. */
  set storage(allowed) {
    this.#store = allowed;
    for (const [area, name] of [['localStorage', DEVICE], ['sessionStorage', VISIT]]) {
      try {
        if (!allowed) globalThis[area].removeItem(name);
        else if (this.#memory[name]) globalThis[area].setItem(name, this.#memory[name]);
      } catch { /* the browser keeps nothing for this page */ }
    }
    this.#memory = {};
  }

  #keep(area, name, renew) {
    try {
      if (this.#store) {
        const value = renew(globalThis[area].getItem(name));
        globalThis[area].setItem(name, value);
        return value;
      }
    } catch { /* storage is switched off or full: memory serves */ }
    return (this.#memory[name] = renew(this.#memory[name]));
  }
}
