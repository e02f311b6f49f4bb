//! Random operations against a reference model that is a few lists in memory: every answer and every count must be the
//! same. `OPERATIONS` and `SEED` choose how many and which; the seed stands in every failure.

use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

const PEOPLE: usize = 12;
const GROUPS: usize = 10;
/// With more, nobody could join anything.
const MOST_BLOCKS: usize = 4;
const MINUTES_OF_DAY: u64 = 24 * 60;

#[derive(Clone, Copy, PartialEq)]
enum Gone {
    Left,
    Removed,
}

#[derive(Clone)]
struct Invite {
    id: String,
    is_declined: bool,
    until: u64,
}

/// What is known of one group.
#[derive(Clone, Default)]
struct Model {
    most: usize,
    approves: bool,
    members: BTreeSet<usize>,
    gone: BTreeMap<usize, Gone>,
    banned: BTreeSet<usize>,
    invites: BTreeMap<usize, Invite>,
    requests: BTreeSet<usize>,
    /// Who waits, in order, and until when a seat is held for them.
    queue: Vec<(usize, Option<u64>)>,
}

/// What all groups have in common.
#[derive(Clone, Default)]
struct Around {
    /// Minutes since the beginning.
    now: u64,
    blocks: BTreeSet<(usize, usize)>,
}

type Expected = (u16, &'static str);
const FULL: Expected = (409, "group_full");
const GONE: Expected = (404, "not_found");

impl Model {
    fn is_blocked(&self, who: usize, around: &Around) -> bool {
        self.members.iter().any(|m| around.blocks.contains(&(who.min(*m), who.max(*m))))
    }

    fn taken(&self) -> usize {
        self.members.len() + 1 // and the organizer
    }

    fn is_full(&self, who: usize, around: &Around) -> bool {
        let held = self.queue.iter().filter(|(other, until)| *other != who && until.is_some_and(|u| u > around.now));
        let held = if self.approves { 0 } else { held.count() };
        self.banned.contains(&who) || self.is_blocked(who, around) || self.taken() + held >= self.most
    }

    fn may_be_called(&self, who: usize, around: &Around) -> bool {
        let was_removed = self.gone.get(&who) == Some(&Gone::Removed);
        !was_removed && !self.banned.contains(&who) && !self.is_blocked(who, around)
    }

    fn settle(&mut self, around: &Around) {
        self.queue.retain(|(_, until)| until.is_none_or(|u| u > around.now));
        for at in 0..self.queue.len() {
            if !self.may_be_called(self.queue[at].0, around) {
                self.queue[at].1 = None;
            }
        }
        let mut seats = self.most - self.taken();
        // The first to come keep their offers, as far as there are seats.
        for (_, until) in self.queue.iter_mut().filter(|(_, until)| until.is_some()) {
            if seats == 0 {
                *until = None;
            }
            seats = seats.saturating_sub(1);
        }
        let mut free = seats;
        for at in 0..self.queue.len() {
            let (who, until) = self.queue[at];
            if free > 0 && until.is_none() && self.may_be_called(who, around) {
                self.queue[at].1 = Some(around.now + MINUTES_OF_DAY);
                free -= 1;
            }
        }
    }

    /// As whoever is about to take a seat finds it.
    fn settled(&self, around: &Around) -> Self {
        let mut settled = self.clone();
        if self.queue.iter().any(|(_, until)| until.is_some_and(|u| u <= around.now)) {
            settled.settle(around);
        }
        settled
    }

    fn forget(&mut self, who: usize) {
        self.invites.remove(&who);
        self.requests.remove(&who);
        self.queue.retain(|(other, _)| *other != who);
    }

    fn seat(&mut self, who: usize, is_asked: bool, around: &Around) -> Expected {
        if self.members.contains(&who) {
            return (409, "already_member");
        }
        let mut next = self.settled(around);
        if next.is_full(who, around) {
            return FULL;
        }
        let before = next.gone.get(&who).copied();
        if !is_asked && (next.approves || before == Some(Gone::Removed)) {
            next.requests.insert(who);
            *self = next;
            return (202, "");
        }
        next.gone.remove(&who);
        next.members.insert(who);
        next.forget(who);
        if next.queue.iter().any(|(_, until)| until.is_some()) {
            next.settle(around);
        }
        *self = next;
        if before.is_some() { (200, "") } else { (201, "") }
    }

    /// As soon as two block one another, one of whom waits and has an offer, and the other belongs to it.
    fn part(&mut self, (a, b): (usize, usize), around: &Around) {
        let vain = |(who, until): &(usize, Option<u64>)| {
            let other = if *who == a { b } else { a };
            (*who == a || *who == b) && until.is_some() && self.members.contains(&other)
        };
        if self.queue.iter().any(vain) {
            self.settle(around);
        }
    }

    fn give_up(&mut self, who: usize, how: Gone, around: &Around) {
        self.members.remove(&who);
        self.gone.insert(who, how);
        self.settle(around);
    }

    /// Mostly somebody for whom it can be done.
    fn somebody(&self, what: Operation, rng: &mut ChaCha8Rng) -> usize {
        let candidates: Vec<usize> = match what {
            Operation::Accept | Operation::Decline | Operation::Cancel => self.invites.keys().copied().collect(),
            Operation::Approve | Operation::Reject => self.requests.iter().copied().collect(),
            Operation::Leave | Operation::Remove => self.members.iter().copied().collect(),
            Operation::Unban => self.banned.iter().copied().collect(),
            Operation::StopWaiting => self.queue.iter().map(|(who, _)| *who).collect(),
            _ => Vec::new(),
        };
        let anybody = rng.random_range(0..PEOPLE);
        if candidates.is_empty() || rng.random_range(0..8) == 0 {
            anybody
        } else {
            candidates[anybody % candidates.len()]
        }
    }

    /// What the answer must be, after it was done.
    fn expect(&mut self, what: &Operation, who: usize, around: &Around) -> Expected {
        let is_member = self.members.contains(&who);
        match what {
            Operation::Join => self.seat(who, false, around),
            Operation::Leave if is_member => {
                self.give_up(who, Gone::Left, around);
                (200, "")
            }
            Operation::Leave | Operation::Reject if self.requests.remove(&who) => (200, ""),
            Operation::Invite => self.invite(who, around),
            Operation::Accept => match self.invites.get(&who) {
                Some(invite) if !invite.is_declined && invite.until <= around.now => (409, "invite_expired"),
                Some(invite) if !invite.is_declined => self.seat(who, true, around),
                _ => GONE,
            },
            Operation::Decline => match self.invites.get_mut(&who) {
                Some(invite) if !invite.is_declined && invite.until <= around.now => (409, "invite_expired"),
                Some(invite) if !invite.is_declined => {
                    (invite.is_declined, invite.until) = (true, around.now + 30 * MINUTES_OF_DAY);
                    (200, "")
                }
                _ => GONE,
            },
            Operation::Cancel => match self.invites.get(&who) {
                Some(invite) if !invite.is_declined && invite.until > around.now => {
                    self.invites.remove(&who);
                    (200, "")
                }
                _ => GONE,
            },
            Operation::Approve if self.requests.contains(&who) => match self.seat(who, true, around) {
                (201, code) => (200, code),
                other => other,
            },
            Operation::Remove if is_member => {
                self.give_up(who, Gone::Removed, around);
                (200, "")
            }
            Operation::Ban => {
                let was_waiting = self.queue.iter().any(|(other, _)| *other == who);
                self.banned.insert(who);
                self.forget(who);
                if is_member {
                    self.give_up(who, Gone::Removed, around);
                } else if was_waiting {
                    self.settle(around);
                }
                (201, "")
            }
            Operation::Unban => {
                if self.banned.remove(&who) {
                    (200, "")
                } else {
                    GONE
                }
            }
            Operation::Resize(most) if *most < self.taken() => (409, "too_many_members"),
            Operation::Resize(most) => {
                let is_resized = *most != self.most;
                self.most = *most;
                if is_resized {
                    self.settle(around);
                }
                (200, "")
            }
            Operation::Wait => self.wait(who, around),
            Operation::StopWaiting if self.queue.iter().any(|(other, _)| *other == who) => {
                self.queue.retain(|(other, _)| *other != who);
                self.settle(around);
                (200, "")
            }
            Operation::Leave | Operation::Reject | Operation::Approve | Operation::Remove | Operation::StopWaiting => {
                GONE
            }
        }
    }

    fn invite(&mut self, who: usize, around: &Around) -> Expected {
        if self.members.contains(&who) {
            return (409, "already_member");
        }
        if self.is_blocked(who, around) {
            return GONE;
        }
        if self.banned.contains(&who) {
            return (409, "banned");
        }
        match self.invites.get(&who).filter(|invite| around.now < invite.until) {
            Some(invite) if invite.is_declined => (409, "invite_declined"),
            Some(_) => (409, "already_invited"),
            None if self.taken() >= self.most => FULL,
            None => {
                let until = around.now + 7 * MINUTES_OF_DAY;
                self.invites.insert(who, Invite { id: String::new(), is_declined: false, until });
                (201, "")
            }
        }
    }

    fn wait(&mut self, who: usize, around: &Around) -> Expected {
        if self.members.contains(&who) {
            return (409, "already_member");
        }
        let mut next = self.settled(around);
        if next.queue.iter().any(|(other, _)| *other == who) {
            *self = next;
            return (200, "");
        }
        if !next.is_full(who, around) {
            return (409, "seats_free");
        }
        next.queue.push((who, None));
        *self = next;
        (201, "")
    }
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    Join,
    Leave,
    Invite,
    Accept,
    Decline,
    Cancel,
    Approve,
    Reject,
    Remove,
    Ban,
    Unban,
    Resize(usize),
    Wait,
    StopWaiting,
}

fn operation(rng: &mut ChaCha8Rng) -> Operation {
    match rng.random_range(0..100) {
        0..26 => Operation::Join,
        26..40 => Operation::Leave,
        40..47 => Operation::Invite,
        47..54 => Operation::Accept,
        54..56 => Operation::Decline,
        56..58 => Operation::Cancel,
        58..64 => Operation::Approve,
        64..66 => Operation::Reject,
        66..71 => Operation::Remove,
        71..72 => Operation::Ban,
        72..77 => Operation::Unban,
        77..83 => Operation::Resize(rng.random_range(2..=7)),
        83..96 => Operation::Wait,
        _ => Operation::StopWaiting,
    }
}

async fn ask(what: Operation, group: &str, who: &Person<'_>, boss: &Person<'_>, invite: Option<String>) -> Answer {
    let invite = format!("{group}/invites/{}", invite.unwrap_or_else(|| NOBODY.to_owned()));
    let (request, id) = (format!("{group}/requests/{}", who.id), json!({ "traveler_id": who.id }));
    match what {
        Operation::Join => join(who, group).await,
        Operation::Leave => leave(who, group).await,
        Operation::Invite => boss.post(&format!("{group}/invite"), id).await,
        Operation::Accept => who.post(&format!("{invite}/accept"), json!({})).await,
        Operation::Decline => who.post(&format!("{invite}/decline"), json!({})).await,
        Operation::Cancel => boss.delete(&invite).await,
        Operation::Approve => boss.post(&format!("{request}/approve"), json!({})).await,
        Operation::Reject => boss.post(&format!("{request}/reject"), json!({})).await,
        Operation::Remove => boss.delete(&format!("{group}/members/{}", who.id)).await,
        Operation::Ban => boss.post(&format!("{group}/bans"), id).await,
        Operation::Unban => boss.delete(&format!("{group}/bans/{}", who.id)).await,
        Operation::Resize(most) => boss.put(group, json!({ "max_members": most })).await,
        Operation::Wait => wait(who, group).await,
        Operation::StopWaiting => who.delete(&format!("{group}/waitlist")).await,
    }
}

/// What somebody gets of a group is what the model has.
async fn compare(model: &Model, around: &Around, who: usize, person: &Person<'_>, group: &str, place: &str) {
    let answer = person.get(group).await.is(200);
    let data = answer.data();
    assert_eq!(data["current_members_count"], model.taken(), "{place}: {}", answer.text);
    assert_eq!(data["is_member"], model.members.contains(&who), "{place}: {}", answer.text);
    if model.members.contains(&who) {
        let hidden = model.members.iter().filter(|m| around.blocks.contains(&(who.min(**m), who.max(**m)))).count();
        assert_eq!(data["members"].as_array().unwrap().len(), model.taken() - hidden, "{place}: {}", answer.text);
        return;
    }
    let pending = &data["pending"];
    assert_eq!(pending["request_id"].is_string(), model.requests.contains(&who), "{place}: {}", answer.text);
    let invite = model.invites.get(&who).filter(|i| !i.is_declined && i.until > around.now);
    assert_eq!(pending["invite_id"].is_string(), invite.is_some(), "{place}: {}", answer.text);
    let at = model.queue.iter().position(|(other, until)| *other == who && until.is_none_or(|u| u > around.now));
    assert_eq!(pending["waitlist"]["position"].as_u64(), at.map(|at| at as u64 + 1), "{place}: {}", answer.text);
    let is_offered = at.is_some_and(|at| model.queue[at].1.is_some());
    assert_eq!(pending["waitlist"]["offered_until"].is_string(), is_offered, "{place}: {}", answer.text);
}

#[tokio::test]
async fn groups_do_what_the_reference_model_does() {
    let number = |name: &'static str| testkit::setting(name).and_then(|text| text.parse::<u64>().ok());
    let (operations, seed) = (number("OPERATIONS").unwrap_or(1_200), number("SEED").unwrap_or_else(rand::random));
    let year = "31622400";
    let settings = ["JWT_ACCESS_TOKEN_EXPIRES", "JWT_REFRESH_TOKEN_EXPIRES", "REFRESH_IDLE_EXPIRES"];
    let world = World::with(&settings.map(|name| (name, year))).await;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let boss = world.person("boss").await;
    let (mut people, mut groups, mut models) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..PEOPLE {
        people.push(world.person(&format!("person{n}")).await);
    }
    for n in 0..GROUPS {
        let approves = n % 4 == 3;
        let days = json!({ "start_date": "2028-04-02", "end_date": "2028-04-03", "requires_approval": approves });
        groups.push(made(&boss, and(group(&format!("Group {n}")), days)).await);
        models.push(Model { most: 4, approves, ..Model::default() });
    }
    let mut around = Around::default();
    let mut answers: BTreeMap<(String, u16), u64> = BTreeMap::new();
    for step in 0..operations {
        let at = rng.random_range(0..GROUPS);
        let what = operation(&mut rng);
        let who = models[at].somebody(what, &mut rng);
        let place = format!("seed {seed}, step {step}, group {at}, person {who}");
        match rng.random_range(0..100) {
            0 => {
                let other = (who + rng.random_range(1..PEOPLE)) % PEOPLE;
                let known = around.blocks.first().filter(|_| around.blocks.len() >= MOST_BLOCKS).copied();
                let pair = known.unwrap_or((who.min(other), who.max(other)));
                let path = format!("/api/users/{}/block", people[pair.1].id);
                if around.blocks.remove(&pair) {
                    people[pair.0].delete(&path).await.is(200);
                } else {
                    around.blocks.insert(pair);
                    people[pair.0].post(&path, json!({})).await.is(200);
                    while world.run_jobs().await > 0 {}
                    for model in &mut models {
                        model.part(pair, &around);
                    }
                }
            }
            1 if around.now < 300 * MINUTES_OF_DAY => {
                let minutes = rng.random_range(1..=25 * 60);
                around.now += minutes;
                world.advance(Duration::from_secs(minutes * 60));
            }
            2 if around.now < 300 * MINUTES_OF_DAY => {
                around.now += 10;
                pass(&world, Duration::from_mins(10)).await;
                for model in &mut models {
                    model.settle(&around);
                    model.invites.retain(|_, invite| invite.until > around.now);
                }
            }
            _ => {
                let known = models[at].invites.get(&who).map(|invite| invite.id.clone());
                let expected = models[at].expect(&what, who, &around);
                let answer = ask(what, &groups[at], &people[who], &boss, known).await;
                let found = (answer.status, answer.body["code"].as_str().unwrap_or_default());
                assert_eq!(found, expected, "{place}: {what:?}: {}", answer.text);
                if let (Operation::Invite, 201) = (what, answer.status) {
                    let id = answer.data()["id"].as_str().unwrap().to_owned();
                    models[at].invites.get_mut(&who).unwrap().id = id;
                }
                let name = format!("{what:?}").split('(').next().unwrap().to_owned();
                *answers.entry((name, answer.status)).or_default() += 1;
            }
        }
        compare(&models[at], &around, who, &people[who], &groups[at], &place).await;
        if step % 50 == 0 {
            seats_are_exact(&world).await;
        }
    }
    seats_are_exact(&world).await;
    report(&format!("seed {seed}: {operations} operations as the model has them: {answers:?}"));
    // A run that never came to the interesting ones would say little.
    if operations >= 1_000 {
        for (name, status) in
            [("Join", 201), ("Join", 200), ("Join", 409), ("Join", 202), ("Accept", 201), ("Wait", 201)]
        {
            assert!(answers.contains_key(&(name.to_owned(), status)), "seed {seed}: no {name} {status}: {answers:?}");
        }
    }
}
