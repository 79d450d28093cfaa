//! The fourteen files, and the types that write their rows.

mod products;
mod questions;
mod reviews;
mod row_writer;
mod styles;

use products::{CartRows, FeatureRows, ProductRows, RelatedRows};
use questions::{AnswerPhotoRows, AnswerRows, QuestionRows};
use reviews::{CharacteristicReviewRows, CharacteristicRows, ReviewPhotoRows, ReviewRows};
use row_writer::RowWriter;
use styles::{PhotoRows, SkuRows, StyleRows};

use crate::tables::Table;
use crate::tables::list::{
    ANSWER_PHOTOS, ANSWERS, CHARACTERISTIC_RATINGS, CHARACTERISTICS, FEATURES, LEGACY_CARTS, PHOTOS,
    PRODUCTS, QUESTIONS, RELATED_PRODUCTS, REVIEW_PHOTOS, REVIEWS, SKUS, STYLES,
};

/// A file to generate.
pub(super) struct GeneratorFile {
    /// Its name and its columns.
    pub(super) table: &'static Table,
    /// Creates the type that writes its rows.
    pub(super) row_writer: fn() -> Box<dyn RowWriter>,
}

/// All files. Most of the large ones are last.
pub(super) static FILES: [GeneratorFile; 14] = [
    file::<ProductRows>(&PRODUCTS),
    file::<FeatureRows>(&FEATURES),
    file::<StyleRows>(&STYLES),
    file::<PhotoRows>(&PHOTOS),
    file::<SkuRows>(&SKUS),
    file::<RelatedRows>(&RELATED_PRODUCTS),
    file::<CartRows>(&LEGACY_CARTS),
    file::<QuestionRows>(&QUESTIONS),
    file::<AnswerRows>(&ANSWERS),
    file::<AnswerPhotoRows>(&ANSWER_PHOTOS),
    file::<ReviewRows>(&REVIEWS),
    file::<ReviewPhotoRows>(&REVIEW_PHOTOS),
    file::<CharacteristicRows>(&CHARACTERISTICS),
    file::<CharacteristicReviewRows>(&CHARACTERISTIC_RATINGS),
];

const fn file<R: RowWriter + Default + 'static>(table: &'static Table) -> GeneratorFile {
    GeneratorFile { table, row_writer: || Box::new(R::default()) }
}
