//! What stands between a server and its PostgreSQL, and can hold all bytes as a network does that has gone silent.
//! Leaves what follows from that to the tests.

use std::net::SocketAddr;
use std::sync::mpsc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A relay on a thread of its own: a test stands still while a server starts. Dropped, it ends with its connections.
pub(super) struct Relay {
    address: SocketAddr,
    held: watch::Sender<bool>,
}

impl Relay {
    /// One in front of a port of this machine.
    pub(super) fn to(port: u16) -> Self {
        let (held, holding) = watch::channel(false);
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let mut ended = holding.clone();
                tokio::select! {
                    () = serve(listener, port, holding) => {}
                    // Its sender was dropped.
                    _ = ended.wait_for(|_| false) => {}
                }
            });
        });
        Self {
            address: told.recv().unwrap(),
            held,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Lets nothing through from now on, or everything again, what was held with it.
    pub(super) fn hold(&self, is_held: bool) {
        self.held.send_replace(is_held);
    }
}

async fn serve(listener: TcpListener, port: u16, held: watch::Receiver<bool>) {
    loop {
        let (near, _) = listener.accept().await.unwrap();
        let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else {
            continue;
        };
        for stream in [&near, &far] {
            stream.set_nodelay(true).unwrap();
        }
        let (from_near, to_near) = near.into_split();
        let (from_far, to_far) = far.into_split();
        tokio::spawn(copy(from_near, to_far, held.clone()));
        tokio::spawn(copy(from_far, to_near, held.clone()));
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut held: watch::Receiver<bool>) {
    let mut buffer = vec![0; 1 << 14];
    while let Ok(len @ 1..) = from.read(&mut buffer).await {
        if held.wait_for(|is_held| !is_held).await.is_err()
            || to.write_all(&buffer[..len]).await.is_err()
        {
            break;
        }
    }
    // The other side sees the end of it as soon as this side does.
    to.shutdown().await.ok();
}
