//! Checks the keys of a row: its id must be new, and the rows that it references must be loaded.

use std::sync::Arc;

use super::known_ids::{KnownIds, OwnerIds};
use crate::csv::{Record, RejectReason};
use crate::tables::list::owns_rows;
use crate::tables::{ColumnKind, Table};

/// The ids of the tables that a file references, by the names of the tables.
pub(super) type ParentIds = Vec<(&'static str, Arc<KnownIds>)>;

/// Checks the rows of one file, and collects their ids.
#[derive(Debug)]
pub(super) struct KeyChecker {
    references: Vec<ReferenceColumn>,
    /// The column of the row's own id.
    id: usize,
    /// The column of the row's owner, if rows of other files inherit it.
    owner: Option<usize>,
    ids: KnownIds,
}

/// A column that references another table.
#[derive(Debug)]
struct ReferenceColumn {
    index: usize,
    header: &'static str,
    parent_file: &'static str,
    parent_ids: Arc<KnownIds>,
    /// Whether the row inherits the owners of the referenced row.
    inherits: bool,
}

impl KeyChecker {
    pub(super) fn new(table: &'static Table, parents: &ParentIds) -> Self {
        let id = table.columns.iter().position(|column| column.kind == ColumnKind::Id);
        let references = references(table, parents);
        let owns_rows = owns_rows(table);
        let owner_ids = references.iter().find(|reference| reference.inherits && owns_rows);
        let owner_ids = owner_ids.map(|reference| Arc::clone(&reference.parent_ids));
        Self {
            references,
            id: id.expect("each table in the list has a column for its id"),
            owner: table.owner().filter(|_| owns_rows),
            ids: KnownIds::owned_by(owner_ids),
        }
    }

    /// Adds the row's id, if it is new and all referenced rows are loaded. Returns the owners that the row inherits.
    pub(super) fn add(&mut self, record: &Record) -> Result<OwnerIds, RejectReason> {
        let inherited = self.inherited_owners(record)?;
        let cells = record.cells();
        let id = cells[self.id].number;
        if self.ids.insert(id, self.owner.map(|owner| cells[owner].number)) {
            Ok(inherited)
        } else {
            Err(RejectReason::Duplicate { id })
        }
    }

    /// The owners that the row inherits through its references, which must agree.
    fn inherited_owners(&self, record: &Record) -> Result<OwnerIds, RejectReason> {
        let id_in = |reference: &ReferenceColumn| record.cells()[reference.index].number;
        let mut inherited: Option<(&ReferenceColumn, OwnerIds)> = None;
        for reference in &self.references {
            let id = id_in(reference);
            let orphan =
                || RejectReason::Orphan { column: reference.header, id, file: reference.parent_file };
            if !reference.inherits {
                reference.parent_ids.contains(id).then_some(()).ok_or_else(orphan)?;
                continue;
            }
            let owners = reference.parent_ids.owners_of(id).ok_or_else(orphan)?;
            if let Some((first, _)) = inherited.filter(|(_, first_owners)| *first_owners != owners) {
                return Err(RejectReason::OwnerMismatch {
                    column: first.header,
                    id: id_in(first),
                    other: reference.header,
                    other_id: id,
                });
            }
            inherited = Some((reference, owners));
        }
        Ok(inherited.map(|(_, owners)| owners).unwrap_or_default())
    }

    /// The ids of all rows that were added.
    pub(super) fn into_ids(self) -> KnownIds {
        self.ids
    }
}

fn references(table: &'static Table, parents: &ParentIds) -> Vec<ReferenceColumn> {
    let mut references = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let Some(parent) = column.parent() else { continue };
        let (_, ids) =
            parents.iter().find(|(name, _)| *name == parent.name).expect("parents are loaded first");
        references.push(ReferenceColumn {
            index,
            header: column.header,
            parent_file: parent.file,
            parent_ids: Arc::clone(ids),
            inherits: matches!(column.kind, ColumnKind::OwnedBy(_)),
        });
    }
    references
}
