// How far products moved from the neutral order to the shopper's.

import { html } from '/tastemaker/lit.js';

/** From one place to another, counted from 1; undefined where nothing moved. */
export function moved(from, to) {
  if (from === undefined) return html`<span part="up">new here</span>`;
  if (from === to) return undefined;
  return from > to ? html`<span part="up">up ${from - to}</span>` : html`<span part="down">down ${to - from}</span>`;
}

/** Notes on the items of home rows, by product id. */
export function rowNotes(neutralRows, rows) {
  const before = new Map(neutralRows.flatMap((row) => (row.items ?? []).map((item, at) => [item.id, { title: row.title, at: at + 1 }])));
  return new Map(rows.flatMap((row) => (row.items ?? []).map((item, at) => {
    const old = before.get(item.id);
    return [item.id, !old || old.title === row.title ? moved(old?.at, at + 1) : `was in “${old.title}”`];
  })));
}
