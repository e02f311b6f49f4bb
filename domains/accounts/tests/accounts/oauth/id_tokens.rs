//! Google's word counts only when Google signed it, for us, for this sign-in, and now.

use super::{
    ASHA, accounts,
    provider::{GOOGLE, Signing},
    signs_in, stage,
};
use crate::{HOUR, MINUTE};
use serde_json::{Value, json};
use testkit::NOW;

type Change = fn(&mut Value, &mut Value);

#[tokio::test]
async fn a_token_that_is_not_exactly_right_signs_nobody_in() {
    let (world, provider) = stage().await;
    let forgeries: [(&str, Signing, Change); 35] = [
        ("another issuer", Signing::Right, |_, c| c["iss"] = json!("https://accounts.google.com.evil.example")),
        ("an issuer with a slash", Signing::Right, |_, c| c["iss"] = json!(format!("{}/", c["iss"].as_str().unwrap()))),
        ("no issuer", Signing::Right, |_, c| c["iss"] = Value::Null),
        ("for another client", Signing::Right, |_, c| c["aud"] = json!("another-client")),
        ("for GitHub's client", Signing::Right, |_, c| c["aud"] = json!("tripit-at-github")),
        ("for others too", Signing::Right, |_, c| c["aud"] = json!([GOOGLE.0, "another-client"])),
        ("for nobody", Signing::Right, |_, c| c["aud"] = json!([])),
        ("without an audience", Signing::Right, |_, c| drop(c.as_object_mut().unwrap().remove("aud"))),
        ("given to another client", Signing::Right, |_, c| c["azp"] = json!("another-client")),
        ("expired", Signing::Right, |_, c| c["exp"] = json!(NOW / 1_000_000 - 61)),
        ("expired long ago", Signing::Right, |_, c| c["exp"] = json!(0)),
        ("an end that is no number", Signing::Right, |_, c| c["exp"] = json!("never")),
        ("without an end", Signing::Right, |_, c| drop(c.as_object_mut().unwrap().remove("exp"))),
        ("made in the future", Signing::Right, |_, c| c["iat"] = json!(NOW / 1_000_000 + 61)),
        ("made for an older flow", Signing::Right, |_, c| c["iat"] = json!(NOW / 1_000_000 - 601)),
        ("made at no time", Signing::Right, |_, c| drop(c.as_object_mut().unwrap().remove("iat"))),
        ("made before there was time", Signing::Right, |_, c| c["iat"] = json!(i64::MIN)),
        ("another nonce", Signing::Right, |_, c| c["nonce"] = json!("another")),
        ("an empty nonce", Signing::Right, |_, c| c["nonce"] = json!("")),
        ("without a nonce", Signing::Right, |_, c| drop(c.as_object_mut().unwrap().remove("nonce"))),
        ("about nobody", Signing::Right, |_, c| c["sub"] = json!("")),
        ("about no text", Signing::Right, |_, c| c["sub"] = json!(1001)),
        ("about too long a name", Signing::Right, |_, c| c["sub"] = json!("1".repeat(256))),
        ("much too long", Signing::Right, |_, c| c["name"] = json!("a".repeat(16_000))),
        ("signed with another key", Signing::WithAnotherKey, |_, _| ()),
        ("a broken signature", Signing::Broken, |_, _| ()),
        ("no signature", Signing::Not, |_, _| ()),
        ("none", Signing::Not, |h, _| h["alg"] = json!("none")),
        ("None", Signing::Not, |h, _| h["alg"] = json!("None")),
        ("none, signed", Signing::Right, |h, _| h["alg"] = json!("none")),
        ("HS256 with the public key", Signing::WithThePublicKeyAsSecret, |h, _| h["alg"] = json!("HS256")),
        ("HS256, said to be RS256", Signing::WithThePublicKeyAsSecret, |_, _| ()),
        ("RS512", Signing::Right, |h, _| h["alg"] = json!("RS512")),
        ("what we must understand", Signing::Right, |h, _| h["crit"] = json!(["exp"])),
        ("without a key id", Signing::Right, |h, _| drop(h.as_object_mut().unwrap().remove("kid"))),
    ];
    for (what, signing, change) in forgeries {
        provider.forges(signing, change);
        let landing = signs_in(&world, &provider, "google", &ASHA).await;
        assert_eq!(landing.parameters.get("google_error").map(String::as_str), Some("token_failed"), "{what}");
        assert_eq!(accounts(&world).await, 0, "{what}");
    }
    // What is right in another spelling.
    let fine: [(&str, Change); 5] = [
        ("a list of us alone", |_, c| c["aud"] = json!([GOOGLE.0])),
        ("without a party", |_, c| drop(c.as_object_mut().unwrap().remove("azp"))),
        ("a clock that is a minute ahead", |_, c| c["iat"] = json!(NOW / 1_000_000 + 60)),
        ("a clock that is a minute behind", |_, c| c["exp"] = json!(NOW / 1_000_000 - 59)),
        ("unknown claims", |_, c| c["hd"] = json!("example.org")),
    ];
    for (what, change) in fine {
        provider.forges(Signing::Right, change);
        let landing = signs_in(&world, &provider, "google", &ASHA).await;
        assert!(landing.parameters.contains_key("access"), "{what}: {landing:?}");
    }
}

#[tokio::test]
async fn keys_are_kept_for_an_hour_and_new_ones_are_found_at_once() {
    let (world, provider) = stage().await;
    let advance = |by| {
        world.advance(by);
        provider.time_is(world.app.clock.now().seconds());
    };
    for _ in 0..3 {
        signs_in(&world, &provider, "google", &ASHA).await.access();
    }
    assert_eq!(provider.asked("/keys"), 1);
    advance(HOUR + MINUTE);
    signs_in(&world, &provider, "google", &ASHA).await.access();
    assert_eq!(provider.asked("/keys"), 2);
    // A key that we never heard of makes us ask, at most once a minute.
    advance(2 * MINUTE);
    provider.signs_with_key_id("second");
    signs_in(&world, &provider, "google", &ASHA).await.access();
    assert_eq!(provider.asked("/keys"), 3);
    provider.signs_with_key_id("unknown");
    for _ in 0..5 {
        signs_in(&world, &provider, "google", &ASHA).await.refuses("google", "token_failed");
    }
    assert_eq!(provider.asked("/keys"), 3);
    advance(2 * MINUTE);
    for _ in 0..5 {
        signs_in(&world, &provider, "google", &ASHA).await.refuses("google", "token_failed");
    }
    assert_eq!(provider.asked("/keys"), 4);
}

#[tokio::test]
async fn many_who_come_at_once_ask_for_the_keys_once() {
    let (world, provider) = stage().await;
    let all = (0..20).map(|_| signs_in(&world, &provider, "google", &ASHA));
    for landing in futures_util::future::join_all(all).await {
        landing.access();
    }
    assert_eq!(provider.asked("/keys"), 1);
}
