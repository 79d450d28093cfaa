//! Whether a standby is in rotation.

/// Whether reads are sent to a standby, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::database) enum StandbyState {
    /// It answers in time, and its replication lag is small: reads are sent to it.
    InRotation,
    /// There is no connection, or queries fail.
    Unavailable,
    /// It does not answer within the timeout.
    Slow,
    /// Its replication lag is too large.
    Lagging,
}

impl StandbyState {
    pub(super) const ALL: [Self; 4] = [Self::InRotation, Self::Unavailable, Self::Slow, Self::Lagging];

    /// The label `state` of the metrics, and the `reason` in the log.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::InRotation => "in_rotation",
            Self::Unavailable => "unavailable",
            Self::Slow => "slow",
            Self::Lagging => "lagging",
        }
    }
}
