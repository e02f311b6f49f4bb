//! Floor 4: the program. [`router::build`] lists the domains, `commands` is what an operator types.

pub mod commands;
mod health;
pub mod openapi;
pub mod router;
mod seed;
pub mod start;
