//! Lets connections in, one seat each, and shows the idle ones out.
//!
//! Promises that a peer which stops moving, in the middle of a request or of an answer, is gone after
//! [`IDLE_MAX`], and that every connection ends with the gateway. Knows nothing of HTTP.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Connections at the same time. One more waits in the listener's backlog until a seat is free.
pub(super) const SEATS_MAX: usize = 1_024;
/// A connection on which no byte moved for this long, either way, is closed. Live streams speak every second.
pub(super) const IDLE_MAX: Duration = Duration::from_mins(1);

/// A listener with a bounded number of seats.
pub(super) struct Door {
    listener: TcpListener,
    seats: Arc<Semaphore>,
    idle_max: Duration,
    closed: CancellationToken,
}

impl Door {
    /// Connections end when `closed` is cancelled, whatever they are doing.
    pub(super) fn new(listener: TcpListener, seats: usize, idle_max: Duration, closed: CancellationToken) -> Self {
        Self { listener, seats: Arc::new(Semaphore::new(seats)), idle_max, closed }
    }
}

impl axum::serve::Listener for Door {
    type Io = Seat;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Seat, SocketAddr) {
        let Ok(permit) = Arc::clone(&self.seats).acquire_owned().await else {
            // Nobody closes the semaphore; were it closed, nobody could be let in any more.
            return std::future::pending().await;
        };
        let (stream, peer) = axum::serve::Listener::accept(&mut self.listener).await;
        if let Err(fault) = stream.set_nodelay(true) {
            tracing::debug!(%fault, %peer, "small answers to this peer may be delayed");
        }
        let seat = Seat {
            stream,
            idle_max: self.idle_max,
            idle: Box::pin(tokio::time::sleep(self.idle_max)),
            closed: Box::pin(self.closed.clone().cancelled_owned()),
            _permit: permit,
        };
        (seat, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection, with the seat that it takes.
pub(super) struct Seat {
    stream: TcpStream,
    idle_max: Duration,
    idle: Pin<Box<Sleep>>,
    closed: Pin<Box<WaitForCancellationFutureOwned>>,
    _permit: OwnedSemaphorePermit,
}

impl Seat {
    /// Passes on what moved; a wait ends at the idle bound or with the gateway.
    fn watch<T>(&mut self, cx: &mut Context<'_>, moved: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if moved.is_ready() {
            self.idle.as_mut().reset(Instant::now() + self.idle_max);
            return moved;
        }
        if self.closed.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        if self.idle.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncRead for Seat {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let moved = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.watch(cx, moved)
    }
}

impl AsyncWrite for Seat {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, moved)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let moved = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, moved)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use axum::serve::Listener;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn connected(idle_max: Duration, closed: CancellationToken) -> (Seat, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut door = Door::new(listener, 1, idle_max, closed);
        let (seat, peer) = tokio::join!(door.accept(), TcpStream::connect(address));
        (seat.0, peer.unwrap())
    }

    #[tokio::test]
    async fn a_peer_that_neither_sends_nor_takes_is_shown_out() {
        let (mut seat, peer) = connected(Duration::from_millis(50), CancellationToken::new()).await;
        assert_eq!(seat.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(seat);
        let (mut seat, _peer) = connected(Duration::from_millis(50), CancellationToken::new()).await;
        let flood = vec![0_u8; 64 << 20];
        assert_eq!(seat.write_all(&flood).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(peer);
    }

    #[tokio::test]
    async fn every_connection_ends_with_the_gateway() {
        let closed = CancellationToken::new();
        let (mut seat, _peer) = connected(IDLE_MAX, closed.clone()).await;
        let (read, ()) = tokio::join!(seat.read_u8(), async { closed.cancel() });
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }

    #[tokio::test]
    async fn who_finds_no_seat_waits_for_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut door = Door::new(listener, 1, IDLE_MAX, CancellationToken::new());
        let _peers = (TcpStream::connect(address).await.unwrap(), TcpStream::connect(address).await.unwrap());
        let (first, _) = door.accept().await;
        let waiting = tokio::time::timeout(Duration::from_millis(50), door.accept()).await;
        assert!(waiting.is_err());
        drop(first);
        door.accept().await;
    }
}
