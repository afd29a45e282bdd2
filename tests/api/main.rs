//! What a storefront may rely on when it talks to the server: the real binary,
//! over HTTP, on the demo shop.

mod bad_input;
mod devices;
mod events;
mod generations;
mod interest;
mod part_numbers;
mod privacy;
mod recommend;
mod reports;
mod search;
mod suggest;
#[path = "../support/mod.rs"]
mod support;
mod vocabulary;
mod words;
