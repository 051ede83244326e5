//! What the memory in front of a database has done, in numbers.

/// What the memory has done so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Look-ups that were answered from memory.
    pub hits: u64,
    /// Look-ups of keys that surely do not exist, answered without the database.
    pub absent: u64,
    /// Look-ups that went to the database.
    pub misses: u64,
    /// Reads that were kept.
    pub fills: u64,
    /// Reads that were too old to be kept or used.
    pub fills_refused: u64,
    /// Entries that made room for others.
    pub evictions: u64,
    /// Entries that are kept now.
    pub entries: u64,
    /// Bytes that they take, about.
    pub bytes: u64,
}
