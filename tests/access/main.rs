//! Who may ask what: keys made over HTTP and on the command line, what is signed with them, and
//! that nothing opens a server by accident.

mod address;
mod derived;
mod fields;
mod files;
mod guarded;
mod keys;
mod public;
#[path = "../support/mod.rs"]
mod support;
