//! The tables whose rows are computed from the base tables: the read model. A load fills them, a check compares them.

use sqlx::PgConnection;

/// A derived table. The schema has a function that computes its rows for a range of products.
#[derive(Debug)]
pub(crate) struct DerivedTable {
    /// Its name in the database.
    pub(crate) table: &'static str,
    /// What messages call its rows.
    pub(crate) label: &'static str,
    /// The columns of the primary key. The first is `product_id`.
    pub(crate) key: &'static [&'static str],
    /// The other columns.
    pub(crate) values: &'static [&'static str],
    /// The SQL value that is equivalent to a missing row.
    pub(crate) default: &'static str,
}

/// All derived tables but [`PRODUCT_COUNTS`].
pub(crate) const DERIVED_TABLES: &[DerivedTable] = &[
    DerivedTable {
        table: "product_documents",
        label: "documents",
        key: &["product_id"],
        values: &["summary", "features", "styles", "related"],
        default: "null",
    },
    DerivedTable {
        table: "review_totals",
        label: "totals of reviews",
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
        default: "0",
    },
    DerivedTable {
        table: "characteristic_totals",
        label: "totals of characteristics",
        key: &["product_id", "characteristic_id"],
        values: &["ratings", "total"],
        default: "0",
    },
];

/// The table of the number of products in each bucket of a thousand ids.
pub(crate) const PRODUCT_COUNTS: &str = "product_counts";

/// The approximate number of products for which one statement computes derived rows.
const RANGE_PRODUCTS: i64 = 5_000;

impl DerivedTable {
    /// An SQL expression for the rows computed from the base tables, of the products with ids from `low` to `high`.
    ///
    /// The ids are literals, not parameters: the planner must see how much of the tables the range covers.
    pub(crate) fn computed_between(&self, low: i64, high: i64) -> String {
        format!("{}_between({low}, {high})", self.table)
    }

    /// The names of all columns.
    pub(crate) fn columns(&self) -> String {
        [self.key, self.values].concat().join(", ")
    }
}

/// Adjacent ranges of ids that cover all of `i64`, each with about [`RANGE_PRODUCTS`] of the `products` that the
/// connection sees; and the number of these products. The ids may have gaps.
pub(crate) async fn product_ranges(connection: &mut PgConnection) -> sqlx::Result<(Vec<(i64, i64)>, u64)> {
    let numbered: Vec<(i64, i64)> = sqlx::query_as(
        "select id, number
         from (select id, row_number() over (order by id) as number, count(*) over () as last from products) numbered
         where number % $1 = 0 or number = last
         order by id",
    )
    .bind(RANGE_PRODUCTS)
    .fetch_all(connection)
    .await?;
    let products = numbered.last().map_or(0, |(_, number)| number.unsigned_abs());
    let mut ranges = Vec::with_capacity(numbered.len());
    let mut low = i64::MIN;
    for (index, &(id, _)) in numbered.iter().enumerate() {
        let high = if index + 1 == numbered.len() { i64::MAX } else { id };
        ranges.push((low, high));
        low = id.saturating_add(1);
    }
    if ranges.is_empty() {
        ranges.push((i64::MIN, i64::MAX));
    }
    Ok((ranges, products))
}
