//! Every limit, reached.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::shop;
use super::support::{Service, publish};

fn shop_with(change: impl FnOnce(&mut crate::ServeSettings)) -> Service {
    let service = Service::start(change);
    publish(service.store.path(), &shop::models(|_| {}));
    service.wait_until("it is ready", |ready| ready.status == 200);
    service
}

/// What a connection hears until it is closed.
fn hear(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
    let mut heard = Vec::new();
    // A reset is an end as well.
    let _ = stream.read_to_end(&mut heard);
    String::from_utf8(heard).expect("text")
}

fn half_a_request(service: &Service) -> TcpStream {
    let mut stream = TcpStream::connect(service.address).expect("connected");
    stream
        .write_all(b"POST /v1/recommend HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{")
        .expect("written");
    stream
}

#[test]
fn one_request_too_many_is_told_at_once() {
    let service = shop_with(|settings| {
        settings.max_concurrent = 1;
        settings.request_timeout = Duration::from_millis(500);
    });
    let mut first = half_a_request(&service);
    std::thread::sleep(Duration::from_millis(100));
    let answer = service.post("{}");
    assert_eq!((answer.status, answer.header("retry-after")), (429, "1"), "{answer:?}");
    assert_eq!(answer.json()["code"], "overloaded");
    assert_eq!(
        (service.get("/healthz").status, service.get("/readyz").status),
        (200, 200),
        "health has no limit"
    );
    // The first never sends the rest; its place is free again.
    let heard = hear(&mut first);
    assert!(heard.starts_with("HTTP/1.1 408") && heard.contains("request_timeout"), "{heard}");
    assert_eq!(service.post("{}").status, 200);
}

#[test]
fn the_silent_and_the_slow_are_closed() {
    let service = shop_with(|settings| {
        settings.header_timeout = Duration::from_millis(150);
        settings.idle_timeout = Duration::from_millis(300);
    });
    let started = Instant::now();
    let mut silent = TcpStream::connect(service.address).expect("connected");
    let mut half = TcpStream::connect(service.address).expect("connected");
    half.write_all(b"GET /healthz HT").expect("written");
    let mut idle = TcpStream::connect(service.address).expect("connected");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").expect("written");
    assert_eq!((hear(&mut silent), hear(&mut half)), (String::new(), String::new()));
    assert!(hear(&mut idle).starts_with("HTTP/1.1 200"));
    assert!(Duration::from_millis(140) < started.elapsed() && started.elapsed() < Duration::from_secs(4));
    assert_eq!(service.get("/healthz").status, 200);
}

/// A connection that goes on asking lives longer than either timeout.
#[test]
fn the_busy_are_not_closed() {
    let service = shop_with(|settings| {
        settings.header_timeout = Duration::from_millis(150);
        settings.idle_timeout = Duration::from_millis(400);
    });
    let mut stream = TcpStream::connect(service.address).expect("connected");
    let mut buffer = [0; 1024];
    for _ in 0..12 {
        std::thread::sleep(Duration::from_millis(60));
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").expect("open");
        let n_bytes = stream.read(&mut buffer).expect("open");
        assert!(buffer[..n_bytes].starts_with(b"HTTP/1.1 200"));
    }
}

#[test]
fn headers_have_their_limits() {
    let service = Service::start(|_| {});
    for headers in ["a: b\r\n".repeat(100), format!("a: {}\r\n", "b".repeat(60_000))] {
        let mut stream = TcpStream::connect(service.address).expect("connected");
        // The service may hang up before all of it is sent.
        let _ = write!(stream, "GET /healthz HTTP/1.1\r\nhost: a\r\n{headers}\r\n");
        let heard = hear(&mut stream);
        assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 431"), "{heard}");
    }
    assert_eq!(service.get("/healthz").status, 200);
}

#[test]
fn a_body_over_the_limit_is_told_so_however_it_comes() {
    let service = shop_with(|_| {});
    for n_bytes in [16 * 1024 + 1, 100_000] {
        assert_eq!(service.post(" ".repeat(n_bytes)).status, 413, "{n_bytes}");
    }
    let mut huge = TcpStream::connect(service.address).expect("connected");
    huge.write_all(b"POST /v1/recommend HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999\r\n\r\n{")
        .expect("written");
    assert!(hear(&mut huge).starts_with("HTTP/1.1 413"));
    let mut chunked = TcpStream::connect(service.address).expect("connected");
    chunked
        .write_all(b"POST /v1/recommend HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        .expect("written");
    for piece in ["{\"n\"", ": 1, ", "\"items\": [\"machine\"]}"] {
        std::thread::sleep(Duration::from_millis(10));
        write!(chunked, "{:x}\r\n{piece}\r\n", piece.len()).expect("written");
    }
    chunked.write_all(b"0\r\n\r\n").expect("written");
    let mut buffer = [0; 4096];
    let n_bytes = chunked.read(&mut buffer).expect("an answer");
    assert!(buffer[..n_bytes].starts_with(b"HTTP/1.1 200"), "a body in pieces is put together");
}

#[test]
fn one_connection_too_many_is_turned_away() {
    let service = Service::start(|settings| settings.max_connections = 2);
    let held: Vec<TcpStream> =
        (0..2).map(|_| TcpStream::connect(service.address).expect("connected")).collect();
    std::thread::sleep(Duration::from_millis(100));
    let mut third = TcpStream::connect(service.address).expect("connected");
    let heard = hear(&mut third);
    let (head, body) = heard.split_once("\r\n\r\n").expect("an answer");
    assert!(
        head.starts_with("HTTP/1.1 503") && head.contains(&format!("content-length: {}", body.len())),
        "{heard}"
    );
    let json: serde_json::Value = serde_json::from_str(body).expect("the one shape");
    assert_eq!(json["code"], "too_many_connections");
    drop(held);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(service.get("/healthz").status, 200);
}
