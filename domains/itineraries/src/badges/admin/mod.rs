//! Badges for administrators, who see all of them and change them.

pub(crate) mod api;
