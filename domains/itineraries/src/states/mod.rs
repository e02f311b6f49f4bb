//! In which state a trip is: published or a draft, on show, certified as safe for women.

pub(crate) mod api;
mod store;
