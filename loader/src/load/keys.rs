//! Whether a row's id is new and what it points at exists.

use std::sync::Arc;

use super::known_ids::KnownIds;
use crate::csv::{Reason, Record};
use crate::tables::{Kind, TABLES, Table};

/// The ids of the tables that a file points at, by the tables' names.
pub(super) type Parents = Vec<(&'static str, Arc<KnownIds>)>;

/// The keys of one file.
#[derive(Debug)]
pub(super) struct Keys {
    pointers: Vec<Pointer>,
    id: usize,
    product: ProductSource,
    /// Whether the product of each id has to be known later.
    hands_down_product: bool,
    ids: KnownIds,
}

/// A column that points at another table.
#[derive(Debug)]
struct Pointer {
    column: usize,
    header: &'static str,
    file: &'static str,
    parent: Arc<KnownIds>,
}

/// Where the product of a row is found.
#[derive(Debug)]
enum ProductSource {
    Column(usize),
    /// In the row that this column points at.
    Parent(usize),
    Nowhere,
}

impl Keys {
    pub(super) fn new(table: &'static Table, parents: &Parents) -> Self {
        let position =
            |wanted: fn(&Kind) -> bool| table.columns.iter().position(|column| wanted(&column.kind));
        let product = match position(|kind| matches!(kind, Kind::PartOf(_))) {
            Some(column) => ProductSource::Parent(column),
            None => match table.columns.iter().position(|column| column.name == "product_id") {
                Some(column) => ProductSource::Column(column),
                None => ProductSource::Nowhere,
            },
        };
        Self {
            pointers: pointers(table, parents),
            id: position(|kind| *kind == Kind::Id).expect("each table in the list has a column for its id"),
            product,
            hands_down_product: table.hands_down_product(),
            ids: KnownIds::default(),
        }
    }

    /// Takes the row in, if its id is new and what it points at is there. Returns the product that it belongs to.
    pub(super) fn take(&mut self, record: &Record) -> Result<u64, Reason> {
        let cells = record.cells();
        let mut product = 0;
        for pointer in &self.pointers {
            let id = cells[pointer.column].number;
            let known = match self.product {
                ProductSource::Parent(column) if column == pointer.column => {
                    pointer.parent.product_of(id).inspect(|&found| product = found).is_some()
                }
                _ => pointer.parent.contains(id),
            };
            if !known {
                return Err(Reason::Orphan { column: pointer.header, id, file: pointer.file });
            }
        }
        if let ProductSource::Column(column) = self.product {
            product = cells[column].number;
        }
        let id = cells[self.id].number;
        if self.ids.insert(id, self.hands_down_product.then_some(product)) {
            Ok(product)
        } else {
            Err(Reason::Duplicate { id })
        }
    }

    pub(super) fn into_ids(self) -> KnownIds {
        self.ids
    }
}

fn pointers(table: &'static Table, parents: &Parents) -> Vec<Pointer> {
    let pointer = |(column, parent_name): (usize, &'static str)| {
        let parent_table = TABLES.iter().find(|parent| parent.name == parent_name);
        let (_, parent) = parents.iter().find(|(name, _)| *name == parent_name)?;
        let header = table.columns[column].header;
        Some(Pointer { column, header, file: parent_table?.file, parent: Arc::clone(parent) })
    };
    let named =
        table.columns.iter().enumerate().filter_map(|(index, column)| Some((index, column.parent()?)));
    named.map(|named| pointer(named).expect("parents stand in the list and are loaded first")).collect()
}
