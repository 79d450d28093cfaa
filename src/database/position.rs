//! Positions in PostgreSQL's write-ahead log (WAL).

/// A position in the WAL. A promotion starts a new timeline at the position where the standby had stopped replaying:
/// whatever the old timeline has beyond that position is lost, and the new one assigns the same LSNs again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WalPosition {
    /// From 1; 0 where nothing is known.
    pub timeline: u32,
    /// Log sequence number: bytes of WAL before this position.
    pub lsn: u64,
}

impl WalPosition {
    /// Whether a server that has replayed the WAL up to here has everything written up to `other`, or what replaced it.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        self.timeline >= other.timeline && self.lsn >= other.lsn
    }
}

/// What the result of a read must include.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Minimum {
    /// Everything committed before the read begins: only the primary is sure to have that.
    Latest,
    /// Everything written up to this position: any server that has replayed it will do.
    Position(WalPosition),
}

/// The result of a read, and whether it includes what it had to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// The result.
    pub value: T,
    /// Whether the result may lack some of the minimum: it came from a standby because the primary was unavailable. It
    /// may be sent, but not cached.
    pub is_stale: bool,
}

impl<T> Read<T> {
    /// A result that includes what it had to.
    pub fn fresh(value: T) -> Self {
        Self { value, is_stale: false }
    }

    /// The same read with another form of its result.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Read<U> {
        Read { value: form(self.value), is_stale: self.is_stale }
    }
}
