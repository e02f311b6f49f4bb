//! The links of mails, followed in a browser that knows nothing but this server.

use crate::{ALERT, CONFIRM, asked, consents, has_agreed, names};
use serde_json::Value;
use testkit::{Answer, Person, World, json};

/// Where this server says that it is, when nothing else is set.
const ROOT: &str = "http://127.0.0.1:5000";
const CONTACT_PAGE: &str = "/emergency-contact";
const ALERT_PAGE: &str = "/emergency-alert";

/// The token of the latest mail to this contact with a link to this page of ours.
fn mailed_token(world: &World, name: &str, page: &str) -> String {
    let to = format!("{name}@contact.example");
    let link = format!("{ROOT}{page}");
    world.mails().iter().rev().filter(|m| m.to() == to).find_map(|m| m.token(&link)).unwrap()
}

async fn show(world: &World, page: &str, token: &str) -> Answer {
    world.get(&format!("{page}?token={}", testkit::form_encoded(token))).await
}

/// What the sender sees of one contact.
async fn status(person: &Person<'_>, call: &str, name: &str) -> Value {
    let alert = person.get(&format!("{ALERT}/{call}")).await.is(200);
    let contacts = alert.data()["contacts"].as_array().unwrap();
    contacts.iter().find(|c| c["name"] == name).unwrap()["status"].clone()
}

#[tokio::test]
async fn a_contact_answers_by_the_page_of_the_mailed_link() {
    let world = World::new().await;
    let (asha, bela) = (world.person("asha").await, world.person("bela").await);
    names(&asha, &["mira", "noor"]).await;
    names(&bela, &["mira"]).await;
    world.run_jobs().await;
    let token = mailed_token(&world, "noor", CONTACT_PAGE);
    for _ in 0..2 {
        let page = show(&world, CONTACT_PAGE, &token).await.is_page(200);
        assert!(page.text.contains("asha asks to name you as an emergency contact"), "{}", page.text);
        assert!(page.text.contains(&format!("name=\"token\" value=\"{token}\"")), "{}", page.text);
        assert!(page.text.contains("<form method=\"post\" action=\"emergency-contact\">"), "{}", page.text);
    }
    assert_eq!(consents(&asha).await, ["pending", "pending"], "a program that opens links agrees to nothing");
    for (agree, state, said) in [
        ("true", "agreed", "You agreed: you get a mail when they call for help."),
        ("true", "agreed", "You agreed: you get a mail when they call for help."),
        ("false", "declined", "You declined: you are told of nothing, and not asked again."),
        ("true", "agreed", "You agreed: you get a mail when they call for help."),
    ] {
        let done = world.submit(CONTACT_PAGE, &[("token", &token), ("agree", agree)]).await.is_page(200);
        assert!(done.text.contains(said) && !done.text.contains("asha"), "{}", done.text);
        assert_eq!(consents(&asha).await, ["pending", state]);
    }
    let page = show(&world, CONTACT_PAGE, &token).await.is_page(200);
    assert!(page.text.contains("You are an emergency contact of asha"), "{}", page.text);
    assert_eq!(consents(&bela).await, ["pending"]);
    // The same link serves a client with pages of its own.
    assert_eq!(world.get(&format!("{CONFIRM}?token={token}")).await.is(200).data()["state"], "agreed");
}

#[tokio::test]
async fn a_link_that_does_not_count_is_a_page_that_tells_nothing() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    asha.post(ALERT, json!({ "message": "help" })).await.is(201);
    world.run_jobs().await;
    let (contact, alert) = (asked(&world, "mira"), mailed_token(&world, "mira", ALERT_PAGE));
    names(&asha, &["noor"]).await;
    let made_up = "mX0c1kq2m3n4o5p6q7r8s9t0u1v2w3x4y5z6A7B8C9D";
    // Whoever is off the list still hears how the call goes on to which they were called.
    for (page, bad) in [(CONTACT_PAGE, [&contact, &alert].as_slice()), (ALERT_PAGE, &[&contact])] {
        let mut told = Vec::new();
        for token in bad.iter().map(|bad| bad.as_str()).chain([made_up, "\"><b>x</b>"]) {
            for answer in
                [show(&world, page, token).await, world.submit(page, &[("token", token), ("agree", "true")]).await]
            {
                let answer = answer.is_page(400);
                assert!(!answer.text.contains(token), "{}", answer.text);
                told.push(answer.text.replace(answer.header("x-request-id"), ""));
            }
        }
        assert!(told.iter().all(|text| *text == told[0]), "{told:?}");
        assert!(told[0].contains("This link is not valid or no longer valid"), "{}", told[0]);
        assert!(!told[0].contains("asha") && !told[0].contains("<form"), "{}", told[0]);
        for incomplete in [world.get(page).await, world.submit(page, &[("agree", "true")]).await] {
            let text = incomplete.is_page(400).text;
            assert!(text.contains("open the link of the mail again"), "{text}");
        }
    }
    let unsaid = world.submit(CONTACT_PAGE, &[("token", &asked(&world, "noor"))]).await.is_page(400);
    assert!(unsaid.text.contains("agree: is required"), "{}", unsaid.text);
    assert_eq!(consents(&asha).await, ["agreed"]);
}

#[tokio::test]
async fn who_was_called_says_by_the_page_that_they_have_seen_it() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    has_agreed(&world, &asha, &["mira", "noor"]).await;
    let made = asha.post(ALERT, json!({ "location": "Gate 3", "message": "Somebody follows me" })).await.is(201);
    let call = made.data()["id"].as_str().unwrap().to_owned();
    world.run_jobs().await;
    let token = mailed_token(&world, "noor", ALERT_PAGE);
    for _ in 0..2 {
        let page = show(&world, ALERT_PAGE, &token).await.is_page(200);
        assert!(page.text.contains("asha called for help at 2026-11-23 09:30 UTC"), "{}", page.text);
        // What the mail says and the operation does not is not on the page either: whoever has the link only has the link.
        assert!(!page.text.contains("Gate 3") && !page.text.contains("follows"), "{}", page.text);
    }
    assert_eq!(status(&asha, &call, "noor").await, "sent", "opening the link says nothing");
    for _ in 0..2 {
        let done = world.submit(ALERT_PAGE, &[("token", &token)]).await.is_page(200);
        assert!(done.text.contains("Thank you: they see that you have seen it"), "{}", done.text);
        assert_eq!(status(&asha, &call, "noor").await, "acknowledged");
    }
    assert_eq!(status(&asha, &call, "mira").await, "sent");
    asha.post(&format!("{ALERT}/{call}/close"), json!({})).await.is(200);
    let over = show(&world, ALERT_PAGE, &token).await.is_page(200);
    assert!(over.text.contains("It is over: asha closed it."), "{}", over.text);
    // The mail of the call leads to the page of the contact as well, where one takes the consent back.
    let contact = mailed_token(&world, "noor", CONTACT_PAGE);
    world.submit(CONTACT_PAGE, &[("token", &contact), ("agree", "false")]).await.is_page(200);
    assert_eq!(consents(&asha).await, ["agreed", "declined"]);
}

#[tokio::test]
async fn a_name_is_text_on_a_page() {
    let world = World::new().await;
    let body = json!({
        "email": "eve@example.org", "username": "eve_x", "password": "Test123!", "display_name": "<b>x</b> O'Hara & \"so\"",
    });
    let eve = Person::signed_in(&world, &world.post("/api/auth/register", body).await.is(201));
    names(&eve, &["mira"]).await;
    world.run_jobs().await;
    let page = show(&world, CONTACT_PAGE, &mailed_token(&world, "mira", CONTACT_PAGE)).await.is_page(200);
    assert!(page.text.contains("b x b O&#x27;Hara asks to name you"), "{}", page.text);
    assert!(!page.text.contains("<b>"), "{}", page.text);
}
