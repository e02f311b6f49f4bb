//! One part of a score: the sum of its lines, which are also its explanation, so the two cannot disagree. Pure.

use serde_json::{Value, json};

/// The most that a part can reach.
pub(super) const MOST: f64 = 20.0;

/// Two decimals.
pub(super) fn rounded(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

/// `n` of `most` as a share from 0 to 1; a maximum counts as 1 at least.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(super) fn share(n: i64, most: i64) -> f64 {
    (n.max(0) as f64 / most.max(1) as f64).min(1.0)
}

/// A part under way.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    about: &'static str,
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq)]
struct Line {
    points: f64,
    most: f64,
    says: String,
}

impl Part {
    /// A part that says what it is about at the beginning of its summary.
    pub(super) const fn about(about: &'static str) -> Self {
        Self { about, lines: Vec::new() }
    }

    /// Adds `points` of `most`, rounded to two decimals and cut where the whole part would have more than it can.
    #[must_use]
    pub(super) fn line(mut self, points: f64, most: f64, says: impl Into<String>) -> Self {
        let room = rounded(MOST - self.score());
        self.lines.push(Line { points: rounded(points).clamp(0.0, room), most, says: says.into() });
        self
    }

    /// Adds all of `most` or nothing.
    #[must_use]
    pub(super) fn either(self, holds: bool, most: f64, yes: &str, no: &str) -> Self {
        self.line(if holds { most } else { 0.0 }, most, if holds { yes } else { no })
    }

    /// The sum of its lines.
    pub(super) fn score(&self) -> f64 {
        rounded(self.lines.iter().map(|line| line.points).sum())
    }

    /// The score and where it comes from, as it is shown.
    pub(super) fn explanation(&self) -> Value {
        let score = self.score();
        let grade = match score {
            s if s >= 16.0 => "excellent",
            s if s >= 12.0 => "good",
            s if s >= 8.0 => "fair",
            s if s > 0.0 => "a beginning",
            _ => "nothing yet",
        };
        let line = |l: &Line| format!("+{} of {}: {}", l.points, l.most, l.says);
        json!({
            "score": score,
            "max": MOST,
            "percentage": (score / MOST * 1000.0).round() / 10.0,
            "summary": format!("{}: {grade}, {score} of {MOST}", self.about),
            "details": self.lines.iter().map(line).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_the_sum_of_the_lines_that_explain_it() {
        let part = Part::about("Test")
            .line(2.0 / 3.0, 6.0, "a third of two")
            .either(false, 4.0, "yes", "no")
            .line(99.0, 30.0, "too much");
        assert_eq!((part.score(), part.lines[2].points), (20.0, 19.33));
        let explained = part.explanation();
        assert_eq!(explained["summary"], "Test: excellent, 20 of 20");
        assert_eq!(
            explained["details"],
            json!(["+0.67 of 6: a third of two", "+0 of 4: no", "+19.33 of 30: too much"])
        );
        assert_eq!((&explained["score"], &explained["percentage"]), (&json!(20.0), &json!(100.0)));
    }

    #[test]
    fn a_share_is_never_more_than_the_whole() {
        for (n, most, expected) in [(0, 0, 0.0), (1, 0, 1.0), (1, 4, 0.25), (9, 4, 1.0), (-1, 4, 0.0)] {
            assert!((share(n, most) - expected).abs() < f64::EPSILON, "{n} of {most}");
        }
    }
}
