// The picture on the home page: fells, a hut with a lit window and a tent, in the colours of the season.

import { html } from '/tastemaker/lit.js';
import { season } from './shopper.js';

const WORDS = {
  winter: ['Warm hands, warm rooms', 'Down and felt for the way out, lamps and coffee for the way home.', 'Made for winter'],
  spring: ['The hills are open again', 'Light boots, a shell for the showers, and a tent that waits for the first mild night.', 'Made for spring'],
  summer: ['Long light, little luggage', 'Tents, stoves and bottles for the days that do not end, and shade for the ones at home.', 'Made for summer'],
  autumn: ['Rain outside, fire inside', 'Waxed boots and taped seams for the path, wool and lamplight for after it.', 'Made for autumn'],
};

const tree = (x, y, s) => html`<svg x=${x} y=${y} width=${40 * s} height=${72 * s} viewBox="0 0 40 72"><path class="trunk" d="M18 60h4v12h-4z"/>
  <path class="tree" d="M20 0 31 24h-6l9 20h-7l9 18H4l9-18H6l9-20H9Z"/><path class="rime" d="M20 0 31 24h-6l-5-7-5 7H9Z"/></svg>`;

export function hero() {
  const now = season();
  const [title, text, link] = WORDS[now];
  return html`<section class="hero" data-season=${now} aria-labelledby="hero-title">
    <svg viewBox="0 0 1440 480" aria-hidden="true">
      <circle class="sun" cx="1216" cy="84" r="42"/>
      <path class="far" d="M-2400 400-1900 330-1500 372-1120 300-800 360-420 310-180 366 0 372 140 346l140 22 160-46 140 38 180-58 120-106 70 54 112-136 112 108 88-54 178 128 150-50 190 90 230-110 260 120 500-40v220H-2400Z"/>
      <path class="snow" d="m1062 114-37 44.8 15 7.2 22-16 22 12 24-3.6Zm-182 82-48 42.4 28-2.4 18-12 22 8 14-9.8Z"/>
      <path class="mid" d="M-2400 430c400-30 800-40 1200-20 420 20 960 42 1200 2 120-20 250-34 400-24 130 8 210-6 350-32 150-28 230-76 372-60 120 14 220 50 318 44 200-10 500-70 1400-30v180H-2400Z"/>
      <path class="near" d="M-2400 450c700-30 2130 50 2400-10 180-40 380-34 560-18 200 18 340-40 520-50 150-8 250 14 360 20 400 16 900-20 1400 0v108H-2400Z"/>
      ${tree(712, 320, 1.1)}${tree(752, 344, .8)}${tree(1330, 296, 1.4)}${tree(1386, 320, 1.05)}${tree(1288, 330, .9)}
      <path class="smoke" d="M1011 276c-7-12 9-17 2-31s8-19 1-34" fill="none"/>
      <path class="wall" d="M938 388v-58l50-36 50 36v58z"/><path class="roof" d="m924 330 64-46 64 46-6 8-58-42-58 42Z"/><path class="roof" d="M1004 276h14v30l-14-10z"/>
      <path class="glow" d="M956 346h22v20h-22z"/><path class="door" d="M1000 344h22v44h-22z"/><path class="frame" d="M967 346v20M956 356h22" fill="none"/>
      <path class="tent" d="m1142 396 54-64 62 64Z"/><path class="inside" d="m1184 396 12-64 18 64Z"/>
      <path class="fire" d="M1094 396c-8 0-13-5-13-12 0-8 8-11 9-20 9 5 17 13 17 21 0 6-5 11-13 11Z"/>
      <path class="front" d="M-2400 462c800-20 2000 54 2400 8 260-30 520-20 760-26 220-6 420-34 680-20 500 20 900-10 1400 0v72H-2400Z"/>
    </svg>
    <div class="wide"><div class="words"><h1 id="hero-title">${title}</h1><p>${text}</p>
      <a class="button solid" href=${`/search?seasons=${now}`}>${link}</a></div></div>
  </section>`;
}
