//! Everything that can be wrong with somebody who comes back, and with a provider.

use super::{
    ASHA, BELA, BOTH, Browser, Landing, accounts, back,
    provider::{GITHUB, GOOGLE, Mood},
    query, signs_in, stage, stage_with,
};
use crate::{MINUTE, SECOND, request};
use futures_util::future::join_all;
use serde_json::Value;
use std::time::{Duration, Instant};
use testkit::World;

async fn sessions(world: &World) -> i64 {
    world.scalar("select cast(count(*) as bigint) from sessions").await
}

#[tokio::test]
async fn only_the_browser_that_left_comes_back_and_only_once() {
    for which in BOTH {
        let (world, provider) = stage().await;
        let mut browser = Browser::new(&world);
        let page = browser.leaves(which, "").await;
        let (code, own) = (provider.agrees(&page, &ASHA), browser.cookie.clone());
        let state = query(&page)["state"].clone();

        // A state that we did not give.
        for wrong in ["x".repeat(43), "x".to_owned(), "x".repeat(2_000), state.to_lowercase(), format!("{state}=")] {
            let landing = browser.comes_back(which, &format!("code={code}&state={wrong}")).await;
            landing.refuses(which, "invalid_state");
        }
        // Another browser, which is used up by nothing but its own state.
        let mut other = Browser::new(&world);
        let others = other.leaves(which, "").await;
        for cookie in [String::new(), other.cookie.clone(), "oauth=".to_owned(), "oauth".to_owned(), own.to_lowercase()]
        {
            let mut fresh = Browser::new(&world);
            let page = fresh.leaves(which, "").await;
            let code = provider.agrees(&page, &ASHA);
            fresh.cookie = cookie;
            fresh.comes_back(which, &back(&page, &code)).await.refuses(which, "invalid_state");
            assert_eq!(provider.asked("/token") + provider.asked("/login/oauth/access_token"), 0, "nobody was asked");
        }
        let code_of_other = provider.agrees(&others, &BELA);
        other.comes_back(which, &back(&others, &code_of_other)).await.access();

        browser.cookie.clone_from(&own);
        browser.comes_back(which, &back(&page, &code)).await.access();
        // The state is used up, with the old code and with a new one.
        for code in [code, provider.agrees(&page, &ASHA)] {
            browser.cookie.clone_from(&own);
            browser.comes_back(which, &back(&page, &code)).await.refuses(which, "invalid_state");
        }
        assert_eq!(sessions(&world).await, 2);
    }
}

#[tokio::test]
async fn a_state_that_another_browser_brings_is_used_up() {
    let (world, provider) = stage().await;
    let mut browser = Browser::new(&world);
    let page = browser.leaves("google", "").await;
    let code = provider.agrees(&page, &ASHA);
    Browser::new(&world).comes_back("google", &back(&page, &code)).await.refuses("google", "invalid_state");
    browser.comes_back("google", &back(&page, &code)).await.refuses("google", "invalid_state");
    assert_eq!(sessions(&world).await, 0);
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_own_flow_only() {
    for which in BOTH {
        let (world, provider) = stage().await;
        let mut browser = Browser::new(&world);
        let page = browser.leaves(which, "").await;
        let code = provider.agrees(&page, &ASHA);
        browser.comes_back(which, &back(&page, &code)).await.access();
        // A used code in a new flow.
        let page = browser.leaves(which, "").await;
        browser.comes_back(which, &back(&page, &code)).await.refuses(which, "token_failed");
        // The code that somebody else's flow got (RFC 9700, section 4.5): the verifier is another one.
        let theirs = provider.agrees(&Browser::new(&world).leaves(which, "").await, &BELA);
        let page = browser.leaves(which, "").await;
        browser.comes_back(which, &back(&page, &theirs)).await.refuses(which, "token_failed");
        assert_eq!((sessions(&world).await, accounts(&world).await), (1, 1));
    }
}

#[tokio::test]
async fn one_comes_back_within_ten_minutes() {
    let (world, provider) = stage().await;
    for (wait, is_late) in [(10 * MINUTE - SECOND, false), (10 * MINUTE, true)] {
        let mut browser = Browser::new(&world);
        let page = browser.leaves("github", "").await;
        world.advance(wait);
        let code = provider.agrees(&page, &ASHA);
        let landing = browser.comes_back("github", &back(&page, &code)).await;
        if is_late { landing.refuses("github", "invalid_state") } else { drop(landing.access().to_owned()) }
    }
    let mut browser = Browser::new(&world);
    browser.leaves("github", "").await;
    let flows = || world.scalar("select cast(count(*) as bigint) from oauth_flows");
    assert_eq!(flows().await, 1);
    world.advance(Duration::from_hours(2));
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    world.run_jobs().await;
    world.advance(Duration::from_hours(2));
    kernel::jobs::tick_schedules(&world.app).await.unwrap();
    world.run_jobs().await;
    assert_eq!(flows().await, 0, "what nobody came back from is forgotten");
}

#[tokio::test]
async fn one_provider_s_answer_is_nothing_at_the_other() {
    let (world, provider) = stage().await;
    for (left, came) in [("github", "google"), ("google", "github")] {
        let mut browser = Browser::new(&world);
        let page = browser.leaves(left, "").await;
        let code = provider.agrees(&page, &ASHA);
        browser.comes_back(came, &back(&page, &code)).await.refuses(came, "invalid_state");
        assert_eq!(provider.asked("/token") + provider.asked("/login/oauth/access_token"), 0, "no code went anywhere");
    }
    // Another issuer than the one that we asked (RFC 9207).
    for which in BOTH {
        let mut browser = Browser::new(&world);
        for (iss, is_good) in [("https://evil.example", false), (provider.url.as_str(), true)] {
            let page = browser.leaves(which, "").await;
            let code = provider.agrees(&page, &ASHA);
            let landing = browser.comes_back(which, &format!("{}&iss={iss}", back(&page, &code))).await;
            if is_good { drop(landing.access().to_owned()) } else { landing.refuses(which, "invalid_state") }
        }
    }
}

#[tokio::test]
async fn what_is_missing_or_refused_is_told_in_a_word() {
    let (world, _) = stage().await;
    for which in BOTH {
        let mut browser = Browser::new(&world);
        for nothing in
            ["", "code=a", "state=b", "code=&state=", "code=a&state=", "code=a&code=b&state=c", "x=y", "error="]
        {
            browser.comes_back(which, nothing).await.refuses(which, "missing_code_or_state");
        }
        for (said, told) in [
            ("access_denied", "access_denied"),
            ("Access%20Denied", "provider_error"),
            ("%3Cscript%3E", "provider_error"),
            ("a%0D%0ASet-Cookie:%20x=y", "provider_error"),
            ("x%26access=evil", "provider_error"),
        ] {
            let page = browser.leaves(which, "").await;
            let state = &query(&page)["state"];
            let landing = browser.comes_back(which, &format!("error={said}&state={state}")).await;
            landing.refuses(which, told);
            browser.comes_back(which, &format!("error={said}")).await.refuses(which, told);
            browser.comes_back(which, &format!("code=a&state={state}")).await.refuses(which, "invalid_state");
        }
    }
}

#[tokio::test]
async fn of_a_hundred_who_bring_one_state_at_once_one_is_signed_in() {
    for which in BOTH {
        let (world, provider) = stage().await;
        let mut browser = Browser::new(&world);
        let page = browser.leaves(which, "").await;
        let code = provider.agrees(&page, &ASHA);
        let path = format!("/api/auth/{which}/callback?{}", back(&page, &code));
        let calls = (0..100).map(|_| world.send(request("GET", &path, &[("cookie", &browser.cookie)], Value::Null)));
        let landings: Vec<Landing> = join_all(calls).await.iter().map(Landing::of).collect();
        let (signed_in, refused): (Vec<_>, Vec<_>) = landings.iter().partition(|l| l.path == "/auth/callback");
        assert_eq!((signed_in.len(), refused.len()), (1, 99));
        for landing in refused {
            landing.refuses(which, "invalid_state");
        }
        assert_eq!((sessions(&world).await, accounts(&world).await), (1, 1));
    }
}

#[tokio::test]
async fn a_provider_that_fails_in_any_way_ends_the_sign_in_and_nothing_else() {
    let (world, provider) = stage_with(&[("OAUTH_TIMEOUT", "1")]).await;
    for (which, path) in [
        ("github", "/login/oauth/access_token"),
        ("github", "/user"),
        ("github", "/user/emails"),
        ("google", "/token"),
        ("google", "/keys"),
    ] {
        for mood in [
            Mood::Says(500),
            Mood::Says(503),
            Mood::Says(201),
            Mood::Says(400),
            Mood::Says(429),
            Mood::Stalls,
            Mood::Trickles,
            Mood::Endless,
            Mood::Huge,
            Mood::Nonsense,
            Mood::Empty,
            Mood::Redirects,
        ] {
            provider.becomes(Some((path, mood)));
            let begun = Instant::now();
            let landing = signs_in(&world, &provider, which, &ASHA).await;
            assert!(begun.elapsed() < 4 * SECOND, "{path} {mood:?}: {:?}", begun.elapsed());
            let is_token = path.contains("token");
            let refused = match mood {
                Mood::Says(400 | 429) | Mood::Empty if is_token => "token_failed",
                _ => "callback_failed",
            };
            assert_eq!(landing.parameters[&format!("{which}_error")], refused, "{path} {mood:?}");
            assert_eq!(landing.path, "/login");
        }
        assert_eq!((accounts(&world).await, sessions(&world).await), (0, 0), "{path}");
    }
    assert_eq!(provider.asked("/elsewhere"), 0, "nobody is followed elsewhere");
    // Whoever may not read addresses has none.
    provider.becomes(Some(("/user/emails", Mood::Says(403))));
    signs_in(&world, &provider, "github", &ASHA).await.refuses("github", "no_email");
    provider.becomes(None);
    for which in BOTH {
        signs_in(&world, &provider, which, &ASHA).await.access();
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_fails_at_once() {
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = format!("http://{nowhere}");
    let (world, provider) = stage_with(&[("GITHUB_URL", &nowhere), ("GOOGLE_TOKEN_URL", &nowhere)]).await;
    for which in BOTH {
        signs_in(&world, &provider, which, &ASHA).await.refuses(which, "callback_failed");
    }
}

#[tokio::test]
async fn no_secret_of_ours_or_theirs_gets_into_an_address_or_a_reply() {
    let (world, provider) = stage().await;
    for which in BOTH {
        let mut browser = Browser::new(&world);
        let sent = browser.get(&format!("/api/auth/{which}/login"), None).await;
        let page = sent.header("location").to_owned();
        let code = provider.agrees(&page, &ASHA);
        let good = browser.get(&format!("/api/auth/{which}/callback?{}", back(&page, &code)), None).await;
        let again = browser.leaves(which, "").await;
        let bad = browser.get(&format!("/api/auth/{which}/callback?{}", back(&again, "canary-code")), None).await;
        for answer in [sent, good, bad] {
            let said = format!("{:?} {}", answer.headers, answer.text);
            for secret in [GITHUB.1, GOOGLE.1, "canary", "example.org", code.as_str(), "1001"] {
                assert!(!said.contains(secret), "{secret} in {said}");
            }
        }
    }
}

#[tokio::test]
async fn beginning_and_coming_back_are_limited_like_signing_in() {
    let (world, _) = stage_with(&[("RATELIMIT_ENABLED", "true")]).await;
    for path in ["/api/auth/github/login", "/api/auth/google/callback?error=access_denied"] {
        for _ in 0..5 {
            assert_eq!(world.get(path).await.status, 302);
        }
    }
    for path in ["/api/auth/github/login", "/api/auth/google/login", "/api/auth/github/callback"] {
        world.get(path).await.fails(429, "rate_limited");
    }
    let exchange = world.post("/api/auth/oauth/exchange", testkit::json!({})).await;
    exchange.fails(429, "rate_limited");
}
