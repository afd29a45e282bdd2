// Sheets that lie over the page on a phone. Back closes the sheet that is open, and stays on the page: the sheet has an
// entry of the history to itself, at the address of the page.

let close;
let address;

export function opened(how) {
  const other = close;
  close = undefined;
  other?.();
  [close, address] = [how, location.href];
  if (!other) history.pushState({ ...history.state, sheet: true }, '');
}

export function closed() {
  if (!close) return;
  close = undefined;
  if (history.state?.sheet) history.back();
}

// The page went to another address under the open sheet: that entry is not the sheet's own.
export function movedOn() {
  if (!close || address === location.href) return;
  address = location.href;
  history.replaceState({ ...history.state, sheet: false }, '');
}

addEventListener('popstate', (event) => {
  const how = close;
  close = undefined;
  how?.();
  // Nobody has to ask again: nothing but the sheet is different.
  if (how && address === location.href) event.stopImmediatePropagation();
  if (history.state?.sheet) history.back();
});
if (history.state?.sheet) history.replaceState({ ...history.state, sheet: false }, '');
