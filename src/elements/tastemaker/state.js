// What the page is searched for. The address is the state: it can be shared, and the back button works.
//
//   ?q=boots&brand=Tarnholt&brand=Skarvik&final_price=5000..20000&sort=final_price:asc&page=2

const OWN = ['q', 'exact', 'sort', 'page'];

/** The search of this page: `query`, `exact`, `refinements` by field, `sort`, `page`; tells `change` when any does. */
export class SearchState extends EventTarget {
  /** Facets that elements on the page want counted, by field. */
  facets = new Map();
  /** The latest answer, for elements that show parts of it. */
  answer;

  constructor() {
    super();
    this.#read();
    addEventListener('popstate', () => {
      this.#read();
      this.#tell();
    });
  }

  /** Changes parts of the state, and the address. */
  set(changes, { typing = false, replace = false } = {}) {
    Object.assign(this, { page: 1 }, 'query' in changes ? { exact: false } : {}, changes);
    // The first keystroke adds an entry to go back from, the others change it.
    const same = typing && this.typing;
    this.typing = typing;
    const address = this.address();
    if (address !== location.pathname + location.search) {
      history[same || replace ? 'replaceState' : 'pushState'](history.state, '', address);
    }
    this.#tell();
  }

  /** Chooses a value of a field, or takes the choice back. */
  toggle(field, value, on) {
    const chosen = [].concat(this.refinements[field] ?? []).filter((other) => other !== value);
    this.refine(field, on ? [...chosen, value] : chosen);
  }

  /** Says what is wanted of a field: values, `{min, max}`, or nothing. */
  refine(field, wanted) {
    const refinements = { ...this.refinements, [field]: wanted };
    if (!wanted || wanted.length === 0) delete refinements[field];
    this.set({ refinements });
  }

  /** What is wanted by field, of the fields that facets on the page count; other parameters of the address are left alone. */
  get chosen() {
    return Object.entries(this.refinements).filter(([field]) => field === 'category' || this.facets.has(field));
  }

  /** Takes back every choice. */
  clear() {
    const chosen = new Set(this.chosen.map(([field]) => field));
    this.set({ refinements: Object.fromEntries(Object.entries(this.refinements).filter(([field]) => !chosen.has(field))) });
  }

  /** The address of this state, with changes. */
  address(changes = {}) {
    const { query, exact, sort, page, refinements } = { ...this, ...changes };
    const pairs = new URLSearchParams();
    if (query) pairs.set('q', query);
    if (exact) pairs.set('exact', 1);
    for (const [field, wanted] of Object.entries(refinements)) {
      if (Array.isArray(wanted)) wanted.forEach((value) => pairs.append(field, value));
      else pairs.set(field, `${wanted.min ?? ''}..${wanted.max ?? ''}`);
    }
    if (sort) pairs.set('sort', sort);
    if (page > 1) pairs.set('page', page);
    return location.pathname + (pairs.size ? `?${pairs}` : '');
  }

  /** The body of the search. */
  body() {
    const { query, exact, sort, page, typing } = this;
    return { query, refinements: Object.fromEntries(this.chosen), page, typing, correct: !exact, facets: [...this.facets.values()], ...(sort && { sort }) };
  }

  #read() {
    const pairs = new URLSearchParams(location.search);
    this.query = (pairs.get('q') ?? '').slice(0, 512);
    this.exact = pairs.has('exact');
    this.sort = pairs.get('sort') ?? '';
    this.page = Math.min(1e4, Math.max(1, Number.parseInt(pairs.get('page'), 10) || 1));
    this.typing = false;
    this.refinements = {};
    for (const field of new Set(pairs.keys())) {
      if (OWN.includes(field)) continue;
      const values = pairs.getAll(field);
      const range = /^(\d*)\.\.(\d*)$/.exec(values[0]);
      if (range) {
        const [min, max] = range.slice(1).map((end) => (end ? Number(end) : undefined));
        this.refinements[field] = { min, max };
      } else {
        this.refinements[field] = values;
      }
    }
  }

  #tell() {
    this.dispatchEvent(new Event('change'));
  }
}
