// Products by id, the variants of one, and the stores that hold them.

import { shop } from '/tastemaker.js';
import { choice, places } from './shopper.js';

const found = new Map();

/** The product, or undefined when the shop does not sell it (any more). Asked once, or again where it has to be `fresh`. */
export function product(id, fresh) {
  if (fresh || !found.has(id)) {
    found.set(id, shop().ask('GET', `/v1/products/${encodeURIComponent(id)}`).then((answer) => answer.product, (error) => {
      found.delete(id);
      if (error.status !== 404) throw error;
    }));
  }
  return found.get(id);
}

/** Products by id; those that are gone are left out. */
export async function products(ids, fresh) {
  const all = await Promise.all([...new Set(ids)].map((id) => product(id, fresh)));
  return new Map(all.filter(Boolean).map((one) => [one.id, one]));
}

/** All variants of a product, in the order of the catalogue's ids; the product alone where it has none. */
export async function variants(one) {
  if (!one.group_id) return [one];
  const filter = `group_id = ${JSON.stringify(one.group_id)}`;
  const { hits } = await shop().search({ query: '', filter, group: false, per_page: 50, personalize: false });
  hits.forEach((hit) => found.set(hit.id, Promise.resolve(hit.product)));
  const all = hits.map((hit) => hit.product);
  return all.some(({ id }) => id === one.id) ? all : [one, ...all];
}

/** What the shopper pays for one, in minor units. */
export const finalPrice = ({ price, sale_price: sale }) => sale ?? price;

/** True when it can be ordered. */
export const canBuy = ({ availability }) => availability !== 'out_of_stock';

/** How many there are; of what is made or sent later, as many as one likes. */
export const limitOf = ({ availability, stock }) => (availability === 'in_stock' ? stock ?? Infinity : availability === 'out_of_stock' ? 0 : Infinity);

/** From how many on the shop stops telling how many are left. */
const FEW = 10;
/** "Only 8 left", where that is so. */
export const scarce = (one) => (canBuy(one) && limitOf(one) < FEW ? `Only ${limitOf(one)} left` : undefined);

/** The sizes a shopper has to choose from; none when there is one only. */
export function sizesOf({ attributes }) {
  const sizes = attributes?.size;
  return Array.isArray(sizes) && sizes.length > 1 ? sizes : [];
}

const EARTH_KM = 6371;
const radians = (degrees) => (degrees * Math.PI) / 180;

function kilometres(a, b) {
  const half = Math.sin(radians(b.lat - a.lat) / 2) ** 2
    + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(radians(b.lon - a.lon) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(half));
}

/** The stores that hold a product, the nearest first where a place is said: `[{title, km}]`. */
export function stores({ locations = [] }) {
  const here = places[choice.place].context?.location;
  const titles = Object.fromEntries(Object.values(places).map(({ title, context }) => [context?.store_id, title]));
  return locations.map((held) => ({ title: titles[held.store_id] ?? held.store_id, km: here && kilometres(here, held) }))
    .sort((a, b) => (a.km ?? 0) - (b.km ?? 0));
}
