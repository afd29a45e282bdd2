// Products by id, the variants of one, and the stores that hold them.

import { shop } from '/tastemaker.js';
import { choice, places } from './shopper.js';

const found = new Map();

// What a catalogue may leave open or wrong: a price nobody can pay, a sale that is dearer, stock that is none.
function tidy(one) {
  if (!/^[A-Z]{3}$/.test(one.currency)) delete one.price;
  if (!(one.sale_price < one.price)) delete one.sale_price;
  if (one.stock === 0 && one.availability === 'in_stock') one.availability = 'out_of_stock';
  return one;
}

/** The product, or undefined when the shop does not sell it (any more). Asked once, or again where it has to be `fresh`. */
export function product(id, fresh) {
  if (fresh || !found.has(id)) {
    found.set(id, shop().ask('GET', `/v1/products/${encodeURIComponent(id)}`).then((answer) => tidy(answer.product), (error) => {
      found.delete(id);
      if (error.status !== 404) throw error;
    }));
  }
  return found.get(id);
}

export async function products(ids, fresh) {
  const all = await Promise.all([...new Set(ids)].map((id) => product(id, fresh)));
  return new Map(all.filter(Boolean).map((one) => [one.id, one]));
}

/** All variants of a product, in the order of the catalogue's ids; the product alone where it has none. */
export async function variants(one) {
  if (!one.group_id) return [one];
  const filter = `group_id = ${JSON.stringify(one.group_id)}`;
  const { hits } = await shop().search({ query: '', filter, group: false, per_page: 50, personalize: false });
  hits.forEach((hit) => found.set(hit.id, Promise.resolve(tidy(hit.product))));
  const all = hits.map((hit) => hit.product);
  return all.some(({ id }) => id === one.id) ? all : [one, ...all];
}

export const finalPrice = ({ price, sale_price: sale }) => sale ?? price;

export const soldOut = ({ availability }) => availability === 'out_of_stock';
export const canBuy = (one) => !soldOut(one) && one.price !== undefined;

export const limitOf = (one) => (!canBuy(one) ? 0 : one.availability === 'in_stock' ? one.stock ?? Infinity : Infinity);

const FEW = 10;
export const scarce = (one) => (canBuy(one) && limitOf(one) < FEW ? `Only ${limitOf(one)} left` : undefined);

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

export function stores({ locations = [] }) {
  const here = places[choice.place].context?.location;
  const titles = Object.fromEntries(Object.values(places).map(({ title, context }) => [context?.store_id, title]));
  return locations.map((held) => ({ title: titles[held.store_id] ?? held.store_id, km: here && kilometres(here, held) }))
    .sort((a, b) => (a.km ?? 0) - (b.km ?? 0));
}
