//! Lists of trips beside the one that is filtered: on show, by place, rising, most requested, of one author, naming one
//! companion. Each is a walk along an index, and is read on by a cursor.

pub(crate) mod api;
mod fill;
pub(crate) mod model;
pub(crate) mod store;
mod wire;

pub(crate) use fill::FillPlaces;
