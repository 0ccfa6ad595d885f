//! A collector as bytes on a socket: it answers half, late, wrongly, never, or with a reset, and remembers what it was
//! sent. The library servers cannot do that; they are too well-behaved.

use std::collections::VecDeque;
use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::ledger::{self, Batch, Ledger, Seen};

/// How one request is met. What begins with `Keep` has stored the batch before it goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conduct {
    Keep,
    /// Nothing is stored; this status with these headers.
    Say(u16, Vec<(&'static str, String)>),
    /// The connection is reset as soon as its first byte is there.
    ResetAtOnce,
    /// So many bytes of the request are read, then the connection is reset.
    ResetAfter(usize),
    /// Everything is read, nothing is said, the connection ends in order.
    CloseSilently,
    KeepThenReset,
    /// The same for a batch with scans in it; any other is kept and said to be.
    KeepThenResetScans,
    /// The status line breaks off.
    KeepThenHalfHead,
    /// The head promises more than comes.
    KeepThenHalfBody,
    /// A chunked answer without its last chunk.
    KeepThenNoEnd,
    /// Not one byte is ever answered.
    KeepThenHang,
    /// The head comes, its body never.
    KeepThenHalfHang,
    /// One byte of an answer that would be right after each pause.
    KeepThenDrip(Duration),
    /// An answer that goes on for ever.
    KeepEndless,
    /// What comes is not HTTP.
    Nonsense,
}

/// What is asked of every request, whatever else is to happen.
#[derive(Debug, Default)]
pub struct Taste {
    /// A larger batch is answered with 413.
    pub events_max: Option<usize>,
    /// A batch that holds an event with this text in it is answered with this status.
    pub poison: Option<(String, u16)>,
    /// Who does not say this token is answered with this status.
    pub token: Option<(String, u16)>,
}

#[derive(Default)]
pub struct State {
    pub ledger: Ledger,
    pub taste: Taste,
    script: VecDeque<Conduct>,
    /// How a request is met that the script says nothing about; kept, if this says nothing either.
    pub usual: Option<Conduct>,
    /// Bytes of requests as they came, compressed.
    pub bytes_in: u64,
    /// Connections that ended without a byte: somebody knocked.
    pub knocks: u64,
}

/// A running collector.
pub struct Collector {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    open: Option<CancellationToken>,
    runtime: Runtime,
}

impl Collector {
    pub fn start(address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut it = Self { address, state: Arc::default(), open: None, runtime };
        it.come_back();
        it
    }

    /// Nobody listens any more, and every connection is reset.
    pub fn go_away(&mut self) {
        if let Some(open) = self.open.take() {
            open.cancel();
            // The port is free when the listener's task has ended.
            while std::net::TcpStream::connect(self.address).is_ok() {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    pub fn come_back(&mut self) {
        if self.open.is_some() {
            return;
        }
        let open = CancellationToken::new();
        let (state, closed, address) = (self.state.clone(), open.clone(), self.address);
        let listener = self.runtime.block_on(TcpListener::bind(address)).unwrap();
        self.runtime.spawn(async move {
            while let Some(Ok((stream, _))) = closed.run_until_cancelled(listener.accept()).await {
                tokio::spawn(serve(stream, state.clone(), closed.clone()));
            }
        });
        self.open = Some(open);
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The next requests are met like this, one each, and then as ever.
    pub fn meet_next(&self, conducts: impl IntoIterator<Item = Conduct>) {
        self.state().script.extend(conducts);
    }

    /// Waits until everything in the script has been met.
    pub fn wait_met(&self, patience: Duration) -> bool {
        wait(patience, || self.state().script.is_empty())
    }

    pub fn wait_for(&self, events: usize, patience: Duration) -> bool {
        wait(patience, || self.state().ledger.count() >= events)
    }
}

/// Whether it comes true within the time.
pub fn wait(patience: Duration, mut fits: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !fits() {
        if begun.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>, closed: CancellationToken) {
    let talk = async {
        let mut inbox = Vec::new();
        while let Some(true) = exchange(&mut stream, &mut inbox, &state).await {}
    };
    let away = closed.run_until_cancelled(talk).await.is_none();
    if away {
        let _gone = stream.set_zero_linger();
    }
}

/// One request and what becomes of it; whether the connection goes on. None where the other end is gone.
async fn exchange(stream: &mut TcpStream, inbox: &mut Vec<u8>, state: &Mutex<State>) -> Option<bool> {
    if inbox.is_empty() && more(stream, inbox).await.is_none() {
        state.lock().unwrap().knocks += 1;
        return None;
    }
    let conduct = {
        let mut state = state.lock().unwrap();
        let usual = state.usual.clone();
        state.script.pop_front().or(usual).unwrap_or(Conduct::Keep)
    };
    match conduct {
        Conduct::ResetAtOnce => return reset(stream),
        Conduct::ResetAfter(bytes) => {
            while inbox.len() < bytes {
                more(stream, inbox).await?;
            }
            return reset(stream);
        }
        _ => {}
    }
    let request = request(stream, inbox).await?;
    let unpacked = unpacked(&request.body);
    let mut conduct = conduct;
    let answer = {
        let mut state = state.lock().unwrap();
        state.bytes_in += request.body.len() as u64;
        state.ledger.wrongs.extend(request.wrong.clone());
        let (batch, plain) = match unpacked {
            Ok(unpacked) => unpacked,
            Err(wrong) => {
                state.ledger.wrongs.push(wrong);
                return None;
            }
        };
        state.ledger.hear(&request.key, &batch, plain.len());
        if conduct == Conduct::KeepThenResetScans {
            conduct = if batch.has_scans() { Conduct::KeepThenReset } else { Conduct::Keep };
        }
        let refused = state.taste.refuses(&request, &batch.ids, &plain);
        let keeps = !matches!(conduct, Conduct::Say(..) | Conduct::CloseSilently | Conduct::Nonsense);
        let status = match (&conduct, refused) {
            (Conduct::Say(status, _), _) => *status,
            (_, Some(status)) => status,
            _ => 202,
        };
        let seen = Seen {
            at: Instant::now(),
            key: request.key,
            ids: batch.ids.clone(),
            conduct: conduct.clone(),
            status: if matches!(conduct, Conduct::Keep | Conduct::Say(..)) { status } else { 0 },
        };
        state.ledger.requests.push(seen);
        if keeps && refused.is_none() {
            state.ledger.keep(batch);
        }
        status
    };
    reply(stream, &conduct, answer).await
}

impl Taste {
    fn refuses(&self, request: &Request, ids: &[String], plain: &[u8]) -> Option<u16> {
        if let Some((token, status)) = &self.token
            && request.token != format!("Bearer {token}")
        {
            return Some(*status);
        }
        if self.events_max.is_some_and(|most| ids.len() > most) {
            return Some(413);
        }
        let (text, status) = self.poison.as_ref()?;
        plain.windows(text.len()).any(|window| window == text.as_bytes()).then_some(*status)
    }
}

async fn reply(stream: &mut TcpStream, conduct: &Conduct, status: u16) -> Option<bool> {
    let head = format!("HTTP/1.1 {status} As Told\r\nContent-Type: text/plain\r\n");
    let whole = format!("{head}Content-Length: 4\r\n\r\nkept");
    match conduct {
        Conduct::Keep => say(stream, whole.as_bytes()).await,
        Conduct::Say(_, headers) => {
            let more: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let more = more.concat();
            say(stream, format!("{head}{more}Content-Length: 11\r\n\r\nas I please").as_bytes()).await
        }
        Conduct::KeepThenReset => reset(stream),
        Conduct::CloseSilently | Conduct::ResetAtOnce | Conduct::ResetAfter(_) | Conduct::KeepThenResetScans => None,
        Conduct::KeepThenHalfHead => {
            say(stream, b"HTTP/1.1 202 Acc").await?;
            None
        }
        Conduct::KeepThenHalfBody => {
            say(stream, format!("{head}Content-Length: 400\r\n\r\nkept").as_bytes()).await?;
            None
        }
        Conduct::KeepThenNoEnd => {
            say(stream, format!("{head}Transfer-Encoding: chunked\r\n\r\n4\r\nkept\r\n").as_bytes()).await?;
            None
        }
        Conduct::KeepThenHang => hang(stream).await,
        Conduct::KeepThenHalfHang => {
            say(stream, format!("{head}Content-Length: 400\r\n\r\nkept").as_bytes()).await?;
            hang(stream).await
        }
        Conduct::KeepThenDrip(pause) => {
            for byte in whole.as_bytes() {
                say(stream, &[*byte]).await?;
                tokio::time::sleep(*pause).await;
            }
            Some(true)
        }
        Conduct::KeepEndless => {
            say(stream, format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes()).await?;
            let chunk = [b"1000\r\n".as_slice(), &[b'x'; 0x1000], b"\r\n"].concat();
            loop {
                say(stream, &chunk).await?;
            }
        }
        Conduct::Nonsense => {
            say(stream, b"220 mail.example ESMTP\r\n").await?;
            None
        }
    }
}

async fn say(stream: &mut TcpStream, bytes: &[u8]) -> Option<bool> {
    stream.write_all(bytes).await.ok().map(|()| true)
}

fn reset(stream: &TcpStream) -> Option<bool> {
    stream.set_zero_linger().unwrap();
    None
}

/// Until the other end has had enough.
async fn hang(stream: &mut TcpStream) -> Option<bool> {
    let mut nothing = [0; 1024];
    while stream.read(&mut nothing).await.is_ok_and(|count| count > 0) {}
    None
}

async fn more(stream: &mut TcpStream, inbox: &mut Vec<u8>) -> Option<()> {
    let mut chunk = vec![0; 16 * 1024];
    let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
    inbox.extend_from_slice(&chunk[..count]);
    Some(())
}

struct Request {
    key: String,
    token: String,
    body: Vec<u8>,
    /// The head, where it is not as it must be.
    wrong: Option<String>,
}

async fn request(stream: &mut TcpStream, inbox: &mut Vec<u8>) -> Option<Request> {
    let end = loop {
        if let Some(end) = inbox.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        more(stream, inbox).await?;
    };
    let head = String::from_utf8(inbox[..end].to_vec()).unwrap();
    let header = |name: &str| {
        let wanted = |line: &&str| line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name));
        head.lines().find(wanted).map_or("", |line| line.split_once(':').unwrap().1.trim()).to_owned()
    };
    let right = head.starts_with("POST /in ")
        && header("content-type") == "application/cloudevents-batch+json"
        && header("content-encoding") == "gzip"
        && header("idempotency-key").starts_with('"');
    let whole = end + 4 + header("content-length").parse::<usize>().unwrap();
    while inbox.len() < whole {
        more(stream, inbox).await?;
    }
    let body = inbox[end + 4..whole].to_vec();
    inbox.drain(..whole);
    let (key, token) = (header("idempotency-key"), header("authorization"));
    Some(Request { key, token, body, wrong: (!right).then_some(head) })
}

/// The batch in a body, and how large it was before it was packed.
fn unpacked(body: &[u8]) -> Result<(Batch, Vec<u8>), String> {
    let mut plain = Vec::new();
    GzDecoder::new(body).read_to_end(&mut plain).map_err(|fault| format!("a body is not gzip: {fault}"))?;
    Ok((ledger::read(&plain).map_err(|fault| format!("a body is no batch: {fault}"))?, plain))
}
