//! What a storefront may rely on when it talks to the server: the real binary,
//! over HTTP, on the demo shop.

mod bad_input;
mod events;
mod generations;
mod interest;
mod part_numbers;
mod recommend;
mod search;
mod suggest;
#[path = "../support/mod.rs"]
mod support;
