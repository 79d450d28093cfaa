//! The types that describe a table and its CSV file.

/// The largest number of columns of a file.
pub(crate) const MAX_COLUMNS: usize = 12;

/// The longest chain of owners: a photo of an answer is owned by the answer, which is owned by a question, which
/// belongs to a product. The photo's row inherits the last two.
pub(crate) const MAX_OWNERS: usize = 2;

/// A table and the CSV file that fills it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// The table's name in the database.
    pub(crate) name: &'static str,
    /// The file's name in the directory of the data set.
    pub(crate) file: &'static str,
    /// The files that this file is loaded with.
    pub(crate) group: FileGroup,
    /// The columns, in the order of the file.
    pub(crate) columns: &'static [Column],
}

/// Files that are loaded together or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileGroup {
    /// Products, styles and so on. The only group that is required.
    Catalogue,
    /// The older cart.
    LegacyCart,
    /// Questions and answers.
    Questions,
    /// Reviews and characteristics.
    Reviews,
}

/// A column of a file and of the table that the file fills.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name in the file's header.
    pub(crate) header: &'static str,
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// The values that it accepts.
    pub(crate) kind: ColumnKind,
    /// Whether it accepts `null`.
    pub(crate) nullable: bool,
}

/// The values that a column accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// The row's own id, from 1 to 2^63 - 1, unique in the file.
    Id,
    /// The id of a row of this table.
    Reference(&'static Table),
    /// The id of the row of this table that owns this row. The row's table also has columns for the owners of that
    /// owner, which the file lacks: the loader fills them from the owner. A row with two such columns must have the
    /// same inherited owners through both.
    OwnedBy(&'static Table),
    /// Text, stored byte for byte.
    Text,
    /// An amount from 0 to 9999999999.99, with at most two decimals.
    Price,
    /// 0, 1, true or false.
    Flag,
    /// A whole number from 0 to 2^31 - 1.
    Count,
    /// A whole number from 1 to 5.
    Rating,
    /// Milliseconds since 1970, from the year 1 to 9999.
    Time,
}

impl Column {
    pub(super) const fn new(header: &'static str, name: &'static str, kind: ColumnKind) -> Self {
        Self { header, name, kind, nullable: false }
    }

    pub(super) const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The table whose ids this column holds, unless it is the row's own.
    pub(crate) fn parent(&self) -> Option<&'static Table> {
        match self.kind {
            ColumnKind::Reference(parent) | ColumnKind::OwnedBy(parent) => Some(parent),
            _ => None,
        }
    }
}

impl Table {
    /// The header that the file should have: `id,styleId,url,thumbnail_url`.
    pub(crate) fn header(&self) -> String {
        self.columns.iter().map(|column| column.header).collect::<Vec<_>>().join(",")
    }

    /// The index of the column that holds the row's owner.
    pub(crate) fn owner(&self) -> Option<usize> {
        let owned_by = |column: &Column| matches!(column.kind, ColumnKind::OwnedBy(_));
        let of_product = |column: &Column| column.name == "product_id";
        self.columns.iter().position(owned_by).or_else(|| self.columns.iter().position(of_product))
    }

    /// The columns that are filled from the row's owner, from the nearest owner outwards.
    pub(crate) fn inherited(&self) -> Vec<&'static str> {
        let Some(ColumnKind::OwnedBy(parent)) = self.owner().map(|owner| self.columns[owner].kind) else {
            return Vec::new();
        };
        let owner = parent.owner().map(|owner| parent.columns[owner].name);
        owner.into_iter().chain(parent.inherited()).collect()
    }

    /// The names of the table's columns, in the order in which the loader writes them.
    pub(crate) fn copy_columns(&self) -> String {
        let own = self.columns.iter().map(|column| column.name);
        own.chain(self.inherited()).collect::<Vec<_>>().join(", ")
    }
}
