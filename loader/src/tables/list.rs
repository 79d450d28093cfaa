//! The tables and their files: the one definition that loading, generating and checking use.

use super::table::{Column, ColumnKind, FileGroup, Table};

/// All tables, parents before children.
pub(crate) static TABLES: [&Table; 14] = [
    &PRODUCTS,
    &STYLES,
    &FEATURES,
    &SKUS,
    &PHOTOS,
    &RELATED_PRODUCTS,
    &LEGACY_CARTS,
    &QUESTIONS,
    &ANSWERS,
    &ANSWER_PHOTOS,
    &REVIEWS,
    &REVIEW_PHOTOS,
    &CHARACTERISTICS,
    &CHARACTERISTIC_RATINGS,
];

/// `product.csv`
pub(crate) static PRODUCTS: Table = Table {
    name: "products",
    file: "product.csv",
    group: FileGroup::Catalogue,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("name", "name", ColumnKind::Text),
        Column::new("slogan", "slogan", ColumnKind::Text),
        Column::new("description", "description", ColumnKind::Text),
        Column::new("category", "category", ColumnKind::Text),
        Column::new("default_price", "default_price", ColumnKind::Price),
    ],
};

/// `styles.csv`
pub(crate) static STYLES: Table = Table {
    name: "styles",
    file: "styles.csv",
    group: FileGroup::Catalogue,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("productId", "product_id", ColumnKind::Reference(&PRODUCTS)),
        Column::new("name", "name", ColumnKind::Text),
        Column::new("sale_price", "sale_price", ColumnKind::Price).or_null(),
        Column::new("original_price", "original_price", ColumnKind::Price),
        Column::new("default_style", "is_default", ColumnKind::Flag),
    ],
};

/// `features.csv`
pub(crate) static FEATURES: Table = Table {
    name: "features",
    file: "features.csv",
    group: FileGroup::Catalogue,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("product_id", "product_id", ColumnKind::Reference(&PRODUCTS)),
        Column::new("feature", "feature", ColumnKind::Text),
        Column::new("value", "value", ColumnKind::Text).or_null(),
    ],
};

/// `skus.csv`
pub(crate) static SKUS: Table = Table {
    name: "skus",
    file: "skus.csv",
    group: FileGroup::Catalogue,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("styleId", "style_id", ColumnKind::OwnedBy(&STYLES)),
        Column::new("size", "size", ColumnKind::Text),
        Column::new("quantity", "quantity", ColumnKind::Count),
    ],
};

/// `photos.csv`
pub(crate) static PHOTOS: Table = Table {
    name: "photos",
    file: "photos.csv",
    group: FileGroup::Catalogue,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("styleId", "style_id", ColumnKind::OwnedBy(&STYLES)),
        Column::new("url", "url", ColumnKind::Text),
        Column::new("thumbnail_url", "thumbnail_url", ColumnKind::Text),
    ],
};

/// `related.csv`
pub(crate) static RELATED_PRODUCTS: Table = Table {
    name: "related_products",
    file: "related.csv",
    group: FileGroup::Catalogue,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("current_product_id", "product_id", ColumnKind::Reference(&PRODUCTS)),
        Column::new("related_product_id", "related_product_id", ColumnKind::Reference(&PRODUCTS)),
    ],
};

/// `cart.csv`
pub(crate) static LEGACY_CARTS: Table = Table {
    name: "legacy_carts",
    file: "cart.csv",
    group: FileGroup::LegacyCart,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("user_session", "user_session", ColumnKind::Text),
        Column::new("product_id", "product_id", ColumnKind::Reference(&PRODUCTS)),
        Column::new("active", "active", ColumnKind::Flag),
    ],
};

/// `questions.csv`
pub(crate) static QUESTIONS: Table = Table {
    name: "questions",
    file: "questions.csv",
    group: FileGroup::Questions,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("product_id", "product_id", ColumnKind::Reference(&PRODUCTS)),
        Column::new("body", "body", ColumnKind::Text),
        Column::new("date_written", "written_at", ColumnKind::Time),
        Column::new("asker_name", "asker_name", ColumnKind::Text),
        Column::new("asker_email", "asker_email", ColumnKind::Text),
        Column::new("reported", "is_reported", ColumnKind::Flag),
        Column::new("helpful", "helpfulness", ColumnKind::Count),
    ],
};

/// `answers.csv`
pub(crate) static ANSWERS: Table = Table {
    name: "answers",
    file: "answers.csv",
    group: FileGroup::Questions,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("question_id", "question_id", ColumnKind::OwnedBy(&QUESTIONS)),
        Column::new("body", "body", ColumnKind::Text),
        Column::new("date_written", "written_at", ColumnKind::Time),
        Column::new("answerer_name", "answerer_name", ColumnKind::Text),
        Column::new("answerer_email", "answerer_email", ColumnKind::Text),
        Column::new("reported", "is_reported", ColumnKind::Flag),
        Column::new("helpful", "helpfulness", ColumnKind::Count),
    ],
};

/// `answers_photos.csv`
pub(crate) static ANSWER_PHOTOS: Table = Table {
    name: "answer_photos",
    file: "answers_photos.csv",
    group: FileGroup::Questions,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("answer_id", "answer_id", ColumnKind::OwnedBy(&ANSWERS)),
        Column::new("url", "url", ColumnKind::Text),
    ],
};

/// `reviews.csv`
pub(crate) static REVIEWS: Table = Table {
    name: "reviews",
    file: "reviews.csv",
    group: FileGroup::Reviews,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("product_id", "product_id", ColumnKind::Reference(&PRODUCTS)),
        Column::new("rating", "rating", ColumnKind::Rating),
        Column::new("date", "written_at", ColumnKind::Time),
        Column::new("summary", "summary", ColumnKind::Text),
        Column::new("body", "body", ColumnKind::Text),
        Column::new("recommend", "recommend", ColumnKind::Flag),
        Column::new("reported", "is_reported", ColumnKind::Flag),
        Column::new("reviewer_name", "reviewer_name", ColumnKind::Text),
        Column::new("reviewer_email", "reviewer_email", ColumnKind::Text),
        Column::new("response", "response", ColumnKind::Text).or_null(),
        Column::new("helpfulness", "helpfulness", ColumnKind::Count),
    ],
};

/// `reviews_photos.csv`
pub(crate) static REVIEW_PHOTOS: Table = Table {
    name: "review_photos",
    file: "reviews_photos.csv",
    group: FileGroup::Reviews,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("review_id", "review_id", ColumnKind::OwnedBy(&REVIEWS)),
        Column::new("url", "url", ColumnKind::Text),
    ],
};

/// `characteristics.csv`
pub(crate) static CHARACTERISTICS: Table = Table {
    name: "characteristics",
    file: "characteristics.csv",
    group: FileGroup::Reviews,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("product_id", "product_id", ColumnKind::Reference(&PRODUCTS)),
        Column::new("name", "name", ColumnKind::Text),
    ],
};

/// `characteristic_reviews.csv`
pub(crate) static CHARACTERISTIC_RATINGS: Table = Table {
    name: "characteristic_ratings",
    file: "characteristic_reviews.csv",
    group: FileGroup::Reviews,
    columns: &[
        Column::new("id", "id", ColumnKind::Id),
        Column::new("characteristic_id", "characteristic_id", ColumnKind::OwnedBy(&CHARACTERISTICS)),
        Column::new("review_id", "review_id", ColumnKind::OwnedBy(&REVIEWS)),
        Column::new("value", "value", ColumnKind::Rating),
    ],
};

/// Whether rows of other tables are [owned](ColumnKind::OwnedBy) by rows of `table`.
pub(crate) fn owns_rows(table: &Table) -> bool {
    let mut columns = TABLES.iter().flat_map(|table| table.columns);
    columns.any(|column| matches!(column.kind, ColumnKind::OwnedBy(owner) if owner.name == table.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{MAX_COLUMNS, MAX_OWNERS};

    #[test]
    fn rows_inherit_the_owners_of_their_owner() {
        assert_eq!(STYLES.inherited(), Vec::<&str>::new());
        assert_eq!(PHOTOS.inherited(), ["product_id"]);
        assert_eq!(ANSWER_PHOTOS.inherited(), ["question_id", "product_id"]);
        assert_eq!(CHARACTERISTIC_RATINGS.inherited(), ["product_id"]);
        assert!(TABLES.iter().all(|table| table.inherited().len() <= MAX_OWNERS));
        assert!(TABLES.iter().all(|table| table.columns.len() <= MAX_COLUMNS));
    }
}
