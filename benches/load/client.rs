//! A load client: HTTP/1.1 over connections that stay open, one request at a time on each. It reads lengths and
//! nothing else, so that the machine's time goes to the server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The bytes of a POST with a JSON body.
pub fn post(host: &str, path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAccept: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The same request with an access token.
pub fn with_token(request: &[u8], token: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(request);
    text.replacen("\r\n", &format!("\r\nAuthorization: Bearer {token}\r\n"), 1).into_bytes()
}

/// The bytes of a GET.
pub fn get(host: &str, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n\r\n").into_bytes()
}

/// The entity tag of the answer to a GET.
pub async fn tag(host: &str, request: &[u8]) -> String {
    let mut connection = Connection::open(host).await;
    let head = connection.ask(request).await;
    let text = String::from_utf8_lossy(&connection.buffer[..head]).into_owned();
    let field =
        text.lines().filter_map(|line| line.split_once(": ")).find(|(name, _)| name.eq_ignore_ascii_case("etag"));
    field.map(|(_, tag)| tag.to_owned()).expect("an entity tag")
}

/// A GET by who holds the answer with this tag.
pub fn get_held(host: &str, path: &str, tag: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nIf-None-Match: {tag}\r\n\r\n").into_bytes()
}

/// Whether the answer to a request, on a connection of its own, is 200.
pub async fn is_well(host: &str, request: &[u8]) -> bool {
    let mut connection = Connection::open(host).await;
    connection.stream.write_all(request).await.expect("the server reads");
    connection.stream.read_buf(&mut connection.buffer).await.expect("the server answers");
    connection.buffer.starts_with(b"HTTP/1.1 200")
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(host: &str) -> Connection {
        let stream = TcpStream::connect(host).await.expect("the server accepts");
        stream.set_nodelay(true).expect("an option");
        Connection { stream, buffer: Vec::with_capacity(1 << 18) }
    }

    /// Sends a request and reads the answer into the buffer; gives where its body begins.
    async fn ask(&mut self, request: &[u8]) -> usize {
        self.stream.write_all(request).await.expect("the server reads");
        self.buffer.clear();
        let (mut head, mut whole) = (0, usize::MAX);
        while self.buffer.len() < whole {
            let read = self.stream.read_buf(&mut self.buffer).await.expect("the server answers");
            assert!(read > 0, "the server closed the connection: {}", String::from_utf8_lossy(&self.buffer));
            if head == 0
                && let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n")
            {
                head = at + 4;
                whole = head + length(&self.buffer[..head]);
            }
        }
        let well = self.buffer.starts_with(b"HTTP/1.1 20") || self.buffer.starts_with(b"HTTP/1.1 304");
        assert!(well, "{}", String::from_utf8_lossy(&self.buffer));
        head
    }
}

/// `Content-Length` of a head.
fn length(head: &[u8]) -> usize {
    // It has no body, whatever length it names.
    if head.starts_with(b"HTTP/1.1 304") {
        return 0;
    }
    let text = String::from_utf8_lossy(head);
    let field = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    field
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or_else(|| panic!("an answer without a length: {text}"))
}

/// Asks once; gives the body.
pub async fn ask(host: &str, request: &[u8]) -> Vec<u8> {
    let mut connection = Connection::open(host).await;
    let head = connection.ask(request).await;
    connection.buffer.split_off(head)
}

/// Load on one server, and what was measured.
pub struct Load {
    host: String,
    requests: Arc<Vec<Vec<u8>>>,
    connections: usize,
    /// Requests a second, of each run.
    pub rates: Vec<f64>,
    /// Milliseconds of each request.
    pub latencies: Vec<f64>,
}

impl Load {
    /// Load of these requests in turn, on this many connections.
    pub fn new(host: &str, requests: Vec<Vec<u8>>, connections: usize) -> Load {
        let requests = Arc::new(requests);
        Load { host: host.to_owned(), requests, connections, rates: Vec::new(), latencies: Vec::new() }
    }

    /// Asks for this long.
    pub async fn run(&mut self, time: Duration) {
        let mut tasks = Vec::new();
        let began = Instant::now();
        for n in 0..self.connections {
            let (host, requests) = (self.host.clone(), self.requests.clone());
            let from = n * requests.len() / self.connections;
            tasks.push(tokio::spawn(async move {
                let mut connection = Connection::open(&host).await;
                let mut took = Vec::new();
                for request in requests.iter().cycle().skip(from) {
                    let asked = Instant::now();
                    if asked - began >= time {
                        break;
                    }
                    connection.ask(request).await;
                    took.push(asked.elapsed().as_secs_f64() * 1_000.0);
                }
                took
            }));
        }
        let mut done = 0;
        for task in tasks {
            let took = task.await.expect("a client");
            done += took.len();
            self.latencies.extend(took);
        }
        self.rates.push(done as f64 / began.elapsed().as_secs_f64());
    }

    /// The latency below which this part of the requests was answered, in milliseconds.
    pub fn latency(&mut self, part: f64) -> f64 {
        self.latencies.sort_by(f64::total_cmp);
        let at = ((self.latencies.len() as f64 * part) as usize).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).copied().unwrap_or(f64::NAN)
    }
}

/// The middle one.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
