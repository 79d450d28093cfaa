//! Which file fills which table, and what stands in each column.
//!
//! What the tables are made of (types, keys, indexes) is not told here: the migrated database knows it.

mod list;

pub(crate) use list::TABLES;

/// A table and the CSV file that it is filled from.
#[derive(Debug)]
pub(crate) struct Table {
    /// The table's name in the database.
    pub(crate) name: &'static str,
    /// The file's name in the directory of the data set.
    pub(crate) file: &'static str,
    /// The files that it comes with.
    pub(crate) group: Group,
    /// The columns, in the order of the file.
    pub(crate) columns: &'static [Column],
}

/// Files that are loaded together or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// Without these there is nothing to load.
    Catalogue,
    /// The older cart.
    LegacyCart,
    /// Questions and answers.
    Questions,
    /// Reviews, and what they rate.
    Reviews,
}

/// A column of a file, and of the table it fills.
#[derive(Debug)]
pub(crate) struct Column {
    /// What the file's header calls it.
    pub(crate) header: &'static str,
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// What may stand in it.
    pub(crate) kind: Kind,
    /// Whether `null` may stand in it.
    pub(crate) nullable: bool,
}

/// What may stand in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The row's own id, from 1 to 2^63 - 1, once a file.
    Id,
    /// The id of a row of the table named.
    Reference(&'static str),
    /// The id of a row of the table named, which this row is a part of: it belongs to all that that one belongs to. The
    /// file does not say what that is, but the table does, in columns that are filled from the row pointed at. A row
    /// can be a part of two that belong to the same.
    PartOf(&'static str),
    /// Text, kept to the byte.
    Text,
    /// An amount from 0 to 9999999999.99, with at most two decimals.
    Price,
    /// 0, 1, true or false.
    Flag,
    /// A whole number from 0 to 2^31 - 1.
    Count,
    /// A whole number from 1 to 5.
    Rating,
    /// Milliseconds since 1970, up to the end of the year 9999.
    Time,
}

/// The most columns that a file has.
pub(crate) const MAX_COLUMNS: usize = 12;

/// The most rows that a row belongs to, one inside of the other: an answer's photo, to a question and a product.
pub(crate) const MAX_OWNERS: usize = 2;

const fn column(header: &'static str, name: &'static str, kind: Kind) -> Column {
    Column { header, name, kind, nullable: false }
}

impl Column {
    const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// The table that this column points at.
    pub(crate) fn parent(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Reference(parent) | Kind::PartOf(parent) => Some(parent),
            _ => None,
        }
    }
}

impl Table {
    /// The table of this name in the database, which has to stand in the list.
    pub(crate) fn named(name: &str) -> &'static Self {
        TABLES.iter().find(|table| table.name == name).expect("parents stand in the list of tables")
    }

    /// The header of the file as it should be: `id,styleId,url,thumbnail_url`.
    pub(crate) fn header(&self) -> String {
        self.columns.iter().map(|column| column.header).collect::<Vec<_>>().join(",")
    }

    /// The place of the column that says what a row belongs to.
    pub(crate) fn owner(&self) -> Option<usize> {
        let part_of = |column: &Column| matches!(column.kind, Kind::PartOf(_));
        let of_product = |column: &Column| column.name == "product_id";
        self.columns.iter().position(part_of).or_else(|| self.columns.iter().position(of_product))
    }

    /// The columns that are filled from the row that a row is a part of, from the nearest owner outwards.
    pub(crate) fn inherited(&self) -> Vec<&'static str> {
        let Some(Kind::PartOf(parent)) = self.owner().map(|owner| self.columns[owner].kind) else {
            return Vec::new();
        };
        let parent = Self::named(parent);
        let owner = parent.owner().map(|owner| parent.columns[owner].name);
        owner.into_iter().chain(parent.inherited()).collect()
    }

    /// Whether rows of other tables are parts of rows of this one.
    pub(crate) fn has_parts(&self) -> bool {
        TABLES.iter().flat_map(|table| table.columns).any(|column| column.kind == Kind::PartOf(self.name))
    }

    /// The columns of the table in the order in which the loader fills them.
    pub(crate) fn filled_columns(&self) -> String {
        let own = self.columns.iter().map(|column| column.name);
        own.chain(self.inherited()).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_inherit_what_the_row_belongs_to_that_they_are_a_part_of() {
        let inherited = |name| Table::named(name).inherited();
        assert_eq!(inherited("styles"), Vec::<&str>::new());
        assert_eq!(inherited("photos"), ["product_id"]);
        assert_eq!(inherited("answer_photos"), ["question_id", "product_id"]);
        assert_eq!(inherited("characteristic_ratings"), ["product_id"]);
        assert!(TABLES.iter().all(|table| table.inherited().len() <= MAX_OWNERS));
        assert!(TABLES.iter().all(|table| table.columns.len() <= MAX_COLUMNS));
    }
}
