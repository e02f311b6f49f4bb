//! What a call for help is.

use kernel::{clock::Timestamp, id};
use std::time::Duration;

id! {
    /// A call for help.
    AlertId, "Emergency alert"
}
id! {
    /// Somebody whom a call goes to.
    RecipientId, "Recipient"
}

/// Within this time a call may be taken back as a mistake; later it is closed.
pub(crate) const CANCELLABLE_FOR: Duration = Duration::from_secs(30);

/// Tries of a mail, each after twice the time of the one before, up to a minute: eleven hours in all.
pub(crate) const TRIES: i64 = 700;

/// A mail that has not left after so long was given up.
const GIVEN_UP_AFTER: Duration = Duration::from_hours(14);

/// A call is forgotten so long after it was made.
pub(crate) const KEEP: Duration = Duration::from_hours(24 * 90);

/// How far a call has come with one contact.
pub(crate) fn status(
    now: Timestamp,
    created_at: Timestamp,
    sent: Option<Timestamp>,
    acknowledged: Option<Timestamp>,
    is_active: bool,
) -> &'static str {
    match (acknowledged, sent) {
        (Some(_), _) => "acknowledged",
        (None, Some(_)) => "sent",
        (None, None) if !is_active || now >= created_at.plus(GIVEN_UP_AFTER) => "not_sent",
        (None, None) => "queued",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_told_and_answers() {
        let (made, hour) = (Timestamp::from_micros(1_000_000), Duration::from_hours(1));
        let (soon, late) = (made.plus(hour), made.plus(hour * 20));
        for (now, sent, acknowledged, is_active, expected) in [
            (soon, None, None, true, "queued"),
            (late, None, None, true, "not_sent"),
            (soon, None, None, false, "not_sent"),
            (late, Some(soon), None, true, "sent"),
            (soon, Some(soon), None, false, "sent"),
            (late, Some(soon), Some(late), false, "acknowledged"),
            (late, None, Some(late), true, "acknowledged"),
        ] {
            assert_eq!(status(now, made, sent, acknowledged, is_active), expected);
        }
    }
}
