//! A power cut: what is left of a folder when only what was flushed is surely there.
//! Leaves the writing down of what a server does to its files to `disk.c`.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use fastrand::Rng;

use super::child::Folder;

/// A write is torn at no less than this.
const SECTOR_LEN: u64 = 512;
/// what, thread, inode, offset, length: 64 bits each.
const HEAD_LEN: usize = 40;

/// A running server whose power can be cut: how its files were, and what has been done to them since.
pub(crate) struct Power {
    folder: Folder,
    trace: PathBuf,
    disk: Image,
}

/// The files of a database, as the disk and as the server's kernel see them.
#[derive(Default)]
struct Image {
    files: Vec<File>,
    /// Which file an inode is now: numbers are used again.
    inodes: HashMap<u64, usize>,
    /// The folder as the kernel sees it.
    names: HashMap<String, usize>,
    /// The folder as it was last flushed.
    flushed_names: HashMap<String, usize>,
    /// The flush that each thread is in: of what, and behind how many records.
    flushes: HashMap<u64, (u64, usize)>,
    /// The folder when each thread began to flush it.
    folders: HashMap<u64, HashMap<String, usize>>,
}

/// One file: what is surely on the disk, and what may be.
#[derive(Default)]
struct File {
    flushed: Vec<u8>,
    pending: Vec<(usize, Change)>,
}

#[derive(Clone)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Resize { len: u64 },
}

impl Power {
    /// Looks at the files before the server starts; `trace` is what it then writes down.
    pub(super) fn on(folder: &Folder, trace: PathBuf) -> Self {
        let mut disk = Image::default();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if is_of_database(&name) {
                let flushed = std::fs::read(entry.path()).unwrap();
                disk.begin(name, entry.metadata().unwrap().ino(), flushed);
            }
        }
        disk.flushed_names = disk.names.clone();
        Self {
            folder: folder.clone(),
            trace,
            disk,
        }
    }

    /// Makes of the folder, whose server has been killed, what a power cut may have left of it: all that
    /// was flushed, and of the rest nothing, all, or any part.
    pub(crate) fn cut(mut self, rng: &mut Rng) {
        let trace = std::fs::read(&self.trace).unwrap_or_default();
        self.disk.replay(&trace, rng);
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name.starts_with("keywright.db") {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
        for (name, bytes) in self.disk.left(rng) {
            std::fs::write(self.folder.path().join(name), bytes).unwrap();
        }
    }
}

/// The index of the log lives in memory, whatever its file says: no power cut leaves it.
fn is_of_database(name: &str) -> bool {
    name.starts_with("keywright.db") && !name.ends_with("-shm")
}

impl Image {
    fn begin(&mut self, name: String, inode: u64, flushed: Vec<u8>) {
        self.files.push(File {
            flushed,
            pending: Vec::new(),
        });
        let file = self.files.len() - 1;
        self.inodes.insert(inode, file);
        self.names.insert(name, file);
    }

    fn replay(&mut self, trace: &[u8], rng: &mut Rng) {
        let mut rest = trace;
        let mut position = 0;
        // The kill may have cut the last record short: then nobody has built on it.
        while let Some((head, behind)) = rest.split_at_checked(HEAD_LEN) {
            let number = |index: usize| {
                let bytes = head[index * 8..][..8].try_into().unwrap();
                u64::from_le_bytes(bytes)
            };
            let len = usize::try_from(number(4)).unwrap();
            let Some((bytes, behind)) = behind.split_at_checked(len) else {
                return;
            };
            let what = char::from(u8::try_from(number(0)).unwrap());
            let (thread, inode, offset) = (number(1), number(2), number(3));
            position += 1;
            match what {
                'C' => {
                    let name = String::from_utf8(bytes.to_vec()).unwrap();
                    if is_of_database(&name) {
                        self.begin(name, inode, Vec::new());
                    } else {
                        self.inodes.remove(&inode);
                    }
                }
                'W' => {
                    let bytes = bytes.to_vec();
                    self.change(inode, position, Change::Write { offset, bytes });
                }
                'T' => self.change(inode, position, Change::Resize { len: offset }),
                'U' => {
                    let name = String::from_utf8(bytes.to_vec()).unwrap();
                    self.names.remove(&name);
                }
                'R' => {
                    let names = String::from_utf8(bytes.to_vec()).unwrap();
                    let (from, to) = names.split_once('\0').unwrap();
                    if let Some(file) = self.names.remove(from) {
                        self.names.insert(to.to_owned(), file);
                    }
                }
                'F' => {
                    self.flushes.insert(thread, (inode, position));
                    self.folders.insert(thread, self.names.clone());
                }
                'E' | 'X' => self.end_flush(thread, what == 'E', rng),
                _ => panic!("`{what}` is no record of disk.c"),
            }
            rest = behind;
        }
    }

    fn change(&mut self, inode: u64, position: usize, change: Change) {
        if let Some(&file) = self.inodes.get(&inode) {
            self.files[file].pending.push((position, change));
        }
    }

    /// What was there when a flush began is on the disk. When it failed, the kernel takes it for written
    /// all the same, and never tries again: whatever the disk did not take by itself is lost.
    fn end_flush(&mut self, thread: u64, has_succeeded: bool, rng: &mut Rng) {
        let (inode, begun) = self.flushes.remove(&thread).unwrap();
        let names = self.folders.remove(&thread).unwrap();
        if inode == 0 {
            if has_succeeded {
                self.flushed_names = names;
            }
            return;
        }
        let Some(&file) = self.inodes.get(&inode) else {
            return;
        };
        let file = &mut self.files[file];
        for (position, change) in std::mem::take(&mut file.pending) {
            if position > begun {
                file.pending.push((position, change));
            } else if has_succeeded || rng.u8(..4) == 0 {
                apply(&mut file.flushed, &change);
            }
        }
    }

    /// The files that a cut leaves.
    fn left(&self, rng: &mut Rng) -> Vec<(String, Vec<u8>)> {
        let names = if rng.bool() {
            &self.names
        } else {
            &self.flushed_names
        };
        let mut sorted: Vec<_> = names.iter().collect();
        // In one order always, so that a seed tells the whole story.
        sorted.sort_unstable();
        let left = sorted.into_iter().map(|(name, &file)| {
            let file = &self.files[file];
            let mut bytes = file.flushed.clone();
            let luck = rng.u8(..3);
            for (_, change) in &file.pending {
                match luck {
                    0 => {}
                    1 => apply(&mut bytes, change),
                    _ if rng.bool() => apply(&mut bytes, &torn(change, rng)),
                    _ => {}
                }
            }
            (name.clone(), bytes)
        });
        left.collect()
    }
}

/// A change, or what was done of it: some of its first sectors.
fn torn(change: &Change, rng: &mut Rng) -> Change {
    match change {
        Change::Write { offset, bytes } if rng.u8(..4) == 0 => {
            let end = rng.u64(*offset..=*offset + bytes.len() as u64);
            let end = (end - end % SECTOR_LEN).max(*offset);
            let len = usize::try_from(end - offset).unwrap();
            Change::Write {
                offset: *offset,
                bytes: bytes[..len].to_vec(),
            }
        }
        whole => whole.clone(),
    }
}

fn apply(file: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Resize { len } => file.resize(usize::try_from(*len).unwrap(), 0),
        Change::Write { offset, bytes } => {
            let start = usize::try_from(*offset).unwrap();
            let end = start + bytes.len();
            if file.len() < end && !bytes.is_empty() {
                file.resize(end, 0);
            }
            if !bytes.is_empty() {
                file[start..end].copy_from_slice(bytes);
            }
        }
    }
}
