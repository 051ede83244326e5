//! How many files this process may have open: each connection is one, so this bounds the connections.
//! Not here: what is done when they run out while the server runs (`connection_limiter`).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are open besides connections: the database's, the log, and some to spare.
const OTHERS: usize = 128;

/// Raises the limit as far as it may be raised without privileges, and returns it; `None` means no limit.
fn raise() -> Option<usize> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let current = match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::debug!(%error, "the limit on open files stays as it is");
            limit.current
        }
    };
    current.and_then(|current| usize::try_from(current).ok())
}

/// How many connections can be served: as many as are wanted, if there may be as many open files.
pub(super) fn connections_max(wanted: usize) -> usize {
    let Some(files_max) = raise() else {
        return wanted;
    };
    let possible = possible(files_max);
    if possible >= wanted {
        return wanted;
    }
    tracing::warn!(
        wanted,
        possible,
        files_max,
        "limits.connections_max is more than the limit on open files allows: \
         raise that (LimitNOFILE= of systemd, ulimit -Hn of a shell), or lower the setting"
    );
    possible
}

/// Beside those that are served, a quarter may hold spare slots or be draining.
fn possible(files_max: usize) -> usize {
    (files_max.saturating_sub(OTHERS) / 5 * 4).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::connection_limiter::Capacity;
    use super::*;

    #[test]
    fn the_files_suffice_for_every_connection_that_there_may_be() {
        for files_max in [256, 1024, 4096, 65_536, 1 << 20] {
            let Capacity {
                regular,
                spare,
                draining,
            } = Capacity::of(possible(files_max));
            let files = regular + spare + draining + OTHERS;
            assert!(files <= files_max, "{files} of {files_max}");
        }
    }
}
