//! Rate limits: a bucket a person, or an address, for each class of request.
//!
//! The algorithm is GCRA: a bucket of `burst` tokens that refills one every `per`. In the process `governor` keeps it;
//! with Redis the same formula runs there, for all processes together. Without Redis each process counts for itself.

use crate::{App, Error, Result, auth::TravelerId, clock::Clock, redis::Redis};
use governor::{
    Quota, RateLimiter, clock::Clock as _, middleware::NoOpMiddleware, nanos::Nanos, state::keyed::DashMapStateStore,
};
use std::{net::IpAddr, num::NonZeroU32, time::Duration};

/// What kind of request it is; each has its own bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Reading: 60 at once, 20 a second.
    Read,
    /// Small questions that a page asks for each of its cards: 300 at once, 100 a second.
    Glance,
    /// Who one is, which every page asks: 60 at once, 10 a second. A client that is refused forgets its session.
    Session,
    /// Writing: 20 at once, one every 3 seconds.
    Write,
    /// Votes, views and what was helpful: 30 at once, one a second.
    Vote,
    /// Keeping oneself safe: taking back, leaving, sending away, ending sessions: 30 at once, one every 3 seconds. Nothing
    /// else takes from this bucket.
    Safety,
    /// Blocks: 30 an hour. Nothing else takes from this bucket.
    Block,
    /// Signing in and refreshing: 10 at once an address, one every 30 seconds.
    Login,
    /// Passwords tried by everybody together, on devices that were never signed in before: 300 at once, 10 a second.
    /// Whoever has many addresses still cannot try the common passwords at every account.
    SignIns,
    /// New accounts: 3 an hour an address.
    Register,
    /// Asking for a mail: 5 at once an address or person, one a minute. What one receiver gets has a limit of its own.
    Mail,
    /// Searching people and trips: 20 at once, one a second.
    Search,
    /// Calling for help: 30 at once, one every 2 seconds. Nothing else takes from this bucket, and such a request has a
    /// place also when the process is full.
    Emergency,
    /// Health and documents.
    Free,
}

const LIMITED: [Class; 13] = [
    Class::Read,
    Class::Glance,
    Class::Session,
    Class::Write,
    Class::Vote,
    Class::Safety,
    Class::Block,
    Class::Login,
    Class::SignIns,
    Class::Register,
    Class::Mail,
    Class::Search,
    Class::Emergency,
];

impl Class {
    /// By the word in `x-rate-limit`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "read" => Some(Self::Read),
            "glance" => Some(Self::Glance),
            "session" => Some(Self::Session),
            "write" => Some(Self::Write),
            "vote" => Some(Self::Vote),
            "safety" => Some(Self::Safety),
            "block" => Some(Self::Block),
            "login" => Some(Self::Login),
            "sign_ins" => Some(Self::SignIns),
            "register" => Some(Self::Register),
            "mail" => Some(Self::Mail),
            "search" => Some(Self::Search),
            "emergency" => Some(Self::Emergency),
            "free" => Some(Self::Free),
            _ => None,
        }
    }

    /// The word in `x-rate-limit`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Glance => "glance",
            Self::Session => "session",
            Self::Write => "write",
            Self::Vote => "vote",
            Self::Safety => "safety",
            Self::Block => "block",
            Self::Login => "login",
            Self::SignIns => "sign_ins",
            Self::Register => "register",
            Self::Mail => "mail",
            Self::Search => "search",
            Self::Emergency => "emergency",
            Self::Free => "free",
        }
    }

    /// Tokens in the bucket, and how long one takes to come back.
    pub const fn quota(self) -> (u32, Duration) {
        match self {
            Self::Read => (60, Duration::from_millis(50)),
            Self::Glance => (300, Duration::from_millis(10)),
            Self::Session => (60, Duration::from_millis(100)),
            Self::Write => (20, Duration::from_secs(3)),
            Self::Vote => (30, Duration::from_secs(1)),
            Self::Safety => (30, Duration::from_secs(3)),
            Self::Block => (30, Duration::from_mins(2)),
            Self::Login => (10, Duration::from_secs(30)),
            Self::SignIns => (300, Duration::from_millis(100)),
            Self::Register => (3, Duration::from_mins(20)),
            Self::Mail => (5, Duration::from_mins(1)),
            Self::Search => (20, Duration::from_secs(1)),
            Self::Emergency => (30, Duration::from_secs(2)),
            Self::Free => (u32::MAX, Duration::from_nanos(1)),
        }
    }

    /// Signing in is counted by address also for those who are signed in.
    const fn is_by_address(self) -> bool {
        matches!(self, Self::Login | Self::Register)
    }
}

/// Whose bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Person(TravelerId),
    Address(IpAddr),
    Everybody,
}

/// Our clock, for `governor`.
#[derive(Debug, Clone)]
struct Steady(Clock);

impl governor::clock::Clock for Steady {
    type Instant = Nanos;
    fn now(&self) -> Nanos {
        Nanos::from(self.0.steady())
    }
}

type Buckets = RateLimiter<Who, DashMapStateStore<Who>, Steady, NoOpMiddleware<Nanos>>;

/// The buckets of this process, and the way to the shared ones.
pub struct Limits {
    buckets: Vec<(Class, Buckets)>,
    clock: Steady,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits")
    }
}

impl Limits {
    /// Full buckets.
    pub fn new(clock: &Clock) -> Self {
        let clock = Steady(clock.clone());
        let buckets = LIMITED
            .into_iter()
            .map(|class| {
                let (burst, per) = class.quota();
                let quota = Quota::with_period(per).unwrap_or(Quota::per_second(NonZeroU32::MIN));
                let quota = quota.allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN));
                (class, RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()))
            })
            .collect();
        Self { buckets, clock }
    }

    /// How long to wait, when the bucket of this process is empty.
    fn local(&self, class: Class, who: Who) -> Option<Duration> {
        let (_, buckets) = self.buckets.iter().find(|(c, _)| *c == class)?;
        let refused = buckets.check_key(&who).err()?;
        Some(refused.wait_time_from(self.clock.now()))
    }

    /// Drops the buckets that are full again.
    pub fn clean_up(&self) {
        for (_, buckets) in &self.buckets {
            buckets.retain_recent();
        }
    }
}

/// GCRA on Redis' own clock. Returns microseconds to wait, 0 when the request may pass.
const SHARED: &str = r"
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local per, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = tonumber(redis.call('GET', KEYS[1]) or now)
if due < now then due = now end
local early = due - now - per * (burst - 1)
if early > 0 then return early end
redis.call('SET', KEYS[1], string.format('%.0f', due + per), 'PX', math.ceil((due + per - now) / 1000) + 1)
return 0
";

async fn shared(redis: &Redis, class: Class, who: Who) -> Option<Option<Duration>> {
    let (burst, per) = class.quota();
    let who = match who {
        Who::Person(id) => id.to_string(),
        Who::Address(ip) => ip.to_string(),
        Who::Everybody => "everybody".to_owned(),
    };
    let key = redis.key(&["limit", class.name(), &who]);
    let wait = redis.script(SHARED, &key, &[&per.as_micros().to_string(), &burst.to_string()]).await?;
    Some(u64::try_from(wait).ok().filter(|w| *w > 0).map(Duration::from_micros))
}

/// Takes a token, or says how long to wait.
pub(super) async fn check(app: &App, class: Class, person: Option<TravelerId>, address: IpAddr) -> Result<()> {
    let who = match person {
        Some(id) if !class.is_by_address() => Who::Person(id),
        _ => Who::Address(address),
    };
    take(app, class, who).await
}

/// Takes a token from the one bucket that everybody shares, or says how long to wait.
pub async fn check_everybody(app: &App, class: Class) -> Result<()> {
    take(app, class, Who::Everybody).await
}

async fn take(app: &App, class: Class, who: Who) -> Result<()> {
    if !app.config.limits.enabled || class == Class::Free {
        return Ok(());
    }
    let shared = match &app.redis {
        Some(redis) => shared(redis, class, who).await,
        None => None,
    };
    // Without an answer from Redis the process counts for itself.
    let wait = match shared {
        Some(wait) => wait,
        None => app.limits.local(class, who),
    };
    match wait {
        Some(retry_after) => {
            metrics::counter!("tripit_rate_limited_total", "class" => class.name()).increment(1);
            Err(Error::TooMany { retry_after })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let clock = Clock::fixed(Timestamp::from_micros(1_000_000_000));
        let limits = Limits::new(&clock);
        let who = Who::Address("192.0.2.1".parse().unwrap());
        let allowed = |n: u32| (0..n).filter(|_| limits.local(Class::Read, who).is_none()).count();
        assert_eq!(allowed(100), 60);
        clock.advance(Duration::from_millis(100));
        assert_eq!(allowed(100), 2);
        assert!(limits.local(Class::Write, who).is_none(), "another class has its own bucket");
        let wait = limits.local(Class::Read, who).unwrap();
        assert!(wait <= Duration::from_millis(50), "{wait:?}");
    }
}
