//! The list of tables. Another file is another entry here.

use super::{Group, Kind, Table, column};

/// All tables, parents before children.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "products",
        file: "product.csv",
        group: Group::Catalogue,
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
        group: Group::Catalogue,
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
        group: Group::Catalogue,
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
        group: Group::Catalogue,
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
        group: Group::Catalogue,
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
        group: Group::Catalogue,
        columns: &[
            column("id", "id", Kind::Id),
            column("current_product_id", "product_id", Kind::Reference("products")),
            column("related_product_id", "related_product_id", Kind::Reference("products")),
        ],
    },
    Table {
        name: "legacy_carts",
        file: "cart.csv",
        group: Group::LegacyCart,
        columns: &[
            column("id", "id", Kind::Id),
            column("user_session", "user_session", Kind::Text),
            column("product_id", "product_id", Kind::Reference("products")),
            column("active", "active", Kind::Flag),
        ],
    },
    Table {
        name: "questions",
        file: "questions.csv",
        group: Group::Questions,
        columns: &[
            column("id", "id", Kind::Id),
            column("product_id", "product_id", Kind::Reference("products")),
            column("body", "body", Kind::Text),
            column("date_written", "written_at", Kind::Time),
            column("asker_name", "asker_name", Kind::Text),
            column("asker_email", "asker_email", Kind::Text),
            column("reported", "is_reported", Kind::Flag),
            column("helpful", "helpfulness", Kind::Count),
        ],
    },
    Table {
        name: "answers",
        file: "answers.csv",
        group: Group::Questions,
        columns: &[
            column("id", "id", Kind::Id),
            column("question_id", "question_id", Kind::PartOf("questions")),
            column("body", "body", Kind::Text),
            column("date_written", "written_at", Kind::Time),
            column("answerer_name", "answerer_name", Kind::Text),
            column("answerer_email", "answerer_email", Kind::Text),
            column("reported", "is_reported", Kind::Flag),
            column("helpful", "helpfulness", Kind::Count),
        ],
    },
    Table {
        name: "answer_photos",
        file: "answers_photos.csv",
        group: Group::Questions,
        columns: &[
            column("id", "id", Kind::Id),
            column("answer_id", "answer_id", Kind::PartOf("answers")),
            column("url", "url", Kind::Text),
        ],
    },
    Table {
        name: "reviews",
        file: "reviews.csv",
        group: Group::Reviews,
        columns: &[
            column("id", "id", Kind::Id),
            column("product_id", "product_id", Kind::Reference("products")),
            column("rating", "rating", Kind::Rating),
            column("date", "written_at", Kind::Time),
            column("summary", "summary", Kind::Text),
            column("body", "body", Kind::Text),
            column("recommend", "recommend", Kind::Flag),
            column("reported", "is_reported", Kind::Flag),
            column("reviewer_name", "reviewer_name", Kind::Text),
            column("reviewer_email", "reviewer_email", Kind::Text),
            column("response", "response", Kind::Text).or_null(),
            column("helpfulness", "helpfulness", Kind::Count),
        ],
    },
    Table {
        name: "review_photos",
        file: "reviews_photos.csv",
        group: Group::Reviews,
        columns: &[
            column("id", "id", Kind::Id),
            column("review_id", "review_id", Kind::PartOf("reviews")),
            column("url", "url", Kind::Text),
        ],
    },
    Table {
        name: "characteristics",
        file: "characteristics.csv",
        group: Group::Reviews,
        columns: &[
            column("id", "id", Kind::Id),
            column("product_id", "product_id", Kind::Reference("products")),
            column("name", "name", Kind::Text),
        ],
    },
    Table {
        name: "characteristic_ratings",
        file: "characteristic_reviews.csv",
        group: Group::Reviews,
        columns: &[
            column("id", "id", Kind::Id),
            column("characteristic_id", "characteristic_id", Kind::PartOf("characteristics")),
            column("review_id", "review_id", Kind::PartOf("reviews")),
            column("value", "value", Kind::Rating),
        ],
    },
];
