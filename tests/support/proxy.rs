//! nginx and Caddy as real processes, with the configurations that the documentation has.
//! Leaves what they ask, and whom they let pass, to the tests.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::answer::Answer;
use super::{PATIENCE, until, workspace};

const MISSING: &str =
    "forward authorization is tried behind nginx and Caddy: run `cargo xtask setup`";

/// The address that clients call from. It is no proxy's.
pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What nginx has around the documentation's configuration: as Debian's own, with all that it writes in its folder.
const NGINX: &str = "
events {}
http {
    access_log off;
    server_tokens off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    scgi_temp_path scgi;
    uwsgi_temp_path uwsgi;
    include page.conf;
}
";

/// What Caddy has around it.
const CADDY: &str = "
{
	admin off
	auto_https off
}
import page.conf
";

/// Which proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    Caddy,
}

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
        Self::run(kind, &page_block(kind.language()), asked, application).await
    }

    /// The same with a configuration that somebody has made of the page's.
    pub(crate) async fn run(
        kind: Kind,
        page: &str,
        asked: SocketAddr,
        application: SocketAddr,
    ) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("keywright-proxy-")
            .tempdir();
        let folder = folder.unwrap();
        let address = free_address();
        let page = put(page, "127.0.0.1:8080", &asked.to_string());
        let page = put(&page, "127.0.0.1:3000", &application.to_string());
        std::fs::write(folder.path().join("page.conf"), kind.listen(&page, address)).unwrap();
        std::fs::write(folder.path().join("main.conf"), kind.around()).unwrap();
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
        proxy
    }

    async fn listens(&mut self) -> Option<()> {
        if let Some(status) = self.process.0.try_wait().unwrap() {
            panic!("it ended with {status}:\n{}", self.log());
        }
        TcpStream::connect(self.address).await.ok().map(drop)
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

impl Kind {
    /// How the documentation marks its configuration.
    fn language(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
        }
    }

    fn around(self) -> &'static str {
        match self {
            Self::Nginx => NGINX,
            Self::Caddy => CADDY,
        }
    }

    /// The configuration with another address to listen on.
    fn listen(self, page: &str, address: SocketAddr) -> String {
        let (ip, port) = (address.ip(), address.port());
        match self {
            Self::Nginx => put(page, "listen 80;", &format!("listen {address};")),
            Self::Caddy => put(page, ":80 {", &format!("http://:{port} {{\n\tbind {ip}")),
        }
    }

    /// The process, as one that can be killed alone, and that writes nowhere but into its folder.
    fn command(self, folder: &Path) -> Command {
        match self {
            Self::Nginx => {
                // Debian keeps servers where only root's path leads.
                let own = Path::new("/usr/sbin/nginx");
                let name = Path::new("nginx");
                let mut command = Command::new(if own.exists() { own } else { name });
                command
                    .arg("-p")
                    .arg(folder)
                    .args(["-c", "main.conf", "-e", "stderr"]);
                command.args(["-g", "daemon off; master_process off; pid pid;"]);
                command
            }
            Self::Caddy => {
                let mut command = Command::new("caddy");
                command.args(["run", "--config", "main.conf", "--adapter", "caddyfile"]);
                for home in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
                    command.env(home, folder);
                }
                command
            }
        }
    }
}

/// The one block in this language on the page about proxies.
///
/// # Panics
/// When there is none, or there are several.
pub(crate) fn page_block(language: &str) -> String {
    let mut blocks = page_blocks(language);
    assert_eq!(blocks.len(), 1, "blocks of {language}");
    blocks.remove(0)
}

/// The blocks in this language on the page about proxies.
pub(crate) fn page_blocks(language: &str) -> Vec<String> {
    let path = workspace().join("server/docs/forward-auth.md");
    let page = std::fs::read_to_string(path).unwrap();
    let opening = format!("```{language}\n");
    let blocks = page.split(&opening).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// Puts what is true here in the place of what the page has.
pub(crate) fn put(page: &str, there: &str, here: &str) -> String {
    assert!(page.contains(there), "the page has no {there}");
    page.replace(there, here)
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
    reqwest::Client::builder()
        .no_proxy()
        .local_address(address)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .unwrap()
}
