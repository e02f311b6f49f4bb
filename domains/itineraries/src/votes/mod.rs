//! Votes: one a person and trip, exact and immediate. The same vote again takes it back, the other one changes it.
//!
//! Whoever votes holds the trip's row first, so that votes on one trip follow one another: counters and rows change
//! together, and no two transactions wait for each other. A row says whether it is counted: while its voter is banned, or
//! gone, it is not. An author may vote for a trip of their own; it is counted
//! like any other, and left out of scores.

pub(crate) mod api;
mod jobs;
mod model;
pub(crate) mod store;

pub(crate) use jobs::OnTrips;
pub(crate) use model::Vote;
