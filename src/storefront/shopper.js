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

// How headings call them, where "the" and the title are not enough.
const NAMES = { stranger: 'a stranger', 'shopper-brew': 'the coffee drinker', 'shopper-workshop': 'the handyman' };

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
const PATIENCE_MS = 400;
const FIRST = { person: 'stranger', device: 'laptop', place: 'copenhagen', time: 'now', mode: 'me', ids: {}, seen: [], sizes: {} };

/** What is chosen; change it by {@link choose}. */
export const choice = { ...FIRST, ...read() };
/** Tells `change` when the choice changed and the client is set up anew, and `reach` when {@link reached} did. */
export const choices = new EventTarget();

function read() {
  try { return JSON.parse(localStorage.getItem(KEPT)); } catch { return undefined; }
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

/** True in the private window: nothing is stored, and nothing is sent that tells who looks. */
export const isPrivate = () => choice.device === 'private';
/** True when the account is signed in on the device chosen. */
export const signedIn = () => !isPrivate() && identity(choice.person).signedIn[choice.device];
/** The season of the time chosen, in the north. */
export function season() {
  if (choice.time !== 'now') return choice.time;
  return ['winter', 'spring', 'summer', 'autumn'][Math.floor(((new Date().getMonth() + 1) % 12) / 3)];
}
/** Who is looking, within a heading. */
export const personName = () => (isPrivate() ? 'a private window' : NAMES[choice.person] ?? `the ${people[choice.person].toLowerCase()}`);
/** A person of the list, and whether the account is signed in, where that is not what one expects. */
export function personTitle(person = choice.person) {
  const signed = choice.ids[person]?.signedIn[choice.device];
  if (isPrivate() || signed === undefined || signed === (person !== 'stranger')) return people[person];
  return `${people[person]}, signed ${signed ? 'in' : 'out'}`;
}
/** True for a stranger of whom the shop knows nothing yet. */
export function isNew() {
  const { account, laptop, phone, signedIn: signed } = identity(choice.person);
  return !signed.laptop && !signed.phone && ![account, laptop, phone].some((id) => choice.seen.includes(id));
}

let up = true;
let telling;
/** False while the server does not answer. */
export const reached = () => up;

// Told a moment later: what is asked while the page is left fails too, and means nothing.
function tellReach(answers) {
  clearTimeout(telling);
  if (up !== answers) telling = setTimeout(() => { up = answers; choices.dispatchEvent(new Event('reach')); }, answers ? 0 : PATIENCE_MS);
}

// A client that says nothing of who looks from a private window, and does not ask for a profile that cannot be there yet.
class Shopper extends Tastemaker {
  get asker() {
    if (!isPrivate()) return super.asker;
    return this.context ? { context: this.context } : {};
  }

  async ask(...question) {
    try {
      const answer = await super.ask(...question);
      tellReach(true);
      return answer;
    } catch (error) {
      tellReach(error.status < 500);
      // Tells it from a fault of the page itself.
      throw Object.assign(error, { asked: true });
    }
  }

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

/** Asks everything on the page again. */
export function renew() {
  document.querySelectorAll('tm-results, tm-shelf, tm-navigation').forEach((element) => element.renew());
  choices.dispatchEvent(new Event('change'));
}

/** Changes the choice; what waits to be sent goes out under the old one. */
export async function choose(changes) {
  await client.flush();
  Object.assign(choice, changes);
  client = setUp();
  keep();
  renew();
}

/** Throws the stranger's account away, and begins another. */
export function newStranger() {
  delete choice.ids.stranger;
  return choose({ person: 'stranger' });
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

/** Signs the account out on this device. The old id of the device stays the account's, so the device gets a new one. */
export async function signOut() {
  const ids = identity(choice.person);
  ids.signedIn[choice.device] = false;
  ids[choice.device] = uuid();
  await choose({});
}

// What another tab chose counts here too, once this tab is looked at: in the background it would note visits nobody makes.
async function follow() {
  const kept = read();
  if (!kept || document.visibilityState !== 'visible') return;
  const shown = ({ person, device, place, time, mode, ids }) => JSON.stringify([person, device, place, time, mode, ids]);
  if (shown(kept) === shown(choice)) Object.assign(choice, { seen: kept.seen, sizes: kept.sizes });
  else await choose(kept);
}

addEventListener('storage', ({ key }) => key === KEPT && follow());
document.addEventListener('visibilitychange', follow);
addEventListener('pageshow', ({ persisted }) => persisted && follow());

/** The sizes chosen for products in the cart: the server's cart holds products and quantities only. */
export const sizes = {
  of: (id) => choice.sizes[`${choice.person} ${id}`],
  set(id, size) {
    choice.sizes[`${choice.person} ${id}`] = size;
    keep();
  },
};
