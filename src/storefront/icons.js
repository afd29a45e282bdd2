// Drawings of the shop's frame.

import { html } from '/tastemaker/lit.js';

const line = (path) => html`<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6"
  stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`;
const parsed = (d) => {
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', d);
  return path;
};
const icon = (d) => () => line(parsed(d));

export const cartIcon = icon('M3 4h2.4l2.2 11h10.2l2.2-8H6.2M9 20a.6.6 0 1 0 0-1.2A.6.6 0 0 0 9 20ZM17 20a.6.6 0 1 0 0-1.2.6.6 0 0 0 0 1.2Z');
export const personIcon = icon('M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6');
export const filterIcon = icon('M4 7h10M18 7h2M4 17h2M10 17h10M16 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM8 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z');
export const moonIcon = icon('M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5Z');
export const sunIcon = icon('M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1');
export const closeIcon = icon('M6 6l12 12M18 6 6 18');

export const mark = () => html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path class="fell" d="M1 27 11.5 7l6 10.4 3.3-4.8L31 27Z"/>
  <path class="fire" d="M16 27c-2.6 0-4.2-1.6-4.2-3.7 0-2.6 2.6-3.4 3-6.3 3 1.6 5.4 3.9 5.4 6.5 0 2-1.6 3.5-4.2 3.5Z"/></svg>`;
