// The shopper of the demo: who looks, on which device, from where and when, and in which order things are shown.
// Every choice sets up the page's client anew and asks all elements again, so that the page follows without a reload.

import { configure, Tastemaker } from '/tastemaker.js';

/** People with a history in the demo data, by user id. A stranger has none. */
export const people = {
  stranger: 'A stranger', 'shopper-trail': 'Hiker', 'shopper-brew': 'Coffee every week', 'shopper-pedal': 'Cyclist',
  'shopper-workshop': 'Workshop', 'shopper-nest': 'Home maker', 'shopper-garden': 'Gardener',
  'shopper-family': 'Parent', 'shopper-runner': 'Runner',
};

/** Devices; a private window is one that keeps nothing. */
export const devices = { laptop: 'Laptop', phone: 'Phone', private: 'Private' };

/** Places as a request's `context` takes them. */
export const places = {
  nowhere: { title: 'Nowhere said' },
  copenhagen: { title: 'Copenhagen', context: { location: { lat: 55.6761, lon: 12.5683 }, country: 'DK', store_id: 'cph' } },
  malmo: { title: 'Malmö', context: { location: { lat: 55.605, lon: 13.0038 }, country: 'SE', store_id: 'malmo' } },
  aarhus: { title: 'Aarhus', context: { location: { lat: 56.1629, lon: 10.2039 }, country: 'DK', store_id: 'aarhus' } },
  hamburg: { title: 'Hamburg', context: { location: { lat: 53.5511, lon: 9.9937 }, country: 'DE' } },
};

/** Times: now, or noon of a day in a season of the north. */
export const times = { now: 'Now', winter: '15 January', spring: '15 April', summer: '15 July', autumn: '15 October' };
const MONTHS = { winter: '01', spring: '04', summer: '07', autumn: '10' };

/** Orders: everybody's, this shopper's, or both beside each other. */
export const modes = { neutral: 'Neutral', me: 'For me', side: 'Side by side' };

const KEPT = 'fell.choice';
const FIRST = { person: 'stranger', device: 'laptop', place: 'copenhagen', time: 'now', mode: 'me', ids: {}, seen: [], sizes: {} };

/** What is chosen; change it by {@link choose}. */
export const choice = { ...FIRST, ...read() };
/** Tells `change` when the choice changed and the client is set up anew. */
export const choices = new EventTarget();

function read() {
  try { return JSON.parse(localStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
}

function keep() {
  try { localStorage.setItem(KEPT, JSON.stringify(choice)); } catch { /* the choice lasts as long as the page */ }
}

const uuid = () => crypto.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

// Ids of a person: the account, and an id for each device with a mark whether the account is signed in there.
function identity(person) {
  const known = person !== 'stranger';
  return (choice.ids[person] ??= {
    account: known ? person : `guest-${uuid()}`, laptop: uuid(), phone: uuid(), signedIn: { laptop: known, phone: known },
  });
}

/** True in the private window: no ids, no history, nothing stored. */
export const isPrivate = () => choice.device === 'private';
/** True when the account is signed in on the device chosen. */
export const signedIn = () => !isPrivate() && identity(choice.person).signedIn[choice.device];
/** The season of the time chosen, in the north. */
export function season() {
  if (choice.time !== 'now') return choice.time;
  return ['winter', 'spring', 'summer', 'autumn'][Math.floor(((new Date().getMonth() + 1) % 12) / 3)];
}
/** Who is looking, in a word or two. */
export const personName = () => (isPrivate() ? 'nobody known' : people[choice.person]);

// A client that sends no event from a private window, and does not ask for a profile that cannot be there yet.
class Shopper extends Tastemaker {
  track(type, event) {
    if (isPrivate()) return;
    super.track(type, event);
    if (choice.seen.includes(this.whoever)) return;
    choice.seen.push(this.whoever);
    keep();
  }

  get whoever() {
    return this.userId ?? this.anonymousId;
  }

  async profile() {
    const known = Object.hasOwn(people, this.userId ?? '') || choice.seen.includes(this.whoever);
    return known && !isPrivate() ? super.profile() : undefined;
  }
}

function setUp() {
  const ids = identity(choice.person);
  const context = { ...places[choice.place].context };
  if (choice.time !== 'now') context.time = `${new Date().getFullYear()}-${MONTHS[choice.time]}-15T12:00:00Z`;
  const client = configure(new Shopper({
    storage: !isPrivate(), personalize: !isPrivate() && choice.mode !== 'neutral',
    ...(isPrivate() ? {} : { anonymousId: ids[choice.device] }),
    ...(signedIn() ? { userId: ids.account } : {}),
    ...(Object.keys(context).length ? { context } : {}),
  }));
  client.addEventListener('exchange', ({ detail }) => choices.dispatchEvent(new CustomEvent('exchange', { detail })));
  return client;
}

let client = setUp();
keep();

/** Changes the choice; what waits to be sent goes out under the old one. */
export async function choose(changes) {
  await client.flush();
  if (changes.person === 'stranger') delete choice.ids.stranger;
  Object.assign(choice, changes);
  client = setUp();
  keep();
  document.querySelectorAll('tm-results, tm-shelf, tm-navigation').forEach((element) => element.renew());
  choices.dispatchEvent(new Event('change'));
}

/** Signs the account in on this device: from now on both are one person. */
export async function signIn() {
  const ids = identity(choice.person);
  await client.flush();
  await client.identify(ids.account);
  ids.signedIn[choice.device] = true;
  if (choice.seen.includes(ids[choice.device])) choice.seen.push(ids.account);
  await choose({});
}

/** The sizes chosen for products in the cart: the server's cart holds products and quantities only. */
export const sizes = {
  of: (id) => choice.sizes[`${choice.person} ${id}`],
  set(id, size) {
    choice.sizes[`${choice.person} ${id}`] = size;
    keep();
  },
};
