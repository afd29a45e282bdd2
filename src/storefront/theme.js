// Light or dark: what the system says, until the shopper chooses otherwise.

const KEPT = 'fell.theme';
const root = document.documentElement;

export const isDark = () => (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';

export function turn() {
  root.dataset.theme = isDark() ? 'light' : 'dark';
  try { localStorage.setItem(KEPT, root.dataset.theme); } catch { /* until the page is left */ }
}

try {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'dark' || kept === 'light') root.dataset.theme = kept;
} catch { /* the system's choice holds */ }
