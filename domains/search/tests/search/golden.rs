//! Searches whose answers are known. Both engines give them.

use crate::{and, finds, trip};
use serde_json::Value;
use testkit::{World, json};

fn trips() -> Vec<Value> {
    let tags = |tags: &[&str]| json!({ "activity_tags": tags });
    vec![
        trip("Kyoto temples on foot", "Kyoto, Japan", "Moss gardens before the crowds."),
        trip("Tea and rain", "Uji, Kyōto", "Green hills and old bridges."),
        trip("Kansai by rail", "Osaka, Japan", "Two days in Kyoto, three in Osaka, noodles everywhere."),
        and(trip("Slow weekend", "Nara, Japan", "Deer at dawn."), tags(&["temples", "kyoto-side-trip"])),
        trip("Trams and tiles", "Lisbon, Portugal", "Fado in the evening, custard tarts all day."),
        trip("Lisboa com calma", "Lisboa, Portugal", "Miradouros e pastéis de nata."),
        trip("Ring road in winter", "Reykjavík, Iceland", "Northern lights over black sand."),
        trip("Fjords without a car", "Ålesund, Norway", "Ferries and funiculars."),
        trip("Murals of the old mills", "Łódź, Poland", "Brick, paint and a very long street."),
        trip("Straßen und Tempel", "München, Deutschland", "Ein langer Spaziergang."),
        and(
            trip("Everest base camp", "Khumbu, Nepal", "Twelve days up, four days down."),
            json!({ "activity_tags": ["trekking", "Tea-House"], "country": "Nepal", "regions": ["Sagarmatha"] }),
        ),
        trip("Markets of Marrakech", "Marrakech, Morocco", "Spices, leather, mint tea."),
        trip("Surf and rice", "Bali, Indonesia", "Sunrise sessions."),
        trip("River and desert", "Timbuktu, Mali", "A boat to the edge of the sand."),
        trip("京都の秋の旅", "京都市", "古い寺と紅葉。"),
        trip("Белые ночи", "Санкт-Петербург, Россия", "Мосты и каналы."),
        trip("हिमालय की यात्रा", "मनाली, भारत", "पहाड़ और नदी"),
        trip("Islands by ferry", "Αθήνα, Ελλάδα", "Από νησί σε νησί."),
        trip("Hawker food tour", "Singapore", "Laksa, satay, 100% chili."),
        trip("1000 lamps", "Varanasi, India", "Evening by the river."),
        trip("San Francisco hills", "San Francisco, USA", "Cable cars and fog."),
        trip("Saint Martin beaches", "Saint-Martin", "Two flags, one island."),
        trip("กรุงเทพยามค่ำ", "กรุงเทพมหานคร", "อาหารริมทาง"),
        trip("Ten days of everything", "Tokyo, Japan", "Kyoto Kyoto Kyoto Kyoto Kyoto, and trains between."),
    ]
}

#[tokio::test]
async fn searches_find_what_they_should_and_nothing_else() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for trip in trips() {
        asha.publishes(trip).await;
    }
    let lisbon = ["Trams and tiles"];
    // A search, all that it finds, in this order.
    let golden: &[(&str, &[&str])] = &[
        // title before place before tag before description
        (
            "kyoto",
            &["Kyoto temples on foot", "Tea and rain", "Slow weekend", "Ten days of everything", "Kansai by rail"],
        ),
        ("temples", &["Kyoto temples on foot", "Slow weekend"]),
        ("tea", &["Tea and rain", "Everest base camp", "Markets of Marrakech"]),
        ("osaka", &["Kansai by rail"]),
        ("nepal", &["Everest base camp"]),
        ("sagarmatha", &["Everest base camp"]),
        ("trekking", &["Everest base camp"]),
        // several words, in any order, anywhere
        ("kyoto temples", &["Kyoto temples on foot", "Slow weekend"]),
        ("temples KYOTO", &["Kyoto temples on foot", "Slow weekend"]),
        ("noodles osaka", &["Kansai by rail"]),
        ("san francisco", &["San Francisco hills"]),
        ("saint martin", &["Saint Martin beaches"]),
        ("saint-martin", &["Saint Martin beaches"]),
        ("kyoto atlantis", &[]),
        // beginnings of words, and no other part of them
        (
            "kyot",
            &["Kyoto temples on foot", "Tea and rain", "Slow weekend", "Ten days of everything", "Kansai by rail"],
        ),
        ("temp", &["Straßen und Tempel", "Kyoto temples on foot", "Slow weekend"]),
        ("fjo", &["Fjords without a car"]),
        ("ky", &["Kyoto temples on foot", "Tea and rain", "Slow weekend", "Ten days of everything", "Kansai by rail"]),
        ("empl", &[]),
        // accents and case
        ("KYŌTO tea", &["Tea and rain"]),
        ("alesund", &["Fjords without a car"]),
        ("ÅLESUND", &["Fjords without a car"]),
        ("lodz", &["Murals of the old mills"]),
        ("strassen", &["Straßen und Tempel"]),
        ("munchen", &["Straßen und Tempel"]),
        ("reykjavik", &["Ring road in winter"]),
        ("pasteis", &["Lisboa com calma"]),
        // misspelt places
        ("kyotto", &["Kyoto temples on foot", "Tea and rain", "Slow weekend"]),
        ("kyoot", &["Kyoto temples on foot", "Tea and rain", "Slow weekend"]),
        ("kyotto rain", &["Tea and rain"]),
        ("kyotto temples", &["Kyoto temples on foot", "Slow weekend"]),
        ("lisbn", &lisbon),
        ("lisbonn fado", &lisbon),
        ("reykjavk", &["Ring road in winter"]),
        ("rekjavik winter", &["Ring road in winter"]),
        ("yoto", &["Kyoto temples on foot", "Tea and rain", "Slow weekend"]),
        ("alesnud", &["Fjords without a car"]),
        ("marakesh", &["Markets of Marrakech"]),
        ("marrakesh", &["Markets of Marrakech"]),
        ("singapur", &["Hawker food tour"]),
        ("indonezia", &["Surf and rice"]),
        ("san fransisco", &["San Francisco hills"]),
        ("norwey ferries", &["Fjords without a car"]),
        // what is spelt right is not taken for its neighbour
        ("bali", &["Surf and rice"]),
        ("mali", &["River and desert"]),
        // unless both are asked for and no trip has both
        ("bali mali", &["River and desert", "Surf and rice"]),
        // other scripts
        ("京都", &["京都の秋の旅"]),
        ("旅", &["京都の秋の旅"]),
        ("紅葉", &["京都の秋の旅"]),
        ("都京", &[]),
        ("ночи", &["Белые ночи"]),
        ("санкт петербург", &["Белые ночи"]),
        ("петербрг", &["Белые ночи"]),
        ("यात्रा", &["हिमालय की यात्रा"]),
        ("मनाली", &["हिमालय की यात्रा"]),
        ("αθηνα", &["Islands by ferry"]),
        ("กรุงเทพ", &["กรุงเทพยามค่ำ"]),
        // digits
        ("1000", &["1000 lamps"]),
        ("100%", &["1000 lamps", "Hawker food tour"]),
        // nonsense, wildcards, operators, nothing
        ("xyzzyplugh", &[]),
        ("qqqq", &[]),
        ("%", &[]),
        ("%%", &[]),
        ("k%o", &[]),
        ("_____", &[]),
        ("*", &[]),
        (
            "kyoto*",
            &["Kyoto temples on foot", "Tea and rain", "Slow weekend", "Ten days of everything", "Kansai by rail"],
        ),
        (
            "\"kyoto",
            &["Kyoto temples on foot", "Tea and rain", "Slow weekend", "Ten days of everything", "Kansai by rail"],
        ),
        ("kyoto' OR 1=1 --", &[]),
        ("rice | desert", &[]),
        ("rice & !desert", &[]),
        ("title:kyoto", &[]),
        ("(((", &[]),
        ("\\", &[]),
        ("🏔", &[]),
        ("", &[]),
        ("   ", &[]),
    ];
    let mut wrong = Vec::new();
    for (search, expected) in golden {
        let found = finds(&world, &asha, search).await;
        if found != *expected {
            wrong.push(format!("{search}\n  finds   {found:?}\n  and not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn hostile_searches_do_no_harm() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    asha.publishes(trip("Kyoto on foot", "Kyoto", "")).await;
    for search in [
        "NEAR(a b)",
        "a:*",
        "'a':*A",
        "kyoto <-> foot",
        "kyoto AND",
        "OR",
        "NOT",
        "^kyoto",
        "{title}: kyoto",
        "+",
        "-kyoto",
        "\u{202e}kyoto",
        "\u{e000}kyoto",
        "\u{e001}",
        "kyoto\t\n",
        "a\u{301}\u{301}\u{301}",
        "🅐🅑",
        "\u{1e900}\u{1e901}",
        "ﷺ",
        "ⓀⓎⓄⓉⓄ",
        "½ ² Ⅷ",
        "\u{10ffff}",
        "\u{feff}kyoto",
    ] {
        finds(&world, &asha, search).await;
    }
    finds(&world, &asha, &"k ".repeat(200)).await;
    finds(&world, &asha, &"kyotokyoto".repeat(40)).await;
    let long = world.get(&format!("/api/search?q={}", "x".repeat(501))).await.fails(400, "validation_failed");
    assert_eq!(long.message(), "q: must have at most 500 bytes");
    world.get("/api/search?q=a&q=b").await.fails(400, "validation_failed");
    world.get("/api/search").await.is(200);
    // Titles of such signs are indexed and found without an error.
    for (n, title) in
        ["🅐🅑 \u{1e900}\u{1e901} ½", "NOT OR AND", "'a':*A & b | !c", "\u{e000}x \u{e001}y"].iter().enumerate()
    {
        asha.publishes(trip(&format!("Trip number {n} {title}"), title, title)).await;
    }
    assert_eq!(finds(&world, &asha, "not or and").await, ["Trip number 1 NOT OR AND"]);
    assert_eq!(finds(&world, &asha, "🅐🅑").await, ["Trip number 0 🅐🅑 \u{1e900}\u{1e901} ½"]);
}
