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

/// An all-clear that has not left after so long was given up.
pub(crate) const ALL_CLEAR_WITHIN: Duration = GIVEN_UP_AFTER;

/// A call is forgotten so long after it was made.
pub(crate) const KEEP: Duration = Duration::from_hours(24 * 90);

/// Calls within an hour whose mails leave at once.
const AT_ONCE: u32 = 3;

/// Mails of one person are apart at most so long.
const MOST_APART: u32 = 15;

const MINUTE: Duration = Duration::from_mins(1);

/// How long the mails of another call wait, after so many calls of the last hour. All contacts of everybody are told through
/// the same few places: whoever calls and takes it back without end must not fill them.
pub(crate) fn held_back(calls: usize) -> Duration {
    let more = u32::try_from(calls).unwrap_or(u32::MAX).saturating_add(1).saturating_sub(AT_ONCE);
    MINUTE * more.min(MOST_APART)
}

/// How long after a mail of the call, the `round`th to this contact, the next one may leave.
pub(crate) fn apart(round: i64) -> Duration {
    MINUTE * u32::try_from(round).unwrap_or(u32::MAX).saturating_add(1).min(MOST_APART)
}

/// When the next mails of a call leave, the latest ones due at `due`.
pub(crate) fn renewal_due(now: Timestamp, due: Timestamp, round: i64) -> Timestamp {
    if now < due { due } else { now.max(due.plus(apart(round))) }
}

/// Whether mails left so long ago that even the same is told again.
pub(crate) fn is_old(now: Timestamp, due: Timestamp) -> bool {
    now >= due.plus(apart(i64::MAX))
}

/// A mail that has not left after so long will be given up soon: another one takes its place when she calls again.
pub(crate) const STALE: Duration = Duration::from_hours(10);

/// How far the latest mail of a call has come with one contact.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told {
    pub sent: bool,
    pub failed: bool,
    pub seen: bool,
}

/// What the sender reads of it. `said_at` is when the mail was asked for.
pub(crate) fn status(now: Timestamp, said_at: Timestamp, told: Told, is_active: bool) -> &'static str {
    match told {
        Told { seen: true, .. } => "acknowledged",
        Told { failed: true, .. } => "failed",
        Told { sent: true, .. } => "sent",
        _ if !is_active || now >= said_at.plus(GIVEN_UP_AFTER) => "not_sent",
        _ => "queued",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_told_and_answers() {
        let (made, hour) = (Timestamp::from_micros(1_000_000), Duration::from_hours(1));
        let (soon, late) = (made.plus(hour), made.plus(hour * 20));
        for (now, [sent, failed, seen], is_active, expected) in [
            (soon, [false, false, false], true, "queued"),
            (late, [false, false, false], true, "not_sent"),
            (soon, [false, false, false], false, "not_sent"),
            (late, [true, false, false], true, "sent"),
            (soon, [true, false, false], false, "sent"),
            (soon, [false, true, false], true, "failed"),
            (late, [false, true, false], false, "failed"),
            (late, [true, false, true], false, "acknowledged"),
            (late, [false, false, true], true, "acknowledged"),
        ] {
            assert_eq!(status(now, made, Told { sent, failed, seen }, is_active), expected);
        }
    }

    #[test]
    fn calls_without_end_wait() {
        let waits = [0, 2, 3, 4, 17, 18, usize::MAX].map(held_back).map(|wait| wait.as_secs() / 60);
        assert_eq!(waits, [0, 0, 1, 2, 15, 15, 15]);
    }

    #[test]
    fn what_is_new_waits_for_the_mails_before_it() {
        let at = |minute: u64| Timestamp::from_micros(0).plus(MINUTE * u32::try_from(minute).unwrap());
        for (now, due, round, expected) in [
            (at(60), at(60), 0, at(61)),
            (at(60), at(61), 1, at(61)),
            (at(75), at(60), 0, at(75)),
            (at(60), at(60), 6, at(67)),
            (at(60), at(60), 14, at(75)),
            (at(60), at(60), 90, at(75)),
            (at(70), at(60), 90, at(75)),
            (at(90), at(60), 90, at(90)),
        ] {
            assert_eq!(renewal_due(now, due, round), expected, "{now:?} {due:?} {round}");
        }
        assert!(!is_old(at(74), at(60)) && is_old(at(75), at(60)));
    }
}
