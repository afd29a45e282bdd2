// Who is asking: the device's anonymous id, the visit, and whether the browser may keep either.

const DEVICE = 'tastemaker.device';
const VISIT = 'tastemaker.visit';
const VISIT_MS = 30 * 60 * 1000;

/** A random UUID (version 4), also on pages that are not served over HTTPS. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
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

  /** Allows or forbids storage; forbidding it removes what is stored and starts with new ids. */
  set storage(allowed) {
    this.#store = allowed;
    this.#memory = {};
    if (allowed) return;
    for (const [area, name] of [['localStorage', DEVICE], ['sessionStorage', VISIT]]) {
      try { globalThis[area].removeItem(name); } catch { /* the browser keeps nothing for this page */ }
    }
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
