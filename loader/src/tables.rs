//! The list of tables: which file fills which, and what stands in each column. Another file is another entry here.
//!
//! What the tables are made of (types, keys, indexes) is not told here: the migrated database knows it.

/// A table and the CSV file that it is filled from.
#[derive(Debug)]
pub(crate) struct Table {
    /// The table's name in the database.
    pub(crate) name: &'static str,
    /// The file's name in the directory of the data set.
    pub(crate) file: &'static str,
    /// Whether there is nothing to load without this file.
    pub(crate) required: bool,
    /// The columns, in the order of the file.
    pub(crate) columns: &'static [Column],
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
    /// The id of a row of the table named, whose product this row belongs to as well. The file does not say which
    /// product that is, the table does: in a column `product_id`, which is filled from the row pointed at.
    PartOf(&'static str),
    /// Text, kept to the byte.
    Text,
    /// An amount from 0 to 9999999999.99, with at most two decimals.
    Price,
    /// 0, 1, true or false.
    Flag,
    /// A whole number from 0 to 2^31 - 1.
    Count,
}

/// The most columns that a file has.
pub(crate) const MAX_COLUMNS: usize = 12;

/// All tables, parents before children.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "products",
        file: "product.csv",
        required: true,
        columns: &[
            column("id", "id", Kind::Id),
            column("name", "name", Kind::Text),
            column("slogan", "slogan", Kind::Text),
            column("description", "description", Kind::Text),
            column("category", "category", Kind::Text),
            column("default_price", "default_price", Kind::Price),
        ],
    },
    Table {
        name: "styles",
        file: "styles.csv",
        required: true,
        columns: &[
            column("id", "id", Kind::Id),
            column("productId", "product_id", Kind::Reference("products")),
            column("name", "name", Kind::Text),
            column("sale_price", "sale_price", Kind::Price).or_null(),
            column("original_price", "original_price", Kind::Price),
            column("default_style", "is_default", Kind::Flag),
        ],
    },
    Table {
        name: "features",
        file: "features.csv",
        required: true,
        columns: &[
            column("id", "id", Kind::Id),
            column("product_id", "product_id", Kind::Reference("products")),
            column("feature", "feature", Kind::Text),
            column("value", "value", Kind::Text).or_null(),
        ],
    },
    Table {
        name: "skus",
        file: "skus.csv",
        required: true,
        columns: &[
            column("id", "id", Kind::Id),
            column("styleId", "style_id", Kind::PartOf("styles")),
            column("size", "size", Kind::Text),
            column("quantity", "quantity", Kind::Count),
        ],
    },
    Table {
        name: "photos",
        file: "photos.csv",
        required: true,
        columns: &[
            column("id", "id", Kind::Id),
            column("styleId", "style_id", Kind::PartOf("styles")),
            column("url", "url", Kind::Text),
            column("thumbnail_url", "thumbnail_url", Kind::Text),
        ],
    },
    Table {
        name: "related_products",
        file: "related.csv",
        required: true,
        columns: &[
            column("id", "id", Kind::Id),
            column("current_product_id", "product_id", Kind::Reference("products")),
            column("related_product_id", "related_product_id", Kind::Reference("products")),
        ],
    },
    Table {
        name: "legacy_carts",
        file: "cart.csv",
        required: false,
        columns: &[
            column("id", "id", Kind::Id),
            column("user_session", "user_session", Kind::Text),
            column("product_id", "product_id", Kind::Reference("products")),
            column("active", "active", Kind::Flag),
        ],
    },
];

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
    /// The header of the file as it should be: `id,styleId,url,thumbnail_url`.
    pub(crate) fn header(&self) -> String {
        self.columns.iter().map(|column| column.header).collect::<Vec<_>>().join(",")
    }

    /// Whether the rows take their product from the row they point at.
    pub(crate) fn inherits_product(&self) -> bool {
        self.columns.iter().any(|column| matches!(column.kind, Kind::PartOf(_)))
    }

    /// Whether rows of other tables take their product from this one's.
    pub(crate) fn hands_down_product(&self) -> bool {
        TABLES.iter().flat_map(|table| table.columns).any(|column| column.kind == Kind::PartOf(self.name))
    }

    /// The columns of the table in the order in which the loader fills them.
    pub(crate) fn filled_columns(&self) -> String {
        let mut names: Vec<_> = self.columns.iter().map(|column| column.name).collect();
        if self.inherits_product() {
            names.push("product_id");
        }
        names.join(", ")
    }
}
