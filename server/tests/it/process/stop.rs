//! Stopping, and clients that are slow on purpose.

use super::{Place, Serving};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The first half of a request that publishes a trip, and the second.
fn upload(server: &Serving, token: &str, title: &str) -> (String, String) {
    let mut trip = crate::trip(title);
    trip["trip_journey"] = "a".repeat(10_000).into();
    let body = trip.to_string();
    let head = format!(
        "POST /api/itineraries HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        server.address,
        body.len()
    );
    let (first, second) = body.split_at(5_000);
    (head + first, second.to_owned())
}

/// What comes until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset after the answer is an end as well.
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_stop_finishes_what_was_begun() {
    let place = Place::new().await;
    let mut server = place.serve().await;
    let token = server.registers("asha").await;
    let (first, second) = upload(&server, &token, "Sent while it stopped");
    let mut slow = TcpStream::connect(&server.address).await.unwrap();
    slow.write_all(first.as_bytes()).await.unwrap();
    let idle = TcpStream::connect(&server.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;

    let begun = Instant::now();
    server.process.signal("TERM");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(TcpStream::connect(&server.address).await.is_err(), "nobody new is let in");
    slow.write_all(second.as_bytes()).await.unwrap();
    let answer = rest(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let status = server.process.ended(Duration::from_secs(15)).await;
    assert_eq!(status.code(), Some(0), "{}", server.process.err.text());
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    assert!(server.process.out.text().contains("stopping"), "{}", server.process.out.text());
    drop(idle);

    let server = place.serve().await;
    let (_, list) = server.get("/api/itineraries").await;
    assert_eq!(list["data"][0]["title"], "Sent while it stopped");
}

#[tokio::test]
async fn views_are_written_within_a_second_or_two_and_at_a_stop() {
    let place = Place::new().await.with("RATELIMIT_ENABLED", "false");
    let mut server = place.serve().await;
    let token = server.registers("asha").await;
    let path = format!("/api/itineraries/{}", server.publishes(&token, "Much looked at").await);
    let look = async |server: &Serving, session: usize| {
        let body = serde_json::json!({ "session_id": format!("session {session}") });
        let (status, answer) = server.post(&format!("{path}/view"), None, body).await;
        assert_eq!((status, &answer["data"]["is_new_view"]), (200, &true.into()), "{answer}");
    };
    let written = async || {
        let count = kernel::db::open("select cast(count(*) as bigint) from itinerary_views");
        place.db().read().await.unwrap().one::<i64>(count).await.unwrap()
    };
    look(&server, 0).await;
    let begun = Instant::now();
    while written().await != 1 {
        assert!(begun.elapsed() < Duration::from_secs(5), "a second has passed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for session in 1..=50 {
        look(&server, session).await;
    }
    server.process.signal("TERM");
    assert_eq!(server.process.ended(Duration::from_secs(15)).await.code(), Some(0), "{}", server.process.err.text());
    assert_eq!(written().await, 51);
    let server = place.serve().await;
    assert_eq!(server.get(&path).await.1["data"]["view_count"], 51);
}

#[tokio::test]
async fn a_client_that_stalls_does_not_hold_up_a_stop() {
    let place = Place::new().await;
    let mut server = place.serve().await;
    let token = server.registers("asha").await;
    let (first, _) = upload(&server, &token, "Never sent to its end");
    let mut stalled = TcpStream::connect(&server.address).await.unwrap();
    stalled.write_all(first.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.process.signal("TERM");
    let status = server.process.ended(Duration::from_secs(15)).await;
    assert_eq!(status.code(), Some(0), "{}", server.process.err.text());
    assert!(rest(&mut stalled).await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn an_idle_server_stops_at_once() {
    let place = Place::new().await;
    for signal in ["TERM", "INT"] {
        let mut server = place.serve().await;
        server.get("/api/itineraries").await; // its connection is kept for the next request
        let begun = Instant::now();
        server.process.signal(signal);
        assert_eq!(server.process.ended(Duration::from_secs(15)).await.code(), Some(0), "{signal}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{signal}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_worker_stops_when_told() {
    let place = Place::new().await;
    let mut worker = place.start(&["worker"]);
    let begun = Instant::now();
    while !worker.out.text().contains("working on jobs") {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", worker.err.text());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    worker.signal("TERM");
    assert_eq!(worker.ended(Duration::from_secs(15)).await.code(), Some(0));
}

#[tokio::test]
async fn a_connection_on_which_no_request_arrives_is_cut() {
    let place = Place::new().await;
    let server = place.serve().await;
    let sent: [&[u8]; 6] = [
        b"",
        b"GET /health HTTP/1.1\r\nhost: x\r\nx-half: ",
        b"GET",
        b"PRI * HTTP/2.0\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        // A whole request, and then the half of another one on the same connection.
        b"GET /health HTTP/1.1\r\nhost: x\r\n\r\nGET /health HTTP/1.1\r\nho",
    ];
    let cut = sent.map(|bytes| {
        let address = server.address.clone();
        async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            let begun = Instant::now();
            let mut read = Vec::new();
            let done = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut read)).await;
            (String::from_utf8_lossy(bytes).into_owned(), done.is_ok(), begun.elapsed())
        }
    });
    let open: Vec<_> = futures_util::future::join_all(cut).await.into_iter().filter(|(_, cut, _)| !cut).collect();
    assert!(open.is_empty(), "still open after 15 seconds: {open:?}");
    assert_eq!(server.get("/health").await.0, 200);
}

#[tokio::test]
async fn what_is_not_http_is_answered_with_an_end() {
    let place = Place::new().await;
    let server = place.serve().await;
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-many: y\r\n".repeat(200));
    let large = format!("GET / HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n", "a".repeat(100_000));
    let twice = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}";
    for (what, bytes) in [
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice()),
        ("nonsense", b"\0\0\0\0\r\n\r\n"),
        ("too many headers", many.as_bytes()),
        ("a header that is too large", large.as_bytes()),
        ("two lengths", twice.as_bytes()),
        ("a space in the address", b"GET /a b HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("a header without a name", b"GET / HTTP/1.1\r\n: x\r\n\r\n"),
    ] {
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        let _ = stream.write_all(bytes).await; // it may hang up before it has read everything
        let answer = rest(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{what}: {answer}");
    }
    assert_eq!(server.get("/health").await.0, 200);
}
