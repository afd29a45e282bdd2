// <shop-home>: the picture of the season and the rows of the home page, neutral, for the shopper, or both.

import { html } from '/tastemaker/lit.js';
import { hero } from './hero.js';
import { rowNotes } from './moves.js';
import { Piece } from './piece.js';
import { entitle, isDemo, modeNow, personName } from './shopper.js';

class ShopHome extends Piece {
  render() {
    if (!isDemo()) entitle();
    return html`${isDemo() ? hero() : html`<h1 class="wide bare">Your shop</h1>`}
      <div class="wide home ${modeNow()}">${modeNow() === 'side' ? this.#both() : html`<tm-shelf kind="home" why limit="12"></tm-shelf>`}</div>`;
  }

  #both() {
    return html`<section class="side" aria-labelledby="side-neutral"><h2 class="side-title" id="side-neutral">Neutral</h2>
        <p class="quiet">What everybody sees</p>
        <tm-shelf class="left" kind="home" neutral why limit="12" @tm-shelf=${this.#compare}></tm-shelf></section>
      <section class="side" aria-labelledby="side-me"><h2 class="side-title" id="side-me">For ${personName()}</h2>
        <p class="quiet">The same page for this shopper</p>
        <tm-shelf class="right" kind="home" why limit="12" @tm-shelf=${this.#compare}></tm-shelf></section>`;
  }

  #compare() {
    const [left, right] = ['.left', '.right'].map((name) => this.querySelector(name));
    if (!left?.rows || !right?.rows || this.compared === left.rows && this.notedRows === right.rows) return;
    Object.assign(this, { compared: left.rows, notedRows: right.rows });
    const notes = rowNotes(left.rows, right.rows);
    right.note = (item) => notes.get(item.id);
  }
}

customElements.define('shop-home', ShopHome);
