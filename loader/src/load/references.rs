//! The references between files: a file waits for the ids and the keys of the tables that it references.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::known_ids::KnownIds;

/// The receiving end of a reference: what a file needs from a table that it references.
#[derive(Debug)]
pub(super) struct Parent {
    pub(super) name: &'static str,
    /// The ids of the table, when all rows are loaded.
    pub(super) ids: oneshot::Receiver<Arc<KnownIds>>,
    /// Signals that the table has its keys.
    pub(super) keys: oneshot::Receiver<()>,
}

/// The sending end of a reference.
#[derive(Debug)]
pub(super) struct Child {
    ids: oneshot::Sender<Arc<KnownIds>>,
    keys: oneshot::Sender<()>,
}

/// The two ends of a reference to the table `name`.
pub(super) fn reference(name: &'static str) -> (Parent, Child) {
    let (ids_sender, ids) = oneshot::channel();
    let (keys_sender, keys) = oneshot::channel();
    (Parent { name, ids, keys }, Child { ids: ids_sender, keys: keys_sender })
}

/// Sends the ids to the files that reference this one. Returns the senders for the signal that the table has its keys.
pub(super) fn send_ids(children: Vec<Child>, ids: KnownIds) -> Vec<oneshot::Sender<()>> {
    let ids = Arc::new(ids);
    let send = |child: Child| {
        // Sending fails if the child's load has failed.
        let _ = child.ids.send(Arc::clone(&ids));
        child.keys
    };
    children.into_iter().map(send).collect()
}

/// Waits for a parent.
pub(super) async fn received<T>(receiver: oneshot::Receiver<T>) -> T {
    match receiver.await {
        Ok(sent) => sent,
        // The load of the parent has failed, and the whole load is about to end.
        Err(_) => std::future::pending().await,
    }
}
