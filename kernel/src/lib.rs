//! Floor 0: what every domain stands on. The kernel knows no domain.
//!
//! Start at [`App`], which is all that a handler may reach, then [`db`] for storage, [`http`] for the wire, [`jobs`]
//! for what happens after a transaction and [`cache`] for what need not be asked twice.

mod app;
pub mod auth;
pub mod batches;
pub mod cache;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod db;
mod error;
pub mod events;
mod herald;
pub mod http;
pub mod id;
pub mod jobs;
pub mod mail;
pub mod outbound;
pub mod redis;
pub mod telemetry;
pub mod text;

pub use app::{App, Heavy, Inner, Parts};
pub use error::{Error, Faults, Given, Result};

/// Chooses the provider of cryptography for TLS: with two of them, or none, it would panic at its first use.
pub fn install_tls() {
    // A second call finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[doc(hidden)]
pub use inventory;
