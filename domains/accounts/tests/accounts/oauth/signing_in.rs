//! Who is signed in by what a provider says.

use super::{
    ASHA, BELA, BOTH, Browser, Landing, Someone, accounts, encode, provider::Provider, query, signs_in, stage,
    stage_with, told,
};
use crate::{another_device, me, refresh};
use kernel::sql;
use testkit::{Person, World, json};

#[tokio::test]
async fn somebody_new_signs_in_with_github() {
    let (world, provider) = stage().await;
    world.person("bela").await;
    let mut browser = Browser::new(&world);
    let first = browser.get("/api/auth/github/login?redirect=/itineraries", None).await;
    let page = first.header("location").to_owned();
    let asked = query(&page);
    assert!(page.starts_with(&format!("{}/login/oauth/authorize?", provider.url)), "{page}");
    assert_eq!(asked["client_id"], "tripit-at-github");
    assert_eq!(asked["scope"], "read:user user:email");
    assert_eq!(asked["redirect_uri"], "http://127.0.0.1:5000/api/auth/github/callback");
    assert_eq!(asked["state"].len(), 43);
    let cookie = first.header("set-cookie");
    assert!(cookie.starts_with("oauth=") && !cookie.contains(&asked["state"]), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"), "{cookie}");
    assert_eq!(first.header("cache-control"), "no-store");

    let code = provider.agrees(&page, &ASHA);
    let landing = browser.comes_back("github", &super::back(&page, &code)).await;
    assert_eq!(browser.cookie, "", "the cookie is gone");
    assert_eq!(landing.parameters["provider"], "github");
    assert_eq!(landing.parameters["redirect"], "/itineraries");
    assert_eq!(landing.parameters.len(), 4, "{landing:?}");
    let asha = me(&world, landing.access()).await.is(200);
    let asha = asha.data();
    assert_eq!((&asha["email"], &asha["email_verified"]), (&json!("asha@example.org"), &json!(true)));
    assert_eq!((&asha["username"], &asha["display_name"]), (&json!("asha"), &json!("Asha Rao")));
    assert_eq!((&asha["github_connected"], &asha["github_username"]), (&json!(true), &json!("asharao")));
    assert_eq!(asha["avatar_url"], json!(null), "the picture's address would tell which account it is");
    refresh(&world, &landing.parameters["refresh"]).await.is(200);
    let found = another_device(&world, "bela").await.get("/api/users/search?q=rao").await.is(200);
    assert_eq!(found.data()[0]["username"], "asha", "found by the name that the provider knows");
    assert_eq!(told(&world, "asha@example.org").await.len(), 1, "a welcome");
    let bela = another_device(&world, "bela").await.get("/api/auth/me").await;
    assert_eq!((&bela.data()["github_connected"], &bela.data()["github_username"]), (&json!(false), &json!(null)));
}

#[tokio::test]
async fn somebody_new_signs_in_with_google() {
    let (world, provider) = stage().await;
    let body = json!({ "email": "other@example.org", "username": "Asha", "password": "Test123!" });
    world.post("/api/auth/register", body).await.is(201);
    let page = Browser::new(&world).leaves("google", "").await;
    assert!(page.starts_with(&format!("{}/auth?", provider.url)), "{page}");
    let asked = query(&page);
    assert_eq!((asked["scope"].as_str(), asked["nonce"].len()), ("openid email profile", 43));
    assert!(asked["nonce"] != asked["state"] && asked["code_challenge"] != asked["state"]);

    let landing = signs_in(&world, &provider, "google", &ASHA).await;
    assert_eq!((landing.parameters["provider"].as_str(), landing.parameters.len()), ("google", 3));
    let asha = me(&world, landing.access()).await.is(200);
    let asha = asha.data();
    assert_eq!((&asha["username"], &asha["email_verified"]), (&json!("asha2"), &json!(true)));
    assert_eq!(asha["avatar_url"], "https://images.example.org/a.jpg");
    assert_eq!(asha["github_connected"], json!(false));
    let login = json!({ "email": "asha@example.org", "password": "!" });
    world.post("/api/auth/login", login).await.fails(401, "invalid_credentials");
}

async fn id_of(world: &World, landing: &Landing) -> String {
    me(world, landing.access()).await.is(200).data()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_elsewhere_is_known_by_its_id_and_not_by_its_address() {
    for which in BOTH {
        let (world, provider) = stage().await;
        let asha = id_of(&world, &signs_in(&world, &provider, which, &ASHA).await).await;
        let bela = id_of(&world, &signs_in(&world, &provider, which, &BELA).await).await;
        assert_ne!(asha, bela);
        for email in [Some("bela@example.org"), Some("new@example.org"), None] {
            let moved = Someone { email, is_verified: email != Some("new@example.org"), login: "renamed", ..ASHA };
            assert_eq!(id_of(&world, &signs_in(&world, &provider, which, &moved).await).await, asha, "{email:?}");
        }
        assert_eq!(accounts(&world).await, 2);
        let answer = me(&world, signs_in(&world, &provider, which, &ASHA).await.access()).await;
        assert_eq!(answer.data()["email"], "asha@example.org", "the address stays what its owner made it");
    }
}

#[tokio::test]
async fn a_verified_address_that_both_know_links_the_account_and_its_owner_is_told() {
    for which in BOTH {
        let (world, provider) = stage().await;
        let (asha, bela) = (world.person("asha").await, world.person("bela").await);
        world.sql(sql!("update travelers set email_verified = TRUE where username = 'asha'")).await;
        world.run_jobs().await;
        assert_eq!(id_of(&world, &signs_in(&world, &provider, which, &ASHA).await).await, asha.id);
        let mails = told(&world, "asha@example.org").await;
        assert!(mails.len() == 1 && mails[0].contains("was linked to yours"), "{mails:?}");
        // Nothing that was hers before is taken away, and it happens once.
        asha.get("/api/auth/me").await.is(200);
        another_device(&world, "asha").await;
        signs_in(&world, &provider, which, &ASHA).await.access();
        assert_eq!(told(&world, "asha@example.org").await.len(), 0);
        bela.get("/api/auth/me").await.is(200);
        // Another account there with the same address is not the one that was linked.
        let second = Someone { subject: "2002", ..ASHA };
        signs_in(&world, &provider, which, &second).await.refuses(which, "already_connected");
        assert_eq!(accounts(&world).await, 2);
    }
}

/// Somebody registered with an address that is not theirs, linked an account of theirs to it, and waits.
async fn squatter<'w>(world: &'w World, provider: &Provider) -> Person<'w> {
    let squatter = world.person("asha").await;
    let mut browser = Browser::new(world);
    let answer = browser.get("/api/auth/github/connect", Some(&squatter.token)).await.is(200);
    let page = answer.data()["auth_url"].as_str().unwrap().to_owned();
    let code = provider.agrees(&page, &Someone { subject: "666", email: None, ..BELA });
    assert_eq!(browser.comes_back("github", &super::back(&page, &code)).await.path, "/profile");
    squatter
}

#[tokio::test]
async fn proof_of_an_address_evicts_whoever_registered_it_without_confirming_it() {
    let (world, provider) = stage().await;
    let squatter = squatter(&world, &provider).await;
    let bela = world.person("bela").await;
    world.run_jobs().await;
    let verify = world.mails().iter().find_map(|m| m.token("http://127.0.0.1:5000/verify-email")).unwrap();

    let landing = signs_in(&world, &provider, "google", &ASHA).await;
    assert_eq!(id_of(&world, &landing).await, squatter.id, "the address has one account");
    let mails = told(&world, "asha@example.org").await;
    assert!(mails.len() == 1 && mails[0].contains("address was confirmed"), "{mails:?}");

    squatter.get("/api/auth/me").await.fails(401, "invalid_token");
    refresh(&world, &squatter.refresh).await.fails(401, "invalid_refresh_token");
    let login = json!({ "email": "asha@example.org", "password": "Test123!" });
    world.post("/api/auth/login", login).await.fails(401, "invalid_credentials");
    let body = json!({ "token": verify });
    world.post("/api/auth/verify-email", body).await.fails(400, "invalid_token");
    let linked = Someone { subject: "666", email: None, ..BELA };
    signs_in(&world, &provider, "github", &linked).await.refuses("github", "no_email");
    let me = me(&world, landing.access()).await.is(200);
    assert_eq!((&me.data()["email_verified"], &me.data()["github_connected"]), (&json!(true), &json!(false)));
    bela.get("/api/auth/me").await.is(200);
}

#[tokio::test]
async fn an_address_that_the_provider_did_not_verify_is_nobody_s() {
    for which in BOTH {
        let (world, provider) = stage().await;
        let asha = world.person("asha").await;
        for (email, is_verified) in [(Some("asha@example.org"), false), (None, true), (Some("not an address"), true)] {
            let who = Someone { email, is_verified, ..ASHA };
            signs_in(&world, &provider, which, &who).await.refuses(which, "no_email");
        }
        assert_eq!(accounts(&world).await, 1);
        asha.get("/api/auth/me").await.is(200);
        another_device(&world, "asha").await;
        assert_eq!(world.scalar("select cast(count(*) as bigint) from identities").await, 0);
    }
}

#[tokio::test]
async fn an_address_that_only_looks_the_same_is_another_one() {
    // `ı` in upper case is `I`, so both have one folded form; whoever owns the one domain does not own the other.
    for which in BOTH {
        for (registered, said) in [("asha@exampıe.org", "asha@exampie.org"), ("asha@exampie.org", "asha@exampıe.org")]
        {
            for is_verified in [true, false] {
                let (world, provider) = stage().await;
                let new = json!({ "email": registered, "username": "asha", "password": "Test123!" });
                world.post("/api/auth/register", new).await.is(201);
                world.sql(sql!("update travelers set email_verified = $1").bind(is_verified)).await;
                let who = Someone { email: Some(said), ..ASHA };
                signs_in(&world, &provider, which, &who).await.refuses(which, "no_email");
                let login = json!({ "email": registered, "password": "Test123!" });
                world.post("/api/auth/login", login).await.is(200);
            }
        }
    }
}

#[tokio::test]
async fn a_disabled_account_stays_shut() {
    for which in BOTH {
        let (world, provider) = stage().await;
        signs_in(&world, &provider, which, &ASHA).await.access();
        world.person("bela").await;
        world.sql(sql!("update travelers set is_active = FALSE")).await;
        for who in [&ASHA, &BELA] {
            signs_in(&world, &provider, which, who).await.refuses(which, "account_disabled");
        }
        world.sql(sql!("update travelers set email_verified = TRUE")).await;
        signs_in(&world, &provider, which, &BELA).await.refuses(which, "account_disabled");
        assert_eq!(accounts(&world).await, 2);
    }
}

#[tokio::test]
async fn somebody_who_signs_in_twice_at_once_gets_one_account() {
    let (world, provider) = stage().await;
    for which in BOTH {
        let mut browsers: Vec<Browser<'_>> = (0..8).map(|_| Browser::new(&world)).collect();
        let all = browsers.iter_mut().map(|b| b.signs_in(&provider, which, &ASHA, ""));
        let landings = futures_util::future::join_all(all).await;
        for landing in &landings {
            me(&world, landing.access()).await.is(200);
        }
    }
    assert_eq!(accounts(&world).await, 1);
    assert_eq!(world.scalar("select cast(count(*) as bigint) from identities").await, 2);
}

#[tokio::test]
async fn what_is_not_configured_says_so() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for (which, name) in [("github", "GitHub"), ("google", "Google")] {
        for route in ["login", "login?code_challenge=x", "callback?code=a&state=b", "callback?error=access_denied"] {
            let answer = world.get(&format!("/api/auth/{which}/{route}")).await.fails(503, "not_configured");
            assert!(answer.message().contains(name) && answer.message().contains("CLIENT_ID"), "{}", answer.text);
            assert_eq!(answer.header("retry-after"), "", "waiting does not help");
        }
    }
    asha.get("/api/auth/github/connect").await.fails(503, "not_configured");
    world.get("/api/auth/github/connect").await.fails(401, "missing_token");
}

#[tokio::test]
async fn behind_https_the_cookie_is_the_host_s_own() {
    let uri = "https://api.tripit.example/api/auth/github/callback";
    let (world, provider) = stage_with(&[("PUBLIC_URL", "https://api.tripit.example")]).await;
    let mut browser = Browser::new(&world);
    let first = browser.get("/api/auth/github/login", None).await.is(302);
    let cookie = first.header("set-cookie");
    assert!(cookie.starts_with("__Host-oauth=") && cookie.contains("; Path=/;"), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure") && !cookie.contains("Domain"), "{cookie}");
    let page = first.header("location").to_owned();
    assert_eq!(query(&page)["redirect_uri"], uri);
    // One that another host of the site could have set is not looked at.
    let own = browser.cookie.clone();
    browser.cookie = own.replace("__Host-", "");
    let code = provider.agrees(&page, &ASHA);
    browser.comes_back("github", &super::back(&page, &code)).await.refuses("github", "invalid_state");
    browser.signs_in(&provider, "github", &ASHA, "").await.access();
}

#[tokio::test]
async fn one_comes_back_to_a_page_of_the_web_client_or_to_none() {
    let (world, provider) = stage().await;
    for good in ["/", "/itineraries?tab=map&page=2", "/u/asha#trips", "/search?q=S%C3%A3o"] {
        let wish = format!("?redirect={}", encode(good));
        let landing = Browser::new(&world).signs_in(&provider, "google", &ASHA, &wish).await;
        assert_eq!(landing.parameters["redirect"], good);
    }
    let long = format!("/{}", "a".repeat(200));
    let hostile = [
        "https://evil.example",
        "http://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/a//evil.example",
        "https:evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "evil.example",
        "@evil.example",
        ".evil.example",
        "?x=//evil.example",
        "#//evil.example",
        "/\r\nLocation: https://evil.example",
        "/\r\nSet-Cookie: oauth=evil",
        "/\u{0}",
        "/ evil",
        "/\u{2215}evil.example",
        "\u{ff0f}\u{ff0f}evil.example",
        "/\u{202e}",
        "",
        &long,
        "https://tripit.example.evil.example",
        "https://tripit.example@evil.example",
    ];
    for bad in hostile {
        if bad.contains('\0') {
            let answer = world.get(&format!("/api/auth/google/login?redirect={}", encode(bad))).await;
            answer.fails(400, "invalid_query");
            continue;
        }
        let wish = format!("?redirect={}", encode(bad));
        let mut browser = Browser::new(&world);
        let page = browser.leaves("google", &wish).await;
        assert!(page.starts_with(&format!("{}/auth?", provider.url)) && !page.contains("evil"), "{bad}: {page}");
        let code = provider.agrees(&page, &ASHA);
        let landing = browser.comes_back("google", &super::back(&page, &code)).await;
        landing.access();
        assert_eq!(landing.parameters.len(), 3, "{bad}: {landing:?}");
    }
}
