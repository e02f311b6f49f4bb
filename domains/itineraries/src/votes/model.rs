//! What a vote is, and what another one makes of it. Pure.

/// For or against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vote {
    Up,
    Down,
}

impl Vote {
    /// As it is written and stored.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "up" => Some(Self::Up),
            "down" => Some(Self::Down),
            _ => None,
        }
    }
}

/// What becomes of a person's vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    /// Their vote from now on.
    pub after: Option<Vote>,
    /// What happened: `created`, `changed` or `removed`.
    pub action: &'static str,
    /// By how much the trip's votes for it change.
    pub up: i64,
    /// By how much the trip's votes against it change.
    pub down: i64,
}

impl Turn {
    /// Of somebody who had voted `before` and votes `vote` now.
    pub(crate) fn of(before: Option<Vote>, vote: Vote) -> Self {
        match before {
            None => Self::to(None, Some(vote), "created"),
            Some(same) if same == vote => Self::removing(same),
            other => Self::to(other, Some(vote), "changed"),
        }
    }

    /// Of somebody who takes a vote back.
    pub(crate) fn removing(before: Vote) -> Self {
        Self::to(Some(before), None, "removed")
    }

    /// The same where their vote before was not counted: nothing is taken away.
    pub(crate) fn uncounted(self) -> Self {
        Self { up: i64::from(self.after == Some(Vote::Up)), down: i64::from(self.after == Some(Vote::Down)), ..self }
    }

    fn to(before: Option<Vote>, after: Option<Vote>, action: &'static str) -> Self {
        let change = |vote| i64::from(after == Some(vote)) - i64::from(before == Some(vote));
        Self { after, action, up: change(Vote::Up), down: change(Vote::Down) }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Turn,
        Vote::{Down, Up},
    };

    #[test]
    fn the_same_vote_takes_back_and_the_other_one_changes() {
        for (before, vote, after, action, up, down) in [
            (None, Up, Some(Up), "created", 1, 0),
            (None, Down, Some(Down), "created", 0, 1),
            (Some(Up), Up, None, "removed", -1, 0),
            (Some(Down), Down, None, "removed", 0, -1),
            (Some(Up), Down, Some(Down), "changed", -1, 1),
            (Some(Down), Up, Some(Up), "changed", 1, -1),
        ] {
            assert_eq!(Turn::of(before, vote), Turn { after, action, up, down }, "{before:?} {vote:?}");
        }
        assert_eq!(Turn::removing(Up), Turn::of(Some(Up), Up));
        for (before, vote, up, down) in [(Up, Up, 0, 0), (Up, Down, 0, 1), (Down, Up, 1, 0)] {
            let turn = Turn::of(Some(before), vote).uncounted();
            assert_eq!((turn.up, turn.down), (up, down), "{before:?} {vote:?}, not counted");
        }
    }
}
