//! The tables that hold nothing but what follows from the base tables, one list for those who fill and who check them.

/// A table that a function of the schema makes, range by range of products.
#[derive(Debug)]
pub(crate) struct Derived {
    /// The table's name.
    pub(crate) table: &'static str,
    /// What its rows are called.
    pub(crate) called: &'static str,
    /// The key, of which the first column is `product_id`.
    pub(crate) key: &'static [&'static str],
    /// The other columns.
    pub(crate) values: &'static [&'static str],
    /// The value, in SQL, that stands for one that has no row.
    pub(crate) nothing: &'static str,
}

/// All of them.
pub(crate) const DERIVED: &[Derived] = &[
    Derived {
        table: "product_documents",
        called: "documents",
        key: &["product_id"],
        values: &["summary", "features", "styles", "related"],
        nothing: "null",
    },
    Derived {
        table: "review_totals",
        called: "totals of reviews",
        key: &["product_id"],
        values: &[
            "rating_1",
            "rating_2",
            "rating_3",
            "rating_4",
            "rating_5",
            "recommended",
            "not_recommended",
        ],
        nothing: "0",
    },
    Derived {
        table: "characteristic_totals",
        called: "totals of characteristics",
        key: &["product_id", "characteristic_id"],
        values: &["ratings", "total"],
        nothing: "0",
    },
];

/// How many products there are in each thousand of ids.
pub(crate) const PRODUCT_COUNTS: &str = "product_counts";

impl Derived {
    /// The rows as the base tables have them, of the products with ids from `low` to `high`.
    ///
    /// In numbers, not as parameters: the planner has to see how much of the tables a range is.
    pub(crate) fn made_between(&self, low: i64, high: i64) -> String {
        format!("{}_between({low}, {high})", self.table)
    }

    /// All columns.
    pub(crate) fn columns(&self) -> String {
        [self.key, self.values].concat().join(", ")
    }
}
