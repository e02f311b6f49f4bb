//! A one-time code in the address instead of tokens.

use super::{ASHA, BELA, BOTH, Browser, Landing, Someone, provider::Provider, stage, stage_with};
use crate::{MINUTE, SECOND, refresh, text};
use kernel::{db::open, sql};
use testkit::{Answer, World, json};

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn lands(world: &World, provider: &Provider, which: &str, who: &Someone) -> Landing {
    let wishes = format!("?redirect=/itineraries&code_challenge={CHALLENGE}");
    Browser::new(world).signs_in(provider, which, who, &wishes).await
}

async fn code(world: &World, provider: &Provider) -> String {
    lands(world, provider, "google", &ASHA).await.parameters["code"].clone()
}

async fn exchange(world: &World, code: &str, verifier: &str) -> Answer {
    world.post("/api/auth/oauth/exchange", json!({ "code": code, "code_verifier": verifier })).await
}

#[tokio::test]
async fn a_client_with_a_challenge_gets_its_tokens_by_post() {
    let (world, provider) = stage_with(&[("OAUTH_TOKENS_IN_URL", "false")]).await;
    for which in BOTH {
        let landing = lands(&world, &provider, which, &ASHA).await;
        assert_eq!((landing.path.as_str(), landing.parameters.len()), ("/auth/callback", 3), "{landing:?}");
        assert_eq!(landing.parameters["provider"], which);
        assert_eq!(landing.parameters["redirect"], "/itineraries");
        let answer = exchange(&world, &landing.parameters["code"], VERIFIER).await.is(200);
        assert_eq!(answer.data()["user"]["email"], "asha@example.org");
        assert_eq!(answer.data()["access_token"], answer.data()["tokens"]["access"]);
        assert_eq!(answer.header("cache-control"), "no-store");
        refresh(&world, &text(&answer, "refresh_token")).await.is(200);
        exchange(&world, &landing.parameters["code"], VERIFIER).await.fails(400, "invalid_code");
    }
    // Here nobody gets tokens in an address.
    for which in BOTH {
        let answer = world.get(&format!("/api/auth/{which}/login")).await.fails(400, "validation_failed");
        assert!(answer.message().contains("code_challenge: is required"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_code_needs_its_verifier_and_is_used_up_without_it() {
    let (world, provider) = stage().await;
    let (one, two) = (code(&world, &provider).await, code(&world, &provider).await);
    exchange(&world, &one, &"a".repeat(43)).await.fails(400, "invalid_code");
    exchange(&world, &one, VERIFIER).await.fails(400, "invalid_code");
    exchange(&world, &two, CHALLENGE).await.fails(400, "invalid_code");
    exchange(&world, &"x".repeat(43), VERIFIER).await.fails(400, "invalid_code");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from sessions").await, 0);
    let answer = world.post("/api/auth/oauth/exchange", json!({})).await.fails(400, "validation_failed");
    assert_eq!(answer.body["details"], json!({ "code": ["is required"], "code_verifier": ["is required"] }));
    for bad in ["", "short", &"a".repeat(129), &"é".repeat(43)] {
        let three = code(&world, &provider).await;
        exchange(&world, &three, bad).await.fails(400, "validation_failed");
        exchange(&world, &three, VERIFIER).await.is(200);
    }
}

#[tokio::test]
async fn a_code_is_good_for_a_minute() {
    let (world, provider) = stage().await;
    let early = code(&world, &provider).await;
    world.advance(MINUTE - SECOND);
    exchange(&world, &early, VERIFIER).await.is(200);
    let late = code(&world, &provider).await;
    world.advance(MINUTE);
    exchange(&world, &late, VERIFIER).await.fails(400, "invalid_code");
}

#[tokio::test]
async fn of_fifty_who_bring_one_code_at_once_one_gets_tokens() {
    let (world, provider) = stage().await;
    let code = code(&world, &provider).await;
    let answers = futures_util::future::join_all((0..50).map(|_| exchange(&world, &code, VERIFIER))).await;
    assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 1);
    assert!(answers.iter().all(|a| a.status == 200 || a.body["code"] == "invalid_code"));
    assert_eq!(world.scalar("select cast(count(*) as bigint) from sessions").await, 1);
}

#[tokio::test]
async fn a_code_is_nothing_for_a_disabled_account() {
    let (world, provider) = stage().await;
    let asha = code(&world, &provider).await;
    let bela = lands(&world, &provider, "github", &BELA).await.parameters["code"].clone();
    world.sql(sql!("update travelers set is_active = FALSE where username = 'asha'")).await;
    exchange(&world, &asha, VERIFIER).await.fails(403, "account_disabled");
    assert_eq!(exchange(&world, &bela, VERIFIER).await.is(200).data()["user"]["username"], "bela");
}

#[tokio::test]
async fn a_code_ends_with_the_sessions() {
    let (world, provider) = stage().await;
    let before = code(&world, &provider).await;
    let first = exchange(&world, &before, VERIFIER).await.is(200);
    let (waiting, bela) = (code(&world, &provider).await, lands(&world, &provider, "github", &BELA).await);
    let asha = testkit::Person::signed_in(&world, &first);
    asha.post("/api/auth/logout?all=true", json!({})).await.is(200);
    exchange(&world, &waiting, VERIFIER).await.fails(400, "invalid_code");
    exchange(&world, &bela.parameters["code"], VERIFIER).await.is(200);
}

#[tokio::test]
async fn a_challenge_is_a_sha_256_or_nothing() {
    let (world, _) = stage().await;
    for bad in ["x", &"a".repeat(42), &"a".repeat(44), &"%2B".repeat(43), VERIFIER.trim_end_matches('k')] {
        for which in BOTH {
            let answer = world.get(&format!("/api/auth/{which}/login?code_challenge={bad}")).await;
            answer.fails(400, "validation_failed");
        }
    }
    assert_eq!(world.scalar("select cast(count(*) as bigint) from oauth_flows").await, 0);
}

#[tokio::test]
async fn an_exchange_under_way_does_not_outlive_a_new_password() {
    let (world, provider) = stage().await;
    let code = code(&world, &provider).await;
    // As a new password does it: the account, its sessions, the codes.
    let mut tx = world.app.db.write().await.unwrap();
    tx.run(open("update travelers set email_verified = TRUE")).await.unwrap();
    tx.run(open("update sessions set ended_at = created_at")).await.unwrap();
    let new_password = async {
        tokio::time::sleep(SECOND).await;
        tx.run(open("delete from handover_codes")).await.unwrap();
        tx.commit().await.unwrap();
    };
    tokio::join!(exchange(&world, &code, VERIFIER), new_password).0.fails(400, "invalid_code");
    assert_eq!(world.scalar("select cast(count(*) as bigint) from sessions where ended_at is null").await, 0);
}
