//! Standbys: PostgreSQL servers that follow the primary, and take reads.
//!
//! The guarantee: no response is older than the invalidations that this process has received and the writes that its
//! clients have made; a promotion included. It rests on three steps.
//!
//! 1. **A read has a minimum.** The cache numbers invalidations. After each, a task asks the primary for its current WAL
//!    position, and records a checkpoint: every invalidation up to this number is contained in the WAL up to this position
//!    (`cache::versions`). A read of a subject requires the position of the first checkpoint that covers the subject's
//!    last invalidation ([`Minimum::Position`](super::position::Minimum)); until there is one, it requires the latest state,
//!    which only the primary has. A client's own write invalidates in the same way, before it is answered.
//! 2. **A standby answers only if it has replayed the minimum.** The connection asks it for its replayed position before the
//!    read's snapshot is taken, and remembers it ([`batcher`](super::batcher)). If that is not enough, the read goes to the
//!    next server, the primary last ([`reads`](super::reads)).
//! 3. **A promotion starts a new timeline.** A position includes another only on the same or a later timeline. Checkpoints
//!    of an old timeline are dropped when the primary reports a new one, so that a standby that followed the old timeline
//!    too far answers nothing more.
//!
//! While the primary is unavailable, any standby answers as well as it can; such a result is marked as stale
//! ([`Read`](super::position::Read)), and not cached.
//!
//! The monitor removes a standby from rotation that is unavailable, slow or far behind. That saves time; the guarantee
//! does not depend on it.

pub(super) mod metrics;
pub(super) mod monitor;
pub(super) mod standby;
pub(super) mod state;
