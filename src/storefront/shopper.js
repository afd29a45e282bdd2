// The shopper of the demo: who looks, on which device, from where and when, and in which order things are shown.

import { configure, Tastemaker } from '/tastemaker.js';

/** People with a history in the demo data, by user id. A stranger has none. */
export const people = {
  stranger: 'A stranger', 'shopper-trail': 'Hiker', 'shopper-brew': 'Coffee every week', 'shopper-pedal': 'Cyclist',
  'shopper-workshop': 'Workshop', 'shopper-nest': 'Home maker', 'shopper-garden': 'Gardener',
  'shopper-family': 'Parent', 'shopper-runner': 'Runner',
};

export const devices = { laptop: 'Laptop', phone: 'Phone', private: 'Private' };

const NAMES = { stranger: 'a stranger', 'shopper-brew': 'the coffee drinker', 'shopper-workshop': 'the handyman' };

export const places = {
  nowhere: { title: 'Nowhere said' },
  copenhagen: { title: 'Copenhagen', context: { location: { lat: 55.6761, lon: 12.5683 }, country: 'DK', store_id: 'cph' } },
  malmo: { title: 'Malmö', context: { location: { lat: 55.605, lon: 13.0038 }, country: 'SE', store_id: 'malmo' } },
  aarhus: { title: 'Aarhus', context: { location: { lat: 56.1629, lon: 10.2039 }, country: 'DK', store_id: 'aarhus' } },
  hamburg: { title: 'Hamburg', context: { location: { lat: 53.5511, lon: 9.9937 }, country: 'DE' } },
};

export const times = { now: 'Now', winter: '15 January', spring: '15 April', summer: '15 July', autumn: '15 October' };
const MONTHS = { winter: '01', spring: '04', summer: '07', autumn: '10' };

export const modes = { neutral: 'Neutral', me: 'For me', side: 'Side by side' };

const KEPT = 'fell.choice';
const LONGEST_ID = 100;
const PATIENCE_MS = 400;
const FIRST = { person: 'stranger', device: 'laptop', place: 'copenhagen', time: 'now', mode: 'me' };

/** What is chosen; change it by {@link choose}. */
export const choice = { ...FIRST, ids: {}, seen: [], sizes: {}, ...read() };
/** Tells `change` when the choice changed and the client is set up anew, and `reach` when {@link reached} did. */
export const choices = new EventTarget();

// What was kept, without what is not understood: an older version of these pages may have kept it, or somebody's hand.
function read() {
  let kept;
  try { kept = JSON.parse(localStorage.getItem(KEPT)); } catch { /* as if nothing was kept */ }
  if (!kept) return undefined;
  const entries = (value) => (value && typeof value === 'object' ? Object.entries(value) : []);
  const isId = (id) => typeof id === 'string' && id !== '' && id.length <= LONGEST_ID;
  const ids = entries(kept.ids).filter(([person, one]) => Object.hasOwn(people, person) && [one?.account, one?.laptop, one?.phone].every(isId))
    .map(([person, one]) => [person, { ...one, signedIn: { ...one.signedIn } }]);
  return {
    ...Object.fromEntries(Object.entries({ person: people, device: devices, place: places, time: times, mode: modes })
      .map(([name, all]) => [name, isId(kept[name]) && Object.hasOwn(all, kept[name]) ? kept[name] : FIRST[name]])),
    ids: Object.fromEntries(ids), seen: Array.isArray(kept.seen) ? kept.seen.filter(isId) : [],
    sizes: Object.fromEntries(entries(kept.sizes).filter(([, size]) => isId(size))),
  };
}

let forgetful = false;
export const forgets = () => forgetful;

// Only what was changed is written: another tab may have chosen the rest meanwhile.
function keep(...names) {
  const kept = { ...choice, ...read() };
  choice.seen = [...new Set([...kept.seen, ...choice.seen])];
  names.forEach((name) => { kept[name] = choice[name]; });
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    forgetful = true;
  }
}

const DEMO = 'fell.demo';
let demo = true;
try { demo = localStorage.getItem(DEMO) !== 'no'; } catch { /* until the server has told */ }
/** False where the server has another catalogue than the demo's, whose name, picture and people do not go with it. */
export const isDemo = () => demo;
export const entitle = (text) => { document.title = [text, demo ? 'Fell & Hearth' : 'Your shop'].filter(Boolean).join(' · '); };

// Asked beside the client: it is no request of the shop's page.
async function find() {
  const body = JSON.stringify({ query: '', filter: 'group_id = "hb-ridgeway"', per_page: 1, personalize: false });
  const answer = await fetch('/v1/search', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const found = answer.ok ? (await answer.json()).total > 0 : demo;
  if (found === demo) return;
  demo = found;
  try { localStorage.setItem(DEMO, demo ? 'yes' : 'no'); } catch { /* the next page asks again */ }
  await choose(demo ? {} : { person: 'stranger' });
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
/** The order things are shown in; a private window has everybody's. */
export const modeNow = () => (isPrivate() ? 'neutral' : choice.mode);
export const signedIn = () => !isPrivate() && identity(choice.person).signedIn[choice.device];
export function season() {
  if (choice.time !== 'now') return choice.time;
  return ['winter', 'spring', 'summer', 'autumn'][Math.floor(((new Date().getMonth() + 1) % 12) / 3)];
}
export const personName = () => (isPrivate() ? 'a private window' : NAMES[choice.person] ?? `the ${people[choice.person].toLowerCase()}`);
/** A person of the list, and whether the account is signed in, where that is not what one expects. */
export function personTitle(person = choice.person) {
  const signed = choice.ids[person]?.signedIn[choice.device];
  if (isPrivate() || signed === undefined || signed === (person !== 'stranger')) return people[person];
  return `${people[person]}, signed ${signed ? 'in' : 'out'}`;
}
export function isNew() {
  const { account, laptop, phone, signedIn: signed } = identity(choice.person);
  return !signed.laptop && !signed.phone && ![account, laptop, phone].some((id) => choice.seen.includes(id));
}

let reach = 'up';
let telling;
/** `up`, `down` while the server does not answer, or `keys` where it wants a key. */
export const reached = () => reach;

// Told a moment later: what is asked while the page is left fails too, and means nothing.
function tellReach(now) {
  clearTimeout(telling);
  if (reach !== now) telling = setTimeout(() => { reach = now; choices.dispatchEvent(new Event('reach')); }, now === 'down' ? PATIENCE_MS : 0);
}

// What has no page elsewhere has one here.
function link(one) {
  if (!one || typeof one !== 'object') return;
  if (one.product?.id) one.product.url ??= `/products/${encodeURIComponent(one.product.id)}`;
  Object.values(one).forEach(link);
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
      tellReach('up');
      link(answer);
      return answer;
    } catch (error) {
      tellReach(error.status === 401 ? 'keys' : error.status < 500 ? 'up' : 'down');
      // Tells it from a fault of the page itself.
      throw Object.assign(error, { asked: true });
    }
  }

  track(type, event) {
    if (isPrivate()) return;
    super.track(type, event);
    if (choice.seen.includes(this.whoever)) return;
    choice.seen.push(this.whoever);
    keep('seen');
  }

  /** Sends an order at once, and fails where it did not arrive. */
  buy(order) {
    const { context: _, ...who } = this.asker;
    const event = { type: 'purchase', message_id: order.order_id, time: new Date().toISOString(), channel: 'web', ...who, ...order };
    return this.ask('POST', '/v1/events', { events: [event] }).then(({ rejected }) => {
      if (rejected) throw Object.assign(new Error('the order was rejected'), { asked: true });
    });
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
    storage: !isPrivate(), personalize: modeNow() !== 'neutral',
    ...(isPrivate() ? {} : { anonymousId: ids[choice.device] }),
    ...(signedIn() ? { userId: ids.account } : {}),
    ...(Object.keys(context).length ? { context } : {}),
  }));
  client.addEventListener('exchange', ({ detail }) => choices.dispatchEvent(new CustomEvent('exchange', { detail })));
  return client;
}

if (!demo) choice.person = 'stranger';
let client = setUp();
keep('ids');

export function renew() {
  document.querySelectorAll('tm-results, tm-shelf, tm-navigation').forEach((element) => element.renew());
  choices.dispatchEvent(new Event('change'));
}

export async function choose(changes) {
  await client.flush();
  Object.assign(choice, changes);
  client = setUp();
  keep('ids', 'seen', ...Object.keys(changes));
  renew();
}

export function newStranger() {
  delete choice.ids.stranger;
  return choose({ person: 'stranger' });
}

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
    keep('sizes');
  },
};

find().catch(() => {});
