// Attributes as a shop prints them: a name, a number with its unit, yes or no.

const UNITS = {
  g: 'g', mm: 'mm', cm: 'cm', l: 'l', w: 'W', v: 'V', k: 'K', m2: 'm²', nm: 'Nm', j: 'J', mah: 'mAh', c: '°C', bar: 'bar', months: 'months', micron: 'µm',
};
const NAMES = {
  color: 'Colour', upf: 'Sun protection (UPF)', r_value: 'R-value', gtin: 'GTIN', mpn: 'Part number', fill_power: 'Fill power (cuin)',
  comfort_temperature_c: 'Comfortable down to', suits: 'Suits', decaf: 'Decaffeinated',
};
const number = new Intl.NumberFormat('en');
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function fact([name, value]) {
  const parts = name.split('_');
  const unit = typeof value === 'number' ? UNITS[parts.at(-1)] : undefined;
  const title = NAMES[name] ?? sentence((unit ? parts.slice(0, -1) : parts).join(' '));
  if (typeof value === 'boolean') return [title, value ? 'Yes' : 'No'];
  if (typeof value === 'number') return [title, unit ? `${number.format(value)} ${unit}` : number.format(value)];
  return [title, sentence([].concat(value).join(', '))];
}

/** The facts of a product, `[[name, text]]`; what is chosen by hand (sizes) and the colour are left out. */
export function facts({ attributes = {}, seasons, mpn, gtin }) {
  const plain = Object.entries(attributes).filter(([name, value]) => name !== 'color' && !(name === 'size' && value.length > 1));
  return [...plain, ...(seasons?.length ? [['seasons', seasons]] : []), ...(mpn ? [['mpn', mpn]] : []), ...(gtin ? [['gtin', gtin]] : [])].map(fact);
}

// What tells variants apart: the end of their titles, from the last comma all of them share.
export function differences(variants) {
  const titles = variants.map(({ title }) => title);
  let shared = titles[0].length;
  while (shared && !titles.every((title) => title.startsWith(titles[0].slice(0, shared)))) shared -= 1;
  const from = titles[0].lastIndexOf(', ', shared - 1);
  const start = from < 0 ? 0 : from + 2;
  const names = new Map(variants.map((one) => [one.id, one.title.slice(start)]));
  return { names, colours: variants.every((one) => one.attributes?.color && names.get(one.id).endsWith(one.attributes.color)) };
}

export function familyTitle(title, name) {
  return name && name !== title ? title.slice(0, -name.length).replace(/,\s*$/, '') : title;
}
