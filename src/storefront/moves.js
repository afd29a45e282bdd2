// How far products moved from the neutral order to the shopper's.

/** The way from one place to another, counted from 1, in two words; undefined where nothing moved. */
export function moved(from, to) {
  if (from === undefined) return 'new here';
  if (from === to) return undefined;
  return from > to ? `up ${from - to}` : `down ${to - from}`;
}

/** Notes on the items of home rows, by product id: moved within a row of the same name, or come from another row. */
export function rowNotes(neutralRows, rows) {
  const before = new Map(neutralRows.flatMap((row) => (row.items ?? []).map((item, at) => [item.id, { title: row.title, at: at + 1 }])));
  return new Map(rows.flatMap((row) => (row.items ?? []).map((item, at) => {
    const old = before.get(item.id);
    return [item.id, !old || old.title === row.title ? moved(old?.at, at + 1) : `was in “${old.title}”`];
  })));
}
