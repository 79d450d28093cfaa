//! Whether a row's id is new, whether what it points at exists, and what it thereby belongs to.

use std::sync::Arc;

use super::known_ids::{KnownIds, Lineage};
use crate::csv::{Reason, Record};
use crate::tables::{Kind, Table};

/// The ids of the tables that a file points at, by the tables' names.
pub(super) type Parents = Vec<(&'static str, Arc<KnownIds>)>;

/// The keys of one file.
#[derive(Debug)]
pub(super) struct Keys {
    pointers: Vec<Pointer>,
    /// The column of the row's own id.
    id: usize,
    /// The column that says what the row belongs to, where rows of other files will ask for it.
    owner: Option<usize>,
    ids: KnownIds,
}

/// A column that points at another table.
#[derive(Debug)]
struct Pointer {
    column: usize,
    header: &'static str,
    file: &'static str,
    parent: Arc<KnownIds>,
    /// Whether the row belongs to what the row pointed at belongs to.
    inherits: bool,
}

impl Keys {
    pub(super) fn new(table: &'static Table, parents: &Parents) -> Self {
        let id = table.columns.iter().position(|column| column.kind == Kind::Id);
        let pointers = pointers(table, parents);
        let above =
            pointers.iter().find(|pointer| pointer.inherits).map(|pointer| Arc::clone(&pointer.parent));
        Self {
            pointers,
            id: id.expect("each table in the list has a column for its id"),
            owner: table.owner().filter(|_| table.has_parts()),
            ids: KnownIds::below(above.filter(|_| table.has_parts())),
        }
    }

    /// Takes the row in, if its id is new and what it points at is there. Returns what it inherits.
    pub(super) fn take(&mut self, record: &Record) -> Result<Lineage, Reason> {
        let cells = record.cells();
        let mut inherited: Option<(&Pointer, Lineage)> = None;
        for pointer in &self.pointers {
            let id = cells[pointer.column].number;
            let orphan = || Reason::Orphan { column: pointer.header, id, file: pointer.file };
            if !pointer.inherits {
                pointer.parent.contains(id).then_some(()).ok_or_else(orphan)?;
                continue;
            }
            let lineage = pointer.parent.lineage_of(id).ok_or_else(orphan)?;
            match inherited {
                Some((other, known)) if known != lineage => {
                    let other_id = cells[other.column].number;
                    return Err(Reason::Strangers {
                        column: other.header,
                        id: other_id,
                        other: pointer.header,
                        other_id: id,
                    });
                }
                _ => inherited = Some((pointer, lineage)),
            }
        }
        let id = cells[self.id].number;
        if self.ids.insert(id, self.owner.map(|owner| cells[owner].number)) {
            Ok(inherited.map(|(_, lineage)| lineage).unwrap_or_default())
        } else {
            Err(Reason::Duplicate { id })
        }
    }

    pub(super) fn into_ids(self) -> KnownIds {
        self.ids
    }
}

fn pointers(table: &'static Table, parents: &Parents) -> Vec<Pointer> {
    let pointer = |(index, parent): (usize, &'static str)| {
        let column = &table.columns[index];
        let (_, ids) = parents.iter().find(|(name, _)| *name == parent).expect("parents are loaded first");
        Pointer {
            column: index,
            header: column.header,
            file: Table::named(parent).file,
            parent: Arc::clone(ids),
            inherits: matches!(column.kind, Kind::PartOf(_)),
        }
    };
    let named =
        table.columns.iter().enumerate().filter_map(|(index, column)| Some((index, column.parent()?)));
    named.map(pointer).collect()
}
