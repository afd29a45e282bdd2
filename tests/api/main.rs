//! The promises of the API to a storefront, tested with the real binary over HTTP on the demo shop.

mod bad_input;
mod devices;
mod events;
mod explain;
mod facets;
mod generations;
mod geo;
mod help;
mod home;
mod interest;
mod merchants;
mod navigation;
mod overload;
mod part_numbers;
mod privacy;
mod products;
mod recommend;
mod reports;
mod rows;
mod rules;
mod search;
mod slow;
mod suggest;
#[path = "../support/mod.rs"]
mod support;
mod synonyms;
mod vocabulary;
mod words;
mod wrong_requests;
