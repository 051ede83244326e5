//! The reserve: room on the disk that is kept for changes which end access, so that a full disk protects no key.
//! Leaves which changes those are to `store`, and making them to `write`.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{ErrorCode, ffi};
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::write::Writer;
use keywright_model::secret::random;
use keywright_model::sparingly::Sparingly;
use keywright_store::Writes;
use keywright_store::private;

/// Bytes that must be free beyond the reserve before the disk counts as no longer full: with less, it would be
/// full again at once, and so on.
const MARGIN: u64 = 1 << 20;
/// Where there seems to be room and is none, because of a quota perhaps, it is tried again after so long.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How often it is looked whether there is room again.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Bytes that are written at once where room cannot be had without.
const BLOCK_LEN: usize = 4096;

/// A disk on the edge is full and has room again many times a second.
static TURNS: Sparingly = Sparingly::new();

/// A file that holds room on the disk until that is full.
///
/// Empty, it says that it was let go: a restart must not take what it had held for room that anybody may use.
pub(super) struct Reserve {
    path: PathBuf,
    len: u64,
    /// What it needs at least to come back: nothing where there never was one, for a setting that no disk
    /// satisfies must not stop every change for good.
    len_min: u64,
    room: Arc<Room>,
    /// When it was last tried to make it again.
    tried: Option<Instant>,
}

/// How much room there is for changes.
pub(super) struct Room {
    writes: AtomicU8,
    reserve_len: AtomicU64,
    reserve_len_wanted: u64,
}

impl Room {
    /// Which changes are made.
    pub(super) fn writes(&self) -> Writes {
        match self.writes.load(Ordering::Relaxed) {
            0 => Writes::All,
            1 => Writes::EndingOnly,
            _ => Writes::None,
        }
    }

    /// How many bytes are kept for a full disk.
    pub(super) fn reserve_len(&self) -> u64 {
        self.reserve_len.load(Ordering::Relaxed)
    }

    /// Whether there is less than there should be.
    pub(super) fn is_short(&self) -> bool {
        self.writes() != Writes::All || self.reserve_len() < self.reserve_len_wanted
    }

    fn set(&self, writes: Writes) {
        let number = match writes {
            Writes::All => 0,
            Writes::EndingOnly => 1,
            Writes::None | Writes::ReadOnly => 2,
        };
        self.writes.store(number, Ordering::Relaxed);
    }
}

impl Reserve {
    /// The reserve of a database that this process alone uses: made if there is room, let go if the disk is full.
    ///
    /// # Errors
    /// When something else lies in its place.
    pub(super) fn open(database: &Path, len: u64) -> anyhow::Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push(".reserve");
        let mut reserve = Self {
            path: PathBuf::from(path),
            len,
            len_min: len,
            room: Arc::new(Room {
                writes: AtomicU8::default(),
                reserve_len: AtomicU64::default(),
                reserve_len_wanted: len,
            }),
            tried: None,
        };
        let before = reserve.path.symlink_metadata().ok();
        // What was there goes on being one, where more is wanted than there is room for.
        let held = before.map(|before| before.len());
        reserve.len_min = match held {
            Some(0) => len,
            Some(held) => held.min(len),
            None => 0,
        };
        match reserve.make() {
            Ok(()) if reserve.room.is_short() => reserve.tell_short(),
            Ok(()) => {}
            Err(error) if held.is_some() && is_shortage_in(&error) => reserve.let_go(),
            Err(error) if is_shortage_in(&error) => reserve.tell_short(),
            Err(error) => {
                let path = reserve.path.display();
                return Err(error.context(format!("cannot keep room on the disk in {path}")));
            }
        }
        Ok(reserve)
    }

    /// How much room there is, also later.
    pub(super) fn room(&self) -> Arc<Room> {
        Arc::clone(&self.room)
    }

    /// Whether the disk is full, and changes that end access alone are made.
    pub(super) fn is_let_go(&self) -> bool {
        self.room.writes() != Writes::All
    }

    /// Whether an error of the engine says that the disk is full.
    pub(super) fn is_full(&self, error: &rusqlite::Error) -> bool {
        let code = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => true,
            // A quota that is used up is told like any other fault.
            Some(_) if code == Some(ffi::SQLITE_IOERR_WRITE) => {
                self.is_let_go() || self.lacks_room()
            }
            _ => false,
        }
    }

    /// Frees what it holds: from now on changes that end access alone are made.
    pub(super) fn let_go(&mut self) {
        // Nothing of ours has it open, so that its blocks are free once this returns.
        let attempt = || -> io::Result<()> {
            let file = File::options().write(true).open(&self.path)?;
            file.set_len(0)?;
            file.sync_all()
        };
        let freed = attempt();
        self.room.set(Writes::EndingOnly);
        self.room.reserve_len.store(0, Ordering::Relaxed);
        let Some(left_out) = TURNS.next() else { return };
        match freed {
            Ok(()) => tracing::warn!(
                left_out,
                "the disk is full: the reserve was let go, and until there is room again keys and owners can \
                 be ended, and nothing else is written"
            ),
            Err(error) => tracing::warn!(
                %error,
                left_out,
                "the disk is full, and there is no reserve to let go: make room"
            ),
        }
    }

    /// Makes it again if there is room for it and some more; whether every change is made from now on.
    pub(super) fn come_back(&mut self) -> bool {
        let was_let_go = self.is_let_go();
        let wanted = MARGIN + if was_let_go { self.len_min } else { self.len };
        let waits = |tried: Instant| tried.elapsed() < TRY_AGAIN_AFTER;
        if self.free().is_some_and(|free| free < wanted) || self.tried.is_some_and(waits) {
            return !was_let_go;
        }
        self.tried = Some(Instant::now());
        if let Err(error) = self.make() {
            tracing::debug!("the reserve cannot be made again: {error:#}");
            return !was_let_go;
        }
        if was_let_go && let Some(left_out) = TURNS.next() {
            tracing::info!(left_out, "there is room again: everything is written");
        }
        true
    }

    /// How much room a user like ours has here, as far as the file system as a whole tells.
    pub(super) fn free(&self) -> Option<u64> {
        let disk = statvfs(self.path.parent()?).ok()?;
        let blocks = if geteuid().is_root() {
            disk.f_bfree
        } else {
            disk.f_bavail
        };
        Some(blocks.saturating_mul(disk.f_frsize))
    }

    /// Notes whether a change that ends access found room.
    pub(super) fn note_ending(&self, has_room: bool) {
        if self.is_let_go() {
            let writes = if has_room {
                Writes::EndingOnly
            } else {
                Writes::None
            };
            self.room.set(writes);
        }
    }

    /// Makes all of it, or as much as it must have.
    fn make(&mut self) -> anyhow::Result<()> {
        let file = private::open(&self.path)?;
        let made = match extend(&file, self.len) {
            Err(error) if self.len_min < self.len && is_shortage(&error) => {
                extend(&file, self.len_min).map(|()| self.len_min)
            }
            outcome => outcome.map(|()| self.len),
        };
        if file.metadata()?.len() == 0 && self.len_min == 0 {
            // Empty, it would say that there was one.
            std::fs::remove_file(&self.path)?;
        }
        let made = made?;
        self.tried = None;
        self.len_min = made;
        self.room.set(Writes::All);
        self.room.reserve_len.store(made, Ordering::Relaxed);
        Ok(())
    }

    /// Whether a little more than the reserve cannot be had.
    fn lacks_room(&self) -> bool {
        let attempt = || {
            extend(
                &File::options().write(true).open(&self.path)?,
                self.room.reserve_len(),
            )
        };
        matches!(attempt(), Err(error) if is_shortage(&error))
    }

    fn tell_short(&self) {
        tracing::warn!(
            "there is no room for the reserve {} of {} MiB: make room, or lower database.reserve_mib; as it is, a \
             full disk may keep keys from being revoked",
            self.path.display(),
            self.len >> 20
        );
    }
}

/// Looks now and then whether there is room again, also while there are no changes.
pub(super) async fn keep(room: Arc<Room>, writer: Arc<Writer>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if room.is_short()
            && let Err(error) = writer.probe().await
        {
            tracing::debug!(%error, "whether there is room again is not known");
        }
    }
}

/// Gives a file this length, all of it really allocated, if there is room for that and a little more.
fn extend(file: &File, len: u64) -> io::Result<()> {
    let before = file.metadata()?.len();
    let outcome = allocate(file, len + MARGIN);
    // What was had of it before there was no more goes back, too.
    file.set_len(if outcome.is_ok() {
        len
    } else {
        before.min(len)
    })?;
    outcome?;
    file.sync_all()
}

fn allocate(file: &File, len: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, len) {
        Err(error) if [Errno::OPNOTSUPP, Errno::NOTSUP, Errno::NOSYS].contains(&error) => {
            // Bytes that cannot be compressed, for a file system that does.
            for offset in (0..len).step_by(BLOCK_LEN) {
                file.write_all_at(&random::<BLOCK_LEN>()[..], offset)?;
            }
            file.sync_data()
        }
        outcome => Ok(outcome?),
    }
}

fn is_shortage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    )
}

fn is_shortage_in(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(is_shortage)
}
