//! PostgreSQL for the tests: one that they all share, and one of its own for a test that stops it or changes its settings.
//! Leaves how a server is made, stopped and killed to `keywright-postgres-cluster`.

use std::future::Future;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Arc, LazyLock, OnceLock, mpsc};
use std::time::Duration;

use keywright_postgres_cluster::{Cluster, Programs, SUPERUSER, Server};
use keywright_store_postgres::{Connector, Options, migrate};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};
use uuid::Uuid;

/// Whom keywright logs in as, and the database of a PostgreSQL that one test has for itself.
pub(crate) const ROLE: &str = "kw";
/// What keywright logs in with.
pub(crate) const PASSWORD: &str = "hunter2-of-the-tests-8Vq2Lw5Zr9";
/// The database that others are made of: it has the schema and no row.
const TEMPLATE: &str = "migrated";
/// The number of the lock that a server holds while it changes something.
const WRITERS: i64 = 0x6b77_6865_6164;
/// What costs time and is no part of what the tests look at: each of them ends before its PostgreSQL does.
const SETTINGS: [(&str, &str); 6] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("max_connections", "500"),
    ("max_wal_senders", "0"),
    ("wal_level", "minimal"),
    ("autovacuum_naptime", "10min"),
];

/// One for all tests of this process. It ends with the process, however that ends.
static SHARED: LazyLock<Cluster> = LazyLock::new(|| {
    let cluster = Cluster::with(&programs(), &SETTINGS).unwrap();
    make_role(&cluster);
    cluster
});

/// Where the sessions of the tests themselves are at home: a test may wait for one within a runtime of its own.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
});

fn programs() -> Programs {
    Programs::find().expect("PostgreSQL is needed: run `cargo xtask setup`")
}

fn make_role(cluster: &Cluster) {
    let role = format!("CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'");
    cluster.primary().sql(SUPERUSER, &role).unwrap();
}

/// Waits for something that needs a runtime, on a thread that may be one of another.
fn wait<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    // Who waits for it is there until it is sent.
    RUNTIME.spawn(async move { sender.send(work.await).ok() });
    receiver
        .recv()
        .expect("what a test asks of PostgreSQL succeeds")
}

/// A session of the superuser, which ends when it is dropped.
async fn session(database: String) -> Client {
    let mut config = Config::new();
    config
        .host_path(SHARED.socket_folder())
        .port(SHARED.primary().port())
        .user(SUPERUSER)
        .password(SHARED.password())
        .application_name("tests")
        .dbname(database);
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The session that makes databases and removes them.
async fn administrator() -> Arc<Client> {
    static ADMINISTRATOR: tokio::sync::OnceCell<Arc<Client>> = tokio::sync::OnceCell::const_new();
    let make = async || Arc::new(session(SUPERUSER.to_owned()).await);
    Arc::clone(ADMINISTRATOR.get_or_init(make).await)
}

/// What the PostgreSQL that all tests share has logged.
pub(crate) fn log() -> String {
    SHARED.primary().log().unwrap()
}

/// A database of the PostgreSQL that all tests share. Dropped, it goes, and the sessions in it end.
#[derive(Debug)]
pub(crate) struct Database {
    name: String,
    session: OnceLock<Arc<Client>>,
}

impl Database {
    /// One with nothing in it.
    pub(crate) fn empty() -> Self {
        Self::of("template1")
    }

    /// One that has keywright's schema.
    pub(crate) fn migrated() -> Self {
        static IS_MADE: LazyLock<()> = LazyLock::new(|| {
            let make = format!("CREATE DATABASE {TEMPLATE} OWNER {ROLE}");
            wait(async move { administrator().await.batch_execute(&make).await }).unwrap();
            let connector = connector(&url(&host(SHARED.primary()), TEMPLATE, ""));
            wait(async move { migrate(&connector).await }).unwrap();
            let statement =
                format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{TEMPLATE}'");
            // A database is copied only while nobody uses it, and a session ends a moment after it was dropped.
            while SHARED.primary().sql(SUPERUSER, &statement).unwrap() != "0" {
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        LazyLock::force(&IS_MADE);
        Self::of(TEMPLATE)
    }

    fn of(template: &str) -> Self {
        let name = format!("test_{}", Uuid::new_v4().simple());
        let make = format!("CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}");
        wait(async move { administrator().await.batch_execute(&make).await }).unwrap();
        Self {
            name,
            session: OnceLock::new(),
        }
    }

    /// Where keywright finds it.
    pub(crate) fn url(&self) -> String {
        url(&host(SHARED.primary()), &self.name, "")
    }

    /// What the superuser is answered, who sees keywright's schema first: a line for each row, with `|` between columns.
    pub(crate) fn sql(&self, statement: &str) -> String {
        let lines = self.rows(statement).into_iter().map(|row| {
            let values = row.into_iter().map(|(_, value)| value.unwrap_or_default());
            values.collect::<Vec<_>>().join("|")
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The number that the last of some statements answers.
    pub(crate) fn number(&self, statement: &str) -> i64 {
        let answer = self.sql(statement);
        let last = answer.lines().next_back();
        last.unwrap_or_default().parse().unwrap()
    }

    /// The rows that statements answer, with the names of their columns. NULL is none.
    pub(crate) fn rows(&self, statement: &str) -> Vec<Vec<(String, Option<String>)>> {
        let (session, asked) = (self.session(), statement.to_owned());
        let told = wait(async move { session.simple_query(&asked).await });
        let told = told.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        let rows = told.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| {
            let columns = row.columns().iter().enumerate();
            let values = columns.map(|(index, column)| {
                (column.name().to_owned(), row.get(index).map(str::to_owned))
            });
            values.collect()
        })
        .collect()
    }

    /// How many rows a statement changes.
    pub(crate) fn execute(&self, statement: &str) -> u64 {
        let (session, asked) = (self.session(), statement.to_owned());
        let told = wait(async move { session.execute(&asked, &[]).await });
        told.unwrap_or_else(|error| panic!("{statement}: {error:?}"))
    }

    /// Everything in keywright's tables, as the bytes that stand there: the name of each, and its rows.
    pub(crate) fn tables(&self) -> Vec<(String, Vec<u8>)> {
        use futures_util::TryStreamExt as _;
        let session = self.session();
        let names = self.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'keywright'");
        let names: Vec<String> = names.lines().map(str::to_owned).collect();
        wait(async move {
            let mut tables = Vec::new();
            for name in names {
                let copy = format!("COPY {name} TO STDOUT (FORMAT binary)");
                let rows = session.copy_out(&copy).await.unwrap();
                let rows: Vec<_> = rows.try_collect().await.unwrap();
                tables.push((name, rows.concat()));
            }
            tables
        })
    }

    /// A session of the superuser in it, of its own.
    pub(crate) fn connect(&self) -> Client {
        let name = self.name.clone();
        wait(async move {
            let session = session(name).await;
            session
                .batch_execute("SET search_path = keywright")
                .await
                .unwrap();
            session
        })
    }

    fn session(&self) -> Arc<Client> {
        let session = self.session.get_or_init(|| Arc::new(self.connect()));
        Arc::clone(session)
    }

    /// How many sessions of keywright there are in it.
    pub(crate) fn sessions(&self) -> u32 {
        let sessions = self.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'keywright' AND datname = current_database()",
        );
        sessions.parse().unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let remove = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        // Nobody waits for it, and where it fails, it goes with the rest.
        RUNTIME.spawn(async move { administrator().await.batch_execute(&remove).await.ok() });
    }
}

/// The write lock of a database, held by a server that goes on working with it.
pub(crate) struct WriteLock {
    _until_dropped: tokio::sync::oneshot::Sender<()>,
}

impl WriteLock {
    pub(crate) fn hold(database: &Database) -> Self {
        let session = database.connect();
        let session = wait(async move {
            let lock = format!("BEGIN; SELECT pg_advisory_xact_lock({WRITERS})");
            session.batch_execute(&lock).await.unwrap();
            session
        });
        let (until_dropped, mut dropped) = tokio::sync::oneshot::channel();
        RUNTIME.spawn(async move {
            // One that does nothing with it is ended by those that wait.
            let mut ticks = tokio::time::interval(Duration::from_millis(200));
            loop {
                tokio::select! {
                    _ = &mut dropped => break,
                    _ = ticks.tick() => session.batch_execute("SELECT 1").await.unwrap(),
                }
            }
        });
        Self {
            _until_dropped: until_dropped,
        }
    }
}

/// A PostgreSQL that one test has for itself, with a database `kw` that belongs to the user `kw`. Dropped, it ends.
pub(crate) struct Postgres {
    cluster: Cluster,
    pub(crate) port: u16,
}

/// A program in front of it that runs until this is dropped.
pub(crate) struct Running(Child);

impl Postgres {
    pub(crate) fn start() -> Self {
        let cluster = Cluster::with(&programs(), &[("fsync", "off")]).unwrap();
        make_role(&cluster);
        let postgres = Self {
            port: cluster.primary().port(),
            cluster,
        };
        postgres.psql(&format!("CREATE DATABASE {ROLE} OWNER {ROLE}"));
        postgres
    }

    /// A standby of this one.
    pub(crate) fn standby(&self) -> Server {
        self.cluster.add_standby(self.primary(), "b").unwrap()
    }

    pub(crate) fn primary(&self) -> &Server {
        self.cluster.primary()
    }

    /// What the administrator is told.
    pub(crate) fn psql(&self, statement: &str) -> String {
        self.primary().sql(SUPERUSER, statement).unwrap()
    }

    /// The same, in keywright's database.
    pub(crate) fn psql_in_kw(&self, statement: &str) -> String {
        self.primary().sql(ROLE, statement).unwrap()
    }

    /// Ends every session of keywright.
    pub(crate) fn terminate(&self) {
        self.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keywright'");
    }

    /// A file that PostgreSQL alone may read.
    pub(crate) fn keep(&self, name: &str, content: &str) -> PathBuf {
        self.cluster.put(name, content.as_bytes()).unwrap()
    }

    /// Where its Unix socket is.
    pub(crate) fn folder(&self) -> PathBuf {
        self.cluster.socket_folder()
    }

    /// Where it listens.
    pub(crate) fn host(&self) -> String {
        host(self.primary())
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        url(&self.host(), ROLE, "")
    }

    /// A pgbouncer in front of it, and its port.
    pub(crate) fn pgbouncer(&self, settings: &str) -> (Running, u16) {
        let port = keywright_postgres_cluster::free_port().unwrap();
        let users = self.keep("users", &format!("\"{ROLE}\" \"{PASSWORD}\"\n"));
        let configuration = format!(
            "[databases]\n{ROLE} = host={} port={} user={ROLE} password={PASSWORD}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {}\n{settings}\n",
            self.folder().display(),
            self.port,
            users.display()
        );
        let file = self.keep("pgbouncer.ini", &configuration);
        let mut pgbouncer = programs().unprivileged("/usr/sbin/pgbouncer");
        pgbouncer
            .arg("-q")
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let running = Running(
            pgbouncer
                .spawn()
                .expect("pgbouncer runs: run `cargo xtask setup`"),
        );
        (running, port)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Where a server listens.
pub(crate) fn host(server: &Server) -> String {
    format!("127.0.0.1:{}", server.port())
}

/// The URL of a database at some hosts.
pub(crate) fn url(hosts: &str, database: &str, query: &str) -> String {
    format!("postgres://{ROLE}:{PASSWORD}@{hosts}/{database}{query}")
}

pub(crate) fn options() -> Options {
    Options {
        ca_file: None,
        connect_timeout: Duration::from_secs(10),
        statement_timeout: Duration::from_secs(10),
    }
}

pub(crate) fn connector(url: &str) -> Connector {
    Connector::open(url, &options()).unwrap()
}
