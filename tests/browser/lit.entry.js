// The parts of Lit that the elements use, as one module.
export { css, html, LitElement, nothing } from 'lit';
