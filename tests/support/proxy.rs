//! Proxies as real processes, with the configurations that the documentation has.
//! Leaves what they ask, and whom they let pass, to the tests.

mod kind;
mod page;

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::answer::Answer;
use super::{PATIENCE, raw, until};

pub(crate) use kind::Kind;
pub(crate) use page::{page_block, put};

const MISSING: &str = "forward authorization is tried behind real proxies: run `cargo xtask setup`";

/// The address that clients call from. It is no proxy's.
pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A running proxy. Dropping it ends it.
pub(crate) struct Proxy {
    process: Process,
    address: SocketAddr,
    client: reqwest::Client,
    folder: TempDir,
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Proxy {
    /// A proxy that asks one server, and lets pass to another.
    pub(crate) async fn start(kind: Kind, asked: SocketAddr, application: SocketAddr) -> Self {
        Self::changed(kind, asked, application, str::to_owned).await
    }

    /// The same with configurations that somebody has made of the page's.
    pub(crate) async fn changed(
        kind: Kind,
        asked: SocketAddr,
        application: SocketAddr,
        change: impl Fn(&str) -> String,
    ) -> Self {
        let (folder, address) = (folder(), free_address());
        let files = kind.files(asked, application, address, folder.path(), &change);
        Self::run(kind, folder, address, files).await
    }

    /// A load balancer in front of some servers, as the documentation has it.
    pub(crate) async fn balancing(servers: &[SocketAddr]) -> Self {
        let (folder, address) = (folder(), free_address());
        let files = vec![("main.cfg", kind::load_balancer(servers, address))];
        Self::run(Kind::Haproxy, folder, address, files).await
    }

    /// A proxy with these files, ready to be spoken to.
    async fn run(
        kind: Kind,
        folder: TempDir,
        address: SocketAddr,
        files: Vec<(&'static str, String)>,
    ) -> Self {
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = kind.command(folder.path());
        command.current_dir(folder.path()).stdin(Stdio::null());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let mut proxy = Self {
            process: Process(command.spawn().expect(MISSING)),
            address,
            client: client(CLIENT.into()),
            folder,
        };
        until("the proxy to listen", async || proxy.listens().await).await;
        if let Some((target, status)) = kind.readiness() {
            let is_ready = async || proxy.send("GET", target, &[]).await.status == status;
            let ready = until("the proxy to be ready", async || {
                is_ready().await.then_some(())
            });
            ready.await;
        }
        proxy
    }

    async fn listens(&mut self) -> Option<()> {
        if let Some(status) = self.process.0.try_wait().unwrap() {
            panic!("it ended with {status}:\n{}", self.log());
        }
        TcpStream::connect(self.address).await.ok().map(drop)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything that it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Sends a request without a body.
    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let request = self.request(&self.client, method, target, headers);
        receive(request).await
    }

    /// Sends a request with a body.
    pub(crate) async fn post(
        &self,
        target: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let request = self.request(&self.client, "POST", target, headers);
        receive(request.body(body)).await
    }

    /// Sends a request from another address than that of all clients.
    pub(crate) async fn send_from(
        &self,
        address: Ipv4Addr,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let client = client(address.into());
        receive(self.request(&client, "GET", target, headers)).await
    }

    /// Sends a request with HTTP/2 from its first byte.
    pub(crate) async fn post_by_http_2(
        &self,
        target: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let client = builder(CLIENT.into()).http2_prior_knowledge();
        let request = self.request(&client.build().unwrap(), "POST", target, headers);
        receive(request.body(body)).await
    }

    /// Sends a request whose target no library would leave as it is.
    pub(crate) async fn send_raw(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let lines: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut stream = self.connect().await;
        let head = raw::head(method, target, &lines);
        stream.write_all(&head).await.unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
        raw::parse(&answer)
    }

    /// A connection of a client.
    pub(crate) async fn connect(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((CLIENT, 0).into()).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    fn request(
        &self,
        client: &reqwest::Client,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("http://{}{target}", self.address);
        let request = client.request(method, url);
        headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        })
    }
}

async fn receive(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.bytes().await.unwrap().to_vec(),
    }
}

fn folder() -> TempDir {
    let mut builder = tempfile::Builder::new();
    builder.prefix("keywright-proxy-").tempdir().unwrap()
}

/// An address that nobody else listens on: of the many that lead here, one for each proxy of each process.
fn free_address() -> SocketAddr {
    static COUNT: AtomicU8 = AtomicU8::new(0);
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let ip = Ipv4Addr::new(
        127,
        64 | (high >> 1),
        low,
        COUNT.fetch_add(1, Ordering::Relaxed),
    );
    let listener = TcpListener::bind((ip, 0)).unwrap();
    listener.local_addr().unwrap()
}

fn client(address: IpAddr) -> reqwest::Client {
    builder(address).build().unwrap()
}

fn builder(address: IpAddr) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .local_address(address)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
}
