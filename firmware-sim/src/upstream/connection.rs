//! Connections that can be cut from our side: all at once when the collector goes away, or one alone. Looks at no
//! byte that passes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The pause after a failed accept (no descriptors left), so that it does not spin.
const BREATH: Duration = Duration::from_millis(50);

/// The knife for one connection.
#[derive(Debug, Clone)]
pub struct Cut(CancellationToken);

impl Cut {
    /// Resets the connection.
    pub fn now(&self) {
        self.0.cancel();
    }

    /// Waits until somebody does.
    pub async fn cancelled(&self) {
        self.0.cancelled().await;
    }
}

impl Connected<IncomingStream<'_, GuardedListener>> for Cut {
    fn connect_info(stream: IncomingStream<'_, GuardedListener>) -> Self {
        Self(stream.io().cut.clone())
    }
}

/// A listener whose connections all die with one token.
#[derive(Debug)]
pub struct GuardedListener {
    listener: TcpListener,
    away: CancellationToken,
}

impl GuardedListener {
    /// Guards a listener.
    pub fn new(listener: TcpListener, away: CancellationToken) -> Self {
        Self { listener, away }
    }
}

impl Listener for GuardedListener {
    type Io = Guarded;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Guarded, Self::Addr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => {
                    let cut = self.away.child_token();
                    let watch = Box::pin(cut.clone().cancelled_owned());
                    return (Guarded { stream, cut, watch }, peer);
                }
                Err(error) => {
                    tracing::debug!(%error, "the collector could not accept");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A stream that fails as soon as it is cut.
#[derive(Debug)]
pub struct Guarded {
    stream: TcpStream,
    cut: CancellationToken,
    watch: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Guarded {
    /// An error once cut, and the peer gets a reset instead of an orderly end. Registers the task to learn of it.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.watch.as_mut().poll(context).is_ready() {
            // Without it the peer would see an end of file, which some senders take for an answer.
            drop(self.stream.set_zero_linger());
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
