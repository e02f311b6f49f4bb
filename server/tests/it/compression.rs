//! Bodies travel compressed when the client says so and it pays.

use crate::{get, request, trip};
use axum::http::{Method, Request};
use bytes::Bytes;
use http_body_util::BodyExt;
use std::io::Read;
use testkit::World;
use tower::ServiceExt;

/// The encoding and the bytes of an answer.
async fn fetched(world: &World, request: Request<axum::body::Body>) -> (String, Bytes, String) {
    let response = world.router().oneshot(request).await.unwrap();
    let text = |name| response.headers().get(name).map_or(String::new(), |v| v.to_str().unwrap().to_owned());
    let (encoding, tag) = (text("content-encoding"), text("etag"));
    let vary: Vec<&str> = response.headers().get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
    assert!(encoding.is_empty() || vary.join(",").to_lowercase().contains("accept-encoding"), "{vary:?}");
    (encoding, response.into_body().collect().await.unwrap().to_bytes(), tag)
}

fn unpacked(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain),
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut plain),
        "zstd" => zstd::stream::read::Decoder::new(bytes).and_then(|mut d| d.read_to_end(&mut plain)),
        _ => bytes.to_owned().as_slice().read_to_end(&mut plain),
    }
    .unwrap();
    plain
}

#[tokio::test]
async fn large_bodies_are_compressed_as_the_client_likes() {
    let world = World::new().await;
    let asha = world.person("asha").await;
    for title in ["Three days in Tokyo", "Four days in Tokyo", "Five days in Tokyo"] {
        asha.publishes(trip(title)).await;
    }
    for path in ["/api/itineraries", "/openapi.json"] {
        let (encoding, plain, tag) = fetched(&world, get(path)).await;
        assert_eq!(encoding, "", "{path}");
        assert!(plain.len() > 1024);
        for (accepted, expected) in [
            ("gzip", "gzip"),
            ("br", "br"),
            ("zstd", "zstd"),
            ("gzip;q=0.5, br;q=1.0", "br"),
            ("br;q=0, gzip", "gzip"),
            ("GZIP", "gzip"),
            ("identity", ""),
            ("gzip;q=0", ""),
            ("lzma, compress", ""),
            ("", ""),
        ] {
            let asked = request(Method::GET, path, &[("accept-encoding", accepted)], "");
            let (encoding, bytes, same) = fetched(&world, asked).await;
            assert_eq!(encoding, expected, "{path}: {accepted}");
            assert_eq!(unpacked(&encoding, &bytes), plain, "{path}: {accepted}");
            assert_eq!(same, tag, "{path}: one body, one weak tag");
            assert!(expected.is_empty() || bytes.len() * 2 < plain.len(), "{path}: {accepted}: {} bytes", bytes.len());
        }
    }
}

#[tokio::test]
async fn small_bodies_and_errors_are_not_compressed() {
    let world = World::new().await;
    for path in ["/health", "/", "/nowhere", "/api/itineraries"] {
        let (encoding, bytes, _) =
            fetched(&world, request(Method::GET, path, &[("accept-encoding", "gzip, br")], "")).await;
        assert!(bytes.len() < 1024);
        assert_eq!(encoding, "", "{path}");
    }
}
