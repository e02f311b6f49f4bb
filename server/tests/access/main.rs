//! Who may do what, and who sees whom: every operation of the contract, by everybody.
//!
//! [`matrix`] asks every operation as every kind of actor and compares the answer with `api/authorization.toml`; [`crawl`]
//! reads everything that can be read as every kind of viewer, and looks for what that viewer may not know.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends with a panic")]
#![expect(clippy::print_stdout, reason = "how much was asked is worth knowing")]

mod contract;
mod crawl;
mod groups;
mod matrix;
mod people;
mod planted;
mod safety;
mod table;
mod things;

use testkit::Answer;

/// An id of nothing.
const NOBODY: &str = "01a3b1c2-7a00-7000-8000-00000000dead";

/// An answer without what differs between any two requests.
fn plain(answer: &Answer) -> String {
    answer.text.replace(answer.header("x-request-id"), "")
}
