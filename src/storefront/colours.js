// The catalogue's names of colours, as the pictures paint them.

import { colours } from '/tastemaker.js';

Object.assign(colours, {
  black: '#33353a', white: '#f2f1ed', grey: '#8e9399', silver: '#b9bec4', green: '#4c7a55', blue: '#3f74a8', moss: '#6c7645',
  red: '#bf3f3a', orange: '#dd7530', navy: '#2c3d5e', sand: '#cdb891', yellow: '#e3b62f', rust: '#a9502f', petrol: '#22606b',
  cream: '#e8dcc0', brown: '#7a543a', olive: '#767244', lime: '#a5c441', clear: '#dbe9ed', slate: '#5c6875', tan: '#b98e63',
  terracotta: '#bd6a4b', brass: '#c39a4b', teal: '#2c8079', chestnut: '#6e3f2a', charcoal: '#484b51', coral: '#e07a67',
  natural: '#d8b98a', walnut: '#66452f', anthracite: '#41454b', oatmeal: '#d6c9b2', mustard: '#c8992f', zinc: '#a3abb0',
});
