//! A network between a client and a broker that can go away without a word: bytes vanish, nobody is told, and what was
//! open then never works again, as when a switch loses its power.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::daemon::free_address;

/// Lets TCP connections through to one address for as long as it lives.
pub struct Proxy {
    pub address: SocketAddr,
    net: Arc<Net>,
}

struct Net {
    target: SocketAddr,
    gone: AtomicBool,
    ended: AtomicBool,
    /// How often the network went away: a connection from before is doomed.
    outages: AtomicU64,
    /// A client whose first packet holds this text gets nowhere.
    barred: Mutex<Option<&'static str>>,
}

impl Proxy {
    /// A working network before `target`.
    pub fn before(target: SocketAddr) -> Self {
        let address = free_address();
        let listener = TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let net = Arc::new(Net {
            target,
            gone: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            outages: AtomicU64::new(0),
            barred: Mutex::new(None),
        });
        let shared = Arc::clone(&net);
        std::thread::spawn(move || {
            while !shared.ended.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((client, _)) => {
                        let net = Arc::clone(&shared);
                        std::thread::spawn(move || connect(&net, client));
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        Self { address, net }
    }

    /// The network goes away.
    pub fn go_away(&self) {
        self.net.gone.store(true, Ordering::SeqCst);
        self.net.outages.fetch_add(1, Ordering::SeqCst);
    }

    /// The network is there again, for new connections.
    pub fn come_back(&self) {
        self.net.gone.store(false, Ordering::SeqCst);
    }

    /// From now on clients whose first packet holds `text` get nowhere; with none everybody does again.
    pub fn bar(&self, text: Option<&'static str>) {
        *self.net.barred.lock().unwrap() = text;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.net.ended.store(true, Ordering::Relaxed);
        self.go_away();
    }
}

fn connect(net: &Arc<Net>, mut client: TcpStream) {
    let born = net.outages.load(Ordering::SeqCst);
    client.set_nonblocking(false).unwrap();
    let mut first = [0; 4096];
    let Ok(count) = client.read(&mut first) else { return };
    let barred = net
        .barred
        .lock()
        .unwrap()
        .is_some_and(|text| first[..count].windows(text.len()).any(|window| window == text.as_bytes()));
    let server = if barred || net.gone.load(Ordering::SeqCst) { None } else { TcpStream::connect(net.target).ok() };
    let Some(mut server) = server else {
        // Nowhere to go to: open, and dead.
        while client.read(&mut first).is_ok_and(|count| count > 0) {}
        return;
    };
    server.set_nodelay(true).unwrap();
    client.set_nodelay(true).unwrap();
    if server.write_all(&first[..count]).is_err() {
        return;
    }
    let (back_from, back_to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let other = Arc::clone(net);
    std::thread::spawn(move || pump(&other, born, back_from, back_to));
    pump(net, born, client, server);
}

/// One direction. What is read after the network went away is nowhere; who closes then is not seen to.
fn pump(net: &Net, born: u64, mut from: TcpStream, mut to: TcpStream) {
    let mut chunk = [0; 16 * 1024];
    loop {
        let read = from.read(&mut chunk).unwrap_or(0);
        let doomed = net.outages.load(Ordering::SeqCst) != born;
        if !doomed && (read == 0 || to.write_all(&chunk[..read]).is_err()) {
            let _gone = to.shutdown(Shutdown::Both);
            return;
        }
        if read == 0 {
            // Its other half stays open: the other side notices by itself, or not at all.
            return;
        }
    }
}
