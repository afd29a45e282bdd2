// Types of /tastemaker.js. Bodies of requests and answers are those of the API; fields not named here are
// passed through as they are.

/** A product as the shop's feed says it. Money is in minor units of `currency`. */
export interface Product {
  id: string;
  title: string;
  description?: string;
  brand?: string;
  categories?: string[];
  price?: number;
  sale_price?: number | null;
  currency?: string;
  availability?: 'in_stock' | 'out_of_stock' | 'backorder' | 'preorder';
  stock?: number;
  url?: string;
  image?: string;
  group_id?: string;
  attributes?: Record<string, unknown>;
  rating?: number;
  rating_count?: number;
  [field: string]: unknown;
}

/** One part of a score, with a sentence for a person; contributions add up to the score. */
export interface Signal {
  name: string;
  title: string;
  sentence: string;
  weight: number;
  value: number;
  contribution: number;
}

export interface Variant {
  id: string;
  attributes?: Record<string, unknown>;
  image?: string;
  url?: string;
  price?: number;
  sale_price?: number;
  availability?: string;
}

export interface Hit {
  id: string;
  score: number;
  product: Product;
  variants?: { count: number; items: Variant[] };
  nearest?: { distance_m: number; lat: number; lon: number; store_id?: string };
  highlights?: Record<string, string>;
  explain?: { signals: Signal[]; score: number; [part: string]: unknown };
  pinned?: boolean;
}

/** A recommended product: `reason` for a program, `because` for a person. */
export interface Item {
  id: string;
  score: number;
  product: Product;
  reason: { kind: string; [evidence: string]: unknown };
  because: string;
}

export type Refinement = string[] | { any: string[] } | { all: string[] } | { min?: number; max?: number };

export interface Context {
  channel?: 'web' | 'app' | 'email' | 'push' | 'store';
  /** RFC 3339. */
  time?: string;
  country?: string;
  region?: string;
  location?: { lat: number; lon: number };
  weather?: { condition?: string; temperature_c?: number };
  device?: string;
  store_id?: string;
  segments?: string[];
}

/** The body of `POST /v1/search`; who asks is added by the client. */
export interface SearchQuery {
  query?: string;
  lang?: string;
  filter?: string;
  facets?: (string | { field: string; [option: string]: unknown })[];
  refinements?: Record<string, Refinement>;
  sort?: string;
  group?: boolean;
  variants?: number;
  page?: number;
  per_page?: number;
  correct?: boolean;
  typing?: boolean;
  personalize?: boolean;
  explain?: boolean;
  /** Understood parts to refuse, each by its kind or its text. */
  ignore?: string[];
  /** False leaves out `related` and `instead` of the answer; true by default. */
  help?: boolean;
}

/** A part of a query that is more than words. */
export interface UnderstoodPart {
  kind: string;
  text: string;
  filter?: string;
  boost?: string;
  excluded?: string;
  relaxed?: boolean;
}

export interface SearchAnswer {
  query_id: string;
  hits: Hit[];
  total: number;
  page: number;
  pages: number;
  facets: Record<string, unknown>;
  corrected_query?: string;
  understood?: UnderstoodPart[];
  /** Products that are only loosely related; no hits, and not counted. */
  related?: OfferedProduct[];
  /** Help where nothing was found; no hits, and not counted. */
  instead?: Instead;
  redirect?: string;
  took_ms: number;
  [more: string]: unknown;
}

/** A product beside the hits. */
export interface OfferedProduct {
  id: string;
  product: Record<string, unknown>;
  cosine?: number;
}

/** Help where nothing was found. */
export interface Instead {
  spellings?: { query: string; total: number }[];
  without?: { kind: 'word' | 'part' | 'filter' | 'refinement'; text: string; query: string; filter?: string; total: number }[];
  categories?: { category: string; total: number; by: 'meaning' | 'size' }[];
  popular?: OfferedProduct[];
}

export interface Suggestion {
  kind: 'recent' | 'query' | 'category' | 'product';
  text: string;
  product_id?: string;
  [more: string]: unknown;
}

export interface Placement {
  kind: string;
  product_id?: string;
  product_ids?: string[];
  category?: string;
  limit?: number;
}

export interface Row {
  kind?: string;
  name?: string;
  title: string;
  because?: string;
  items?: Item[];
  [more: string]: unknown;
}

export type EventType = 'view' | 'click' | 'add_to_cart' | 'remove_from_cart' | 'wishlist' | 'remove_from_wishlist'
  | 'dismiss' | 'purchase' | 'refund' | 'search' | 'impression' | 'page' | 'custom';

export interface ShopEvent {
  products?: { id: string; quantity?: number; price?: number; position?: number }[];
  query_id?: string;
  placement?: string;
  order_id?: string;
  value?: number;
  currency?: string;
  [more: string]: unknown;
}

export interface Options {
  /** The server; default: the origin that served the module. */
  url?: string;
  /** A public key of the role `read`. */
  key?: string;
  /** A public key of the role `write`, for events, sign-in and consent. */
  eventsKey?: string;
  /** The shopper who is signed in, with a token that proves it where the key is public. */
  userId?: string;
  token?: string;
  /** The id of the device, where the page keeps one of its own. */
  anonymousId?: string;
  /** Whether ids may be stored in the browser (true). */
  storage?: boolean;
  /** Whether answers may be personal (true). */
  personalize?: boolean;
  context?: Context;
  lang?: string;
}

/** An `exchange` event: one request and its answer. */
export interface Exchange {
  method: string;
  path: string;
  body?: unknown;
  status: number;
  answer?: unknown;
  ms: number;
}

export class TastemakerError extends Error {
  status: number;
  code?: string;
  field?: string;
}

export class Tastemaker extends EventTarget {
  constructor(options?: Options);
  url: string;
  key?: string;
  eventsKey?: string;
  userId?: string;
  token?: string;
  personalize: boolean;
  context?: Context;
  lang?: string;
  readonly anonymousId: string;
  readonly sessionId: string;
  search(query: SearchQuery): Promise<SearchAnswer>;
  suggest(typed: string, limit?: number): Promise<{ prefix: string; corrected?: boolean; suggestions: Suggestion[] }>;
  recommend(placements: Placement[], more?: object, neutral?: boolean): Promise<{ query_id: string; placements: Row[] }>;
  home(more?: { shelves?: number; items?: number; seed?: number; filter?: string }, neutral?: boolean): Promise<{ query_id: string; shelves: Row[] }>;
  navigation(more?: { facets?: string[]; under?: string; depth?: number; limit?: number; filter?: string }, neutral?: boolean): Promise<Record<string, unknown>>;
  /** Needs a key with the scope `profiles`. */
  profile(): Promise<Record<string, unknown>>;
  track(type: EventType, event?: ShopEvent): void;
  flush(): Promise<void>;
  identify(userId?: string, token?: string): Promise<void>;
  consent(allowed: { storage?: boolean; personalization?: boolean }): Promise<void>;
  ask(method: string, path: string, body?: unknown, more?: RequestInit): Promise<any>;
}

/** Runs one question at a time; what a newer one overtakes is dropped. */
export class Latest {
  run<T>(ask: () => Promise<T>, show: (answer: T) => void, fail?: (error: unknown) => void): Promise<void>;
}

/** The search of the page; the address is its state. Events: `change`, `answer`. */
export interface SearchState extends EventTarget {
  query: string;
  exact: boolean;
  sort: string;
  page: number;
  refinements: Record<string, string[] | { min?: number; max?: number }>;
  answer?: SearchAnswer;
  /** What is wanted of fields that facets on the page know. */
  readonly chosen: [string, string[] | { min?: number; max?: number }][];
  set(changes: Partial<Pick<SearchState, 'query' | 'exact' | 'sort' | 'page' | 'refinements'>>, how?: { typing?: boolean; replace?: boolean }): void;
  clear(): void;
  toggle(field: string, value: string, on: boolean): void;
  refine(field: string, wanted?: string[] | { min?: number; max?: number }): void;
  address(changes?: object): string;
}

/** Sets up the client of this page; call it when the page's module runs, before elements ask. */
export function configure(options: Options | Tastemaker): Tastemaker;
/** The client of this page. */
export function shop(): Tastemaker;
/** The search of this page. */
export function state(): SearchState;
/** CSS colours by the names that the catalogue uses, for swatches; names that CSS knows need no entry. */
export const colours: Record<string, string>;
/** Minor units of a currency as people read it. */
export function money(minor: number, currency: string): string;
/** A text of `words`, its gaps filled. */
export function say(name: string, gaps?: Record<string, unknown>): string;
/** Every text the elements show; assign to it to translate them. */
export const words: Record<string, string>;

export class TmSearch extends HTMLElement { action?: string; product?: string; placeholder?: string; suggestions: number; }
export class TmResults extends HTMLElement {
  filter?: string; perPage: number; sorts: string; neutral?: boolean; explain?: boolean; buy?: boolean; bare?: boolean;
  note?: (hit: Hit, position: number) => unknown;
  renew(): void;
}
export class TmFacets extends HTMLElement { fields: string; under?: string; }
export class TmShelf extends HTMLElement {
  kind: string; product?: string; category?: string; limit: number; filter?: string; heading?: string;
  why?: boolean; buy?: boolean; neutral: boolean; note?: (item: Item) => unknown;
  renew(): void;
}
export class TmNavigation extends HTMLElement {
  href: string; under?: string; depth: number; limit: number; counts?: boolean; neutral?: boolean;
  renew(): void;
}
export class TmWhy extends HTMLElement { item: Hit | Item; sort?: string; }

declare global {
  interface HTMLElementTagNameMap {
    'tm-search': TmSearch; 'tm-results': TmResults; 'tm-facets': TmFacets; 'tm-shelf': TmShelf;
    'tm-navigation': TmNavigation; 'tm-why': TmWhy;
  }
  interface HTMLElementEventMap {
    'tm-search': CustomEvent<{ query: string }>; 'tm-suggestion': CustomEvent<Suggestion>; 'tm-redirect': CustomEvent<string>;
    'tm-results': CustomEvent<SearchAnswer>; 'tm-shelf': CustomEvent<{ rows: Row[]; answer: object }>;
    'tm-navigation': CustomEvent<Record<string, unknown>>; 'tm-buy': CustomEvent<Hit | Item>;
  }
}
